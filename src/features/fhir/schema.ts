import { z } from "@hono/zod-openapi";

export const FhirResource = z
  .looseObject({ resourceType: z.string() })
  .openapi("fhirResource", { description: "A resource of FHIR R4 as JSON." });

export const FHIR_JSON = "application/fhir+json";
