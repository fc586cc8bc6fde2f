import { getRefId } from "@asteasolutions/zod-to-openapi";
import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "@hono/zod-openapi";
import type { HonoRequest } from "hono";
import { invalid, Refusal } from "../core/errors.ts";
import { ownWords } from "../core/own-words.ts";
import { PATTERNS } from "../core/wire.ts";
import { readJson } from "./json-body.ts";

/** Bodies above this are refused: Redox messages and lists of a thousand ids fit well below it. */
export const BODY_BYTES_MAX = 1024 * 1024;
const MESSAGE_LENGTH_MAX = 300;

type Issue = { path: PropertyKey[]; message: string };

const firstIssue = (error: z.ZodError): Issue => error.issues[0] as Issue;
const parsed = (schema: z.ZodType, value: unknown) => schema.safeParse(value, { error: ownWords });
const short = (text: string) => (text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text);

/** Whether all parameters are plain ids as they should be: most requests name nothing else. */
function arePlainIds(shape: z.ZodObject["shape"], params: Record<string, string>): boolean {
  for (const name in shape) {
    const value = params[name];
    if (value === undefined || !PATTERNS.get(shape[name] as z.ZodType)?.test(value)) return false;
  }
  return true;
}

/** Validates the path parameters against the route; a 400 names the first invalid one. */
export function validParams(route: RouteConfig, params: Record<string, string>): object {
  const schema = route.request?.params as z.ZodObject | undefined;
  if (!schema) return {};
  if (arePlainIds(schema.shape, params)) return params;
  const result = parsed(schema, params);
  if (result.success) return result.data as object;
  const issue = firstIssue(result.error);
  throw invalid(`parameter "${String(issue.path[0])}" in path has an error: ${short(issue.message)}`);
}

/** Validates the declared query parameters; undeclared ones are ignored, empty and repeated ones are refused. */
export function validQuery(route: RouteConfig, queries: Iterable<readonly [string, string]>): object {
  const schema = route.request?.query as z.ZodObject | undefined;
  if (!schema) return {};
  const given: Record<string, string> = {};
  for (const [name, value] of queries) {
    if (!Object.hasOwn(schema.shape, name)) continue;
    if (Object.hasOwn(given, name))
      throw invalid(`Invalid format for parameter ${name}: multiple values for single value parameter`);
    given[name] = value;
  }
  for (const name of Object.keys(schema.shape)) {
    if (given[name] === "") throw invalid(`parameter "${name}" in query has an error: empty value is not allowed`);
  }
  const result = parsed(schema, given);
  if (result.success) return result.data as object;
  const issue = firstIssue(result.error);
  throw invalid(`parameter "${String(issue.path[0])}" in query has an error: ${short(issue.message)}`);
}

/** Throws a 400 that names the first declared header that is invalid. */
export function refuseBadHeaders(route: RouteConfig, header: (name: string) => string | undefined): void {
  const schema = route.request?.headers as z.ZodObject | undefined;
  if (!schema) return;
  const result = parsed(schema, Object.fromEntries(Object.keys(schema.shape).map((name) => [name, header(name)])));
  if (result.success) return;
  const issue = firstIssue(result.error);
  throw invalid(`parameter "${String(issue.path[0])}" in header has an error: ${short(issue.message)}`);
}

const CODING = /^[a-z0-9-]{1,20}$/;

/** Content encodings are not supported: an encoded body is refused. */
function refuseEncoded(contentEncoding: string | undefined): void {
  const coding = contentEncoding?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return;
  const named = CODING.test(coding) ? `"${coding}"` : "an unexpected value";
  throw new Refusal(
    "unsupportedMediaType",
    `request body has an error: header Content-Encoding has ${named}, identity is expected`,
  );
}

/** Reads the body as UTF-8 text; refuses one that is too large. */
export async function bodyText(request: HonoRequest, bytesMax = BODY_BYTES_MAX): Promise<string> {
  const tooLarge = () => new Refusal("bodyTooLarge", `request body has an error: larger than ${bytesMax} bytes`);
  if (Number(request.header("content-length") ?? 0) > bytesMax) throw tooLarge();
  const { body } = request.raw;
  if (!body) return "";
  try {
    return request.header("content-length") === undefined
      ? await streamText(body, bytesMax, request, tooLarge)
      : wholeText(new Uint8Array(await request.raw.arrayBuffer()), bytesMax, request, tooLarge);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw invalid("request body has an error: it is not UTF-8 text or was cut off");
  }
}

const utf8 = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The text of a body whose length was announced: read at once, which takes half the time. */
function wholeText(bytes: Uint8Array, bytesMax: number, request: HonoRequest, tooLarge: () => Refusal): string {
  if (bytes.byteLength > 0) refuseEncoded(request.header("content-encoding"));
  if (bytes.byteLength > bytesMax) throw tooLarge();
  return utf8().decode(bytes);
}

/** The text of a body of unknown length: no more of it is read than may be. */
async function streamText(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
  request: HonoRequest,
  tooLarge: () => Refusal,
): Promise<string> {
  const decoder = utf8();
  let size = 0;
  let text = "";
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    if (chunk.byteLength > 0) refuseEncoded(request.header("content-encoding"));
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Refuses a body that is said to be something else. Deployed clients send JSON without a Content-Type. */
export function refuseOtherThanJson(contentType: string | undefined): void {
  const mediaType = contentType?.split(";", 1)[0]!.trim().toLowerCase();
  if (!mediaType || mediaType === "application/json" || mediaType.endsWith("+json")) return;
  throw new Refusal(
    "unsupportedMediaType",
    "request body has an error: header Content-Type has an unexpected value, application/json is expected",
  );
}

/** Parses and validates the JSON body against the route; undefined when it is optional and absent. */
export function validBody(route: RouteConfig, contentType: string | undefined, text: string): unknown {
  const body = route.request?.body;
  const media = body?.content["application/json"] as { schema?: z.ZodType } | undefined;
  const schema = media?.schema;
  if (!schema) return undefined;
  if (text.trim() === "") {
    if (body?.required) throw invalid("request body has an error: value is required but missing");
    return undefined;
  }
  refuseOtherThanJson(contentType);
  const read = readJson(text);
  if ("fault" in read) throw invalid(`request body has an error: failed to decode request body: ${read.fault}`);
  const result = parsed(schema, read.value);
  if (result.success) return result.data;
  const issue = firstIssue(result.error);
  const pointer = issue.path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  throw invalid(
    `request body has an error: doesn't match schema ${schemaName(schema)}: Error at "${short(pointer)}": ${short(issue.message)}`,
  );
}

/** The reference of a body's schema in the OpenAPI description; every body schema is named there. */
const schemaName = (schema: z.ZodType): string => `#/components/schemas/${getRefId(schema) ?? ""}`;
