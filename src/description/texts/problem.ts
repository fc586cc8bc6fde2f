export const PROBLEM_NAME = "problem.v1";

/** A refusal as callers get it that ask for problem details. A schema of JSON: the Worker writes these and reads none. */
export const PROBLEM = {
  type: "object",
  description:
    "A refusal or failure as problem details (RFC 9457), for requests whose Accept names application/problem+json. What the " +
    "operation tells beside, such as the errors of an input, are further members.",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: {
      type: "string",
      pattern: "^urn:clinics-edge:problem:[a-z0-9-]+$",
      description: "Names the reason, and does not change. docs/problems.md lists all.",
      examples: ["urn:clinics-edge:problem:not-found"],
    },
    title: { type: "string", description: "The name of the reason in words.", examples: ["Not found"] },
    status: { type: "integer", description: "The HTTP status of the answer.", examples: [404] },
    detail: { type: "string", description: "What is wrong with this request.", examples: ["clinic not found"] },
  },
  additionalProperties: true,
} as const;

/** How a response of any refusal says so. */
export const PROBLEM_CONTENT = {
  "application/problem+json": { schema: { $ref: `#/components/schemas/${PROBLEM_NAME}` } },
};
