import { fhirOperation } from "../fhir-operation.ts";
import { DEFINED_AT, operationDefinition } from "../capabilities.ts";
import { versioned } from "../model/resource.ts";
import { anyone } from "../../../platform/request/authentication.ts";

export const fhirCgmSummaryDefinitionOperation = fhirOperation({
  operationId: "FhirCgmSummaryDefinition",
  path: "/OperationDefinition/cgm-summary",
  summary: "Get the definition of the summary operation",
  description: "Returns the OperationDefinition that the CapabilityStatement names. Needs no token.",
  authentication: anyone("FhirCgmSummaryDefinition"),
  answer: (_, { origin }) => versioned({ resource: operationDefinition(origin), updatedAt: DEFINED_AT }),
});
