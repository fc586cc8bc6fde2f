import { fhirOperation } from "../fhir-operation.ts";
import { anyone } from "../../../platform/request/authentication.ts";
import { capabilityStatement } from "../capabilities.ts";

export const fhirMetadataOperation = fhirOperation({
  operationId: "FhirMetadata",
  path: "/metadata",
  summary: "Get the FHIR CapabilityStatement",
  description: "Returns what the FHIR R4 view offers. Needs no token.",
  authentication: anyone("FhirMetadata"),
  answer: async (_, { origin }) => capabilityStatement(origin),
});
