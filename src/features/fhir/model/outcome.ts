import type { Resource } from "./resource.ts";

/** An OperationOutcome with these issues: severity, code, text. */
export const outcome = (
  issues: readonly (readonly [severity: string, code: string, text: string])[],
  diagnostics?: string,
): Resource => ({
  resourceType: "OperationOutcome",
  issue: issues.map(([severity, code, text]) => ({ severity, code, details: { text }, diagnostics })),
});
