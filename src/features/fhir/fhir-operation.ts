import { createRoute, z } from "@hono/zod-openapi";
import { OBJECT_ID } from "../../platform/core/ids.ts";
import { Refusal } from "../../platform/core/errors.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { isSameWeakly, namesTag } from "../../platform/core/entity-tags.ts";
import type { Authentication } from "../../platform/request/authentication.ts";
import { type Draft, operation } from "../../platform/request/operation.ts";
import { bodyText } from "../../platform/request/validate.ts";
import type { Tenancy } from "../../platform/auth/tenants.ts";
import { type Names, namesOfId, readSearch, type SearchAsked, unreadNames } from "./asked.ts";
import { CONTROLS, OF_OBSERVATIONS, SEARCHES, type Searched, VALUE_LENGTH_MAX } from "./model/parameters.ts";
import type { RecordId } from "./model/record.ts";
import { BASE_PATH, type Resource, type Versioned } from "./model/resource.ts";
import { formOf } from "./negotiate.ts";
import type { Binary, SummaryAsked } from "./read-resources.ts";
import { malformed } from "./refusals.ts";
import { FHIR_JSON, FhirResource } from "./schema.ts";
import { parametersOfBody, summaryAsked } from "./summary-asked.ts";
import { fhirSurface, outcomeForm } from "./surface.ts";

type C = Parameters<NonNullable<Draft["asks"]>>[0];

/** What a request asks for. */
export interface FhirAsked {
  readonly names: Names;
  readonly refusal?: unknown;
  readonly origin: string;
  readonly isPretty: boolean;
  readonly form: "json" | "pdf";
  /** The id in the path. */
  readonly id: string;
  readonly record: RecordId;
  readonly search: SearchAsked;
  readonly summary: SummaryAsked;
}

interface Declared {
  readonly operationId: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** The parameter of the path; absent: it has none. */
  readonly id?: "recordId" | "observationId" | "reportId";
  readonly search?: Searched;
  readonly isSummary?: boolean;
  readonly hasPdf?: boolean;
  readonly authentication?: Authentication;
  readonly tenancy?: Tenancy;
  readonly answer: (ctx: Ctx, asked: FhirAsked, bucket: R2Bucket) => Promise<Resource | Versioned | Binary>;
}

const FORM_TYPE = "application/x-www-form-urlencoded";

const ofType = (given: string | undefined, types: readonly string[]): boolean =>
  types.includes((given ?? "").split(";", 1)[0]!.trim().toLowerCase());

const unsupportedType = (expected: string) => new Refusal("unsupportedMediaType", `the body has to be ${expected}`);

async function givenOf(c: C, it: Declared): Promise<URLSearchParams> {
  const given = new URL(c.req.url).searchParams;
  if (c.req.method !== "POST") return given;
  const text = await bodyText(c.req);
  const type = c.req.header("content-type");
  if (it.search) {
    if (text !== "" && !ofType(type, [FORM_TYPE])) throw unsupportedType(FORM_TYPE);
    for (const [name, value] of new URLSearchParams(text)) given.append(name, value);
  } else {
    if (text !== "" && !ofType(type, [FHIR_JSON, "application/json"])) throw unsupportedType(FHIR_JSON);
    for (const [name, value] of parametersOfBody(text)) given.append(name, value);
  }
  return given;
}

/** Reads a request. What is wrong with it is kept for those who are let in. */
async function askedOf(c: C, it: Declared): Promise<FhirAsked> {
  const origin = new URL(c.req.url).origin;
  const id = it.id === undefined ? "" : (c.req.param(it.id) ?? "");
  const named =
    it.id === undefined ? { names: {} } : it.id === "reportId" ? { names: { reportId: id } } : namesOfId(it.id, id);
  const asked: { -readonly [K in keyof FhirAsked]?: FhirAsked[K] } = {
    origin,
    id,
    record: named.names as never,
    ...named,
  };
  if (it.search) asked.names = unreadNames(c.get("ctx"));
  try {
    const given = await givenOf(c, it);
    const isStrict = /\bhandling=strict\b/.test(c.req.header("prefer") ?? "");
    if (it.search) {
      asked.search = await readSearch(
        c.get("ctx"),
        { type: it.search, origin, given, isStrict },
        (names) => (asked.names = names),
      );
    }
    asked.isPretty = given.get("_pretty") === "true";
    asked.form = formOf(given.get("_format"), c.req.header("accept"), it.hasPdf === true);
    if (it.isSummary) asked.summary = summaryAsked(given, isStrict);
    if (it.id === "reportId" && !OBJECT_ID.test(id)) {
      throw malformed('parameter "reportId" in path has an error: it is no id');
    }
  } catch (refusal) {
    asked.refusal ??= refusal;
  }
  return asked as FhirAsked;
}

const string = z.string().min(1).max(VALUE_LENGTH_MAX);
const optional = (names: readonly string[]) => z.object(Object.fromEntries(names.map((it) => [it, string.optional()])));

function queryOf({ search, isSummary, authentication }: Declared) {
  if (isSummary) return optional(["period", "form", "subject", "_format"]);
  if (!search) return authentication ? undefined : optional(["_format"]);
  const controls = CONTROLS.filter((name) => search === "Observation" || !OF_OBSERVATIONS.has(name));
  return optional([...Object.keys(SEARCHES[search]), ...controls]);
}

const MODES = {
  get: () => ({}),
  form: () => ({ body: { content: { [FORM_TYPE]: { schema: z.object({}) } } } }),
  parameters: () => ({ body: { content: { [FHIR_JSON]: { schema: FhirResource } } } }),
};

const content = { [FHIR_JSON]: { schema: FhirResource } };
const pdf = { "application/pdf": { schema: z.string().openapi({ format: "binary" }) } };

/** An operation of the FHIR view. `answer` decides nothing of HTTP. */
export function fhirOperation(it: Declared, method: "get" | "post" = "get"): Draft {
  const isTagged = it.search === undefined && !it.isSummary;
  const query = queryOf(it);
  const body = MODES[method === "get" ? "get" : it.search ? "form" : "parameters"]();
  const form = { description: "", content: { [FHIR_JSON]: { schema: FhirResource } } };
  const refused = (description: string) => ({ ...form, description });
  const route = createRoute({
    operationId: it.operationId,
    method,
    path: BASE_PATH + it.path,
    summary: it.summary,
    description: it.description,
    tags: ["FHIR"],
    ...(it.authentication && { security: [{}] }),
    request: {
      ...(it.id && { params: z.object({ [it.id]: string }) }),
      ...(query && { query }),
      ...body,
    },
    responses: {
      200: { description: "The resource", content: { ...content, ...(it.hasPdf && pdf) } },
      ...(isTagged && { 304: { description: "The caller has this version: it is in If-None-Match" } }),
      ...(it.id && { 404: refused("There is no such thing") }),
      ...((it.id === "recordId" || it.id === "observationId") && { 410: refused("The record was deleted") }),
      ...(it.isSummary && { 422: refused("There is nothing to submit") }),
      406: refused("A format that is not offered is asked for"),
    },
  });
  return operation({
    route: route as never,
    authentication: it.authentication ?? fhirSurface.authentication,
    refusalForm: outcomeForm,
    ...(it.tenancy && { tenancy: it.tenancy }),
    asks: (c) => askedOf(c, it),
    handler: (async (c: C) => respond(c, c.req.valid("json" as never) as FhirAsked, it)) as never,
  });
}

async function respond(c: C, asked: FhirAsked, it: Declared): Promise<Response> {
  const answer = await it.answer(c.get("ctx"), asked, c.env.REPORTS);
  const indent = asked.isPretty ? 2 : undefined;
  const type = { "content-type": `${FHIR_JSON}; charset=utf-8` };
  if (!("versionId" in answer)) return c.body(JSON.stringify(answer, undefined, indent), 200, type);
  const { versionId, updatedAt } = answer as Versioned | Binary;
  c.header("etag", `W/"${versionId}"`);
  c.header("last-modified", new Date(updatedAt).toUTCString());
  const known = c.req.header("if-none-match");
  if (known !== undefined && namesTag(known, isSameWeakly(`"${versionId}"`))) return c.body(null, 304);
  if ("body" in answer && asked.form === "pdf") {
    const { size, body } = answer as Binary;
    const headers = { "content-type": "application/pdf", "content-disposition": 'attachment; filename="report.pdf"' };
    return c.body(await body(), 200, { ...headers, "content-length": String(size) });
  }
  const { resource } = answer as Versioned | Binary;
  return c.body(
    JSON.stringify(typeof resource === "function" ? await resource() : resource, undefined, indent),
    200,
    type,
  );
}
