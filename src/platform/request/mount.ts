import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import type { Context } from "hono";
import { invalid } from "../core/errors.ts";
import { OBJECT_ID, USER_ID } from "../core/ids.ts";
import { NotAllowed } from "./request-context.ts";
import { isAboutPatients } from "./about-patients.ts";
import type { AppEnv, Operation, OwnInput } from "./operation.ts";
import { isIdempotencyKey, replayKeyOf } from "./replays-store.ts";
import { bodyText, refuseBadHeaders, refuseOtherThanJson, validBody, validParams, validQuery } from "./validate.ts";

const honoPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** Sorts static segments before parameters at every depth, so that `count` in `/x/count` is never matched as an id. */
const routingOrder = ({ route }: Operation) =>
  route.path
    .split("/")
    .map((segment) => (segment.startsWith("{") ? "1" : "0"))
    .join("");

const byFixedPathFirst = (a: Operation, b: Operation) => (routingOrder(a) < routingOrder(b) ? -1 : 1);

/** Registers the operations in the OpenAPI description and routes each one through the same gates. */
export function mount(app: OpenAPIHono<AppEnv>, operations: readonly Operation[]): void {
  for (const operation of operations.toSorted(byFixedPathFirst)) {
    app.openAPIRegistry.registerPath(operation.route);
    for (const path of [operation.route.path, ...operation.alsoAt]) {
      app.on(operation.route.method, honoPath(path), (c) => serve(c, operation));
    }
  }
}

/** The 2xx status an operation declares for a response with or without a body; a replayed write answers with it. */
function successStatusOf(route: RouteConfig, hasBody: boolean): number {
  const declared = Object.entries(route.responses).filter(([status]) => status.startsWith("2"));
  const [status] = declared.find(([, response]) => "content" in response === hasBody) ?? declared[0] ?? ["200"];
  return Number(status);
}

/** Gates 4 to 6 of a request: access, validation, handler. Access is checked before any other refusal is returned. */
async function serve(c: Context<AppEnv>, operation: Operation): Promise<Response> {
  const ctx = c.get("ctx");
  const asked = await operation.asks?.(c);
  const param = (name: string) => (asked ? asked.names[name] : c.req.param(name));
  try {
    ctx.enter({
      operationId: operation.route.operationId,
      rule: operation.access,
      refusesWithReason: operation.refusesWithReason,
      tenancy: operation.tenancy,
      keepsAnswers: operation.keepsAnswers,
      successStatus: (hasBody) => successStatusOf(operation.route, hasBody),
      param,
    });
    // Who may not do it, whatever their roles, was refused by then; who has waited is asked for them.
    const isOver = await operation.pace?.turn();
    let response: unknown;
    try {
      if (asked?.refusal !== undefined) throw asked.refusal;
      if (asked) c.req.addValidatedData("json", asked);
      else await validate(c, operation);
      response = await operation.handler(c as never, async () => {});
    } catch (refusal) {
      // Also for a handler that refuses before its first read; reads and commits check access themselves.
      if (ctx.db.usage.calls === 0) await ctx.authorize();
      throw refusal;
    } finally {
      isOver?.();
    }
    if (!ctx.isAuthorized) throw new Error(`${operation.route.operationId} answered without an access decision`);
    return response as Response;
  } catch (error) {
    if (error instanceof NotAllowed && isAboutPatients(operation.route.path)) auditRefusal(c, param);
    throw error;
  }
}

async function validate(c: Context<AppEnv>, operation: Operation): Promise<void> {
  const { route } = operation;
  refuseUnreadConditions(c, route);
  c.req.addValidatedData("param", validParams(route, c.req.param()));
  if (operation.ownInput) return takeInput(c, operation, operation.ownInput);
  // Most requests have no query, and parsing a URL is a call out of JavaScript.
  const hasQuery = route.request?.query !== undefined && c.req.url.includes("?");
  c.req.addValidatedData("query", validQuery(route, hasQuery ? new URL(c.req.url).searchParams : []));
  refuseBadHeaders(route, (name) => c.req.header(name));
  const text = route.request?.body ? await bodyText(c.req) : "";
  const body = validBody(route, c.req.header("content-type"), text);
  c.req.addValidatedData("json", body as object);
  await recogniseRepeat(c, operation, body, text);
}

/** A condition that is not read would be taken for one that holds. */
function refuseUnreadConditions(c: Context<AppEnv>, route: RouteConfig): void {
  if (route.method === "get" || "412" in route.responses) return;
  for (const name of ["If-Match", "If-None-Match"]) {
    if (c.req.header(name) !== undefined)
      throw invalid(`parameter "${name}" in header has an error: this operation takes none`);
  }
}

/** Takes the input as it is: bounded, and of the declared media type. */
async function takeInput(c: Context<AppEnv>, operation: Operation, { bodyBytesMax }: OwnInput): Promise<void> {
  const { route } = operation;
  refuseBadHeaders(route, (name) => c.req.header(name));
  const text = route.request?.body ? await bodyText(c.req, bodyBytesMax) : "";
  if (text !== "") refuseOtherThanJson(c.req.header("content-type"));
  c.req.addValidatedData("json", text);
  await recogniseRepeat(c, operation, undefined, text);
}

/** Tells the context by what a repeat of this request is recognised. */
async function recogniseRepeat(c: Context<AppEnv>, operation: Operation, body: unknown, text: string): Promise<void> {
  const { route } = operation;
  if (c.req.method === "GET" || c.req.method === "HEAD") return;
  const idempotencyKey = c.req.header("idempotency-key");
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
    throw invalid('parameter "Idempotency-Key" in header has an error: 1 to 255 characters are expected');
  }
  const ctx = c.get("ctx");
  ctx.replayKey = await replayKeyOf({
    caller: ctx.caller,
    operationId: route.operationId,
    path: c.req.path,
    body: withoutSecrets(operation, body, text),
    idempotencyKey,
    repeatsBlindly: operation.repeatsBlindly(body),
    now: ctx.now,
  });
}

/** The part of the body that goes into the request's fingerprint. */
function withoutSecrets({ secretFields }: Operation, body: unknown, text: string): string {
  if (secretFields.length === 0 || typeof body !== "object") return text;
  return JSON.stringify(Object.entries(body ?? {}).filter(([field]) => !secretFields.includes(field)));
}

function auditRefusal(c: Context<AppEnv>, param: (name: string) => string | undefined): void {
  const { whose } = c.get("ctx");
  const clinicId = whose ? whose.clinicId : param("clinicId");
  const patientId = whose?.patientId ?? param("patientId") ?? param("userId");
  c.get("ctx").auditRefusal(
    clinicId && OBJECT_ID.test(clinicId) ? clinicId : null,
    patientId && USER_ID.test(patientId) ? [patientId] : [],
  );
}

/** Whether any operation has this path, with any method. */
export function knowsPath(operations: readonly Operation[]): (path: string) => boolean {
  const patterns = operations
    .flatMap(({ route, alsoAt }) => [route.path, ...alsoAt])
    .map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+").replaceAll(/[.$]/g, "\\$&")}$`));
  return (path) => patterns.some((pattern) => pattern.test(path));
}
