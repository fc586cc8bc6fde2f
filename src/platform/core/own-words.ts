import type { z } from "@hono/zod-openapi";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "an array",
  null: "null",
};

const UNITS: Readonly<Record<string, string>> = { string: "character", array: "entry" };
const PLURALS: Readonly<Record<string, string>> = { character: "characters", entry: "entries" };

function size(word: string, bound: unknown, origin: string): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `a number of ${word} ${String(bound)} is expected`;
  return Number(bound) === 1
    ? `${word} 1 ${unit} is expected`
    : `${word} ${String(bound)} ${PLURALS[unit]} are expected`;
}

function typeExpected({ expected, input }: { expected: string; input?: unknown }): string {
  if (input === undefined) return "value is required but missing";
  if (input === null) return "value is not nullable";
  return `${TYPES[expected] ?? expected} is expected`;
}

/**
 * The validation error for a schema without a custom message: independent of the validation library, and without the
 * value.
 */
export function ownWords(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeExpected(issue);
    case "invalid_value":
      if (issue.input === undefined) return "value is required but missing";
      if (issue.input === null) return "value is not nullable";
      return `${issue.values.length === 1 ? "" : "one of "}${issue.values.map((it) => JSON.stringify(it)).join(", ")} is expected`;
    case "too_big":
      return size(issue.exact ? "exactly" : "at most", issue.maximum, issue.origin);
    case "too_small":
      return size(issue.exact ? "exactly" : "at least", issue.minimum, issue.origin);
    case "invalid_format":
      return issue.format === "regex" && issue.pattern !== undefined
        ? `a string that matches ${issue.pattern} is expected`
        : "a string of the described format is expected";
    case "unrecognized_keys":
      return "a property that is not described is not allowed";
    default:
      return "a value as described is expected";
  }
}
