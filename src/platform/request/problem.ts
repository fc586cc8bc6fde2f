import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { mediaTypeFor } from "./media-type.ts";

const PROBLEM = "application/problem+json";
/** What is left where the caller takes neither form. */
const NEITHER = "";

/** What every problem says of a refusal. */
interface ToldProblem {
  readonly status: number;
  /** Identifies the reason: `code` of a refusal. */
  readonly code: string;
  readonly message: string;
}

/** Whether the caller names problem details as a form of answers, and prefers no other. */
export const wantsProblem = (c: Context): boolean =>
  c.req.header("accept")?.toLowerCase().includes(PROBLEM) === true &&
  mediaTypeFor(c, [NEITHER, PROBLEM, "application/json"]) === PROBLEM;

/** The name of a reason in the types of problems: `emailIsTaken` is `email-is-taken`. */
export const problemNameOf = (code: string): string =>
  code
    .replaceAll(/[A-Z]+/g, (letters) => `-${letters}`)
    .replaceAll(/_+/g, "-")
    .toLowerCase();

/**
 * A refusal as problem details (RFC 9457). The type is stable: docs/problems.md lists all. `members` are what the operation
 * tells beside.
 */
export function answerProblem(
  c: Context,
  { status, code, message }: ToldProblem,
  members: object,
  headers: Record<string, string> | undefined,
): Response {
  const name = problemNameOf(code);
  const title = name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");
  const problem = { ...members, type: `urn:clinics-edge:problem:${name}`, title, status, detail: message };
  return c.body(JSON.stringify(problem), status as ContentfulStatusCode, { ...headers, "content-type": PROBLEM });
}
