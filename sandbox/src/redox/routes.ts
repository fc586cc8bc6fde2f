import { type Context, Hono } from "hono";
import type { JWK } from "jose";
import { FORM_BYTES_MAX, formOf, mediaType } from "../inputs.ts";
import { atMost, INERT, policy, scriptOf } from "../serving.ts";
import { failing, failureRoutes, ownForms } from "../stand-in/failing.ts";
import { LIST_QUERY_HELP, listedAfter } from "../stand-in/waiting.ts";
import { LIST_SCRIPT, REPORT_SCRIPT } from "./assets.ts";
import { verifyAssertion } from "./assertions.ts";
import { type DemoEhr, OrderInput, orderMessage, strangerTo } from "./orders.ts";
import { messagePage, messagesPage, orderPage, reportPage } from "./pages.ts";
import { type Message, messageOf } from "./shapes.ts";
import type { NewMessage, Redox } from "./store.ts";
import { TARGETS } from "./targets.ts";

export interface RedoxBindings {
  readonly REDOX: DurableObjectNamespace<Redox>;
  /** The service as the world outside sees it. */
  readonly WEB: Pick<Fetcher, "fetch">;
  readonly REDOX_CLIENT_ID: string;
  /** The public half of the client's key, a JWK with its kid. */
  readonly REDOX_PUBLIC_KEY: string;
  readonly REDOX_VERIFICATION_TOKEN: string;
  /** The EHR of the demo clinic, as JSON. */
  readonly DEMO_EHR: string;
}

type C = Context<{ Bindings: RedoxBindings }>;

const MESSAGE_BYTES_MAX = 12 * 1024 * 1024;
/** Of what stands in every list. */
const HEAD_CHARACTERS_MAX = 200;
const TOKEN_SECONDS = 300;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ID = ":id{[0-9]{1,15}}";

const storeOf = (c: C) => c.env.REDOX.getByName("redox");
const ehrOf = (c: C) => JSON.parse(c.env.DEMO_EHR) as DemoEhr;

/** Redox, as far as the service knows it, and the EHR behind it. */
export const redox = new Hono<{ Bindings: RedoxBindings }>();

redox.post("/token", atMost(FORM_BYTES_MAX), (c) => failing(c, storeOf(c), "token", () => giveToken(c)));
redox.post("/endpoint", atMost(MESSAGE_BYTES_MAX), (c) => failing(c, storeOf(c), "endpoint", () => takeMessage(c)));
redox.post("/upload", atMost(MESSAGE_BYTES_MAX), (c) => failing(c, storeOf(c), "upload", () => takeUpload(c)));

/** The client-credentials grant, the client proved by a signed assertion (RFC 7523 §2.2). */
async function giveToken(c: C): Promise<Response> {
  c.header("cache-control", "no-store");
  const refuse = (error: string, error_description: string, status: 400 | 401 = 400) =>
    c.json({ error, error_description }, status);
  if (mediaType(c) !== "application/x-www-form-urlencoded") return refuse("invalid_request", "not a form");
  const form = await formOf(c);
  if (form.grant_type === undefined) return refuse("invalid_request", "grant_type is missing");
  if (form.grant_type !== "client_credentials") return refuse("unsupported_grant_type", "client_credentials only");
  if (form.client_assertion_type !== ASSERTION_TYPE) {
    return refuse("invalid_request", `client_assertion_type is not ${ASSERTION_TYPE}`);
  }
  if (form.client_assertion === undefined) return refuse("invalid_request", "client_assertion is missing");
  const publicKey = JSON.parse(c.env.REDOX_PUBLIC_KEY) as JWK;
  const assertion = await verifyAssertion(form.client_assertion, { clientId: c.env.REDOX_CLIENT_ID, publicKey });
  if ("refused" in assertion) return refuse("invalid_client", assertion.refused, 401);
  const token = await storeOf(c).grant(assertion.jti, assertion.exp, TOKEN_SECONDS);
  if (token === undefined) return refuse("invalid_client", "the assertion was used before", 401);
  return c.json({ access_token: token, token_type: "Bearer", expires_in: TOKEN_SECONDS });
}

async function isAuthorized(c: C): Promise<boolean> {
  const [, token] = /^bearer (\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return token !== undefined && (await storeOf(c).hasToken(token));
}

function unauthorized(c: C): Response {
  c.header("www-authenticate", "Bearer");
  return c.json({ errorDetail: "the access token is missing, unknown or expired" }, 401);
}

async function takeMessage(c: C): Promise<Response> {
  if (!(await isAuthorized(c))) return unauthorized(c);
  if (mediaType(c) !== "application/json") return c.json({ errorDetail: "application/json only" }, 415);
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const taken = messageOf(parsed(bytes));
  if ("errorDetail" in taken) return c.json(taken, 400);
  const { message } = taken;
  if ("Note" in message && message.Note.ContentType === "Plain Text") {
    const name = uploadName(message.Note.FileContents);
    if (name === undefined || !(await storeOf(c).hasUpload(name))) {
      return c.json({ errorDetail: "Note.FileContents: no file that was uploaded here" }, 400);
    }
  }
  const id = await storeOf(c).keep(headOf(message), bytes);
  return c.json({ Meta: { ...message.Meta, Message: { ID: id }, Transmission: { ID: id } } });
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}

function headOf(message: Message): NewMessage {
  const { Meta, Patient, Visit } = message;
  const { FirstName, LastName } = Patient.Demographics ?? {};
  const ofVisit = Visit?.Extensions?.["additional-identifier"]?.identifier;
  const ofOrders = "Observations" in message ? undefined : message.Orders?.[0]?.ID;
  const short = (text: string) => text.slice(0, HEAD_CHARACTERS_MAX);
  return {
    model: Meta.DataModel,
    event: Meta.EventType,
    patient: short([FirstName, LastName].filter(Boolean).join(" ") || (Patient.Identifiers[0]?.ID ?? "not named")),
    orderId: short(ofOrders ?? (ofVisit?.type === "orderId" ? ofVisit.value : "")),
    documentId: short("Note" in message ? message.Note.DocumentID : ""),
    isTest: Meta.Test === true ? 1 : 0,
  };
}

async function takeUpload(c: C): Promise<Response> {
  if (!(await isAuthorized(c))) return unauthorized(c);
  if (mediaType(c) !== "multipart/form-data") return c.json({ errorDetail: "multipart/form-data only" }, 415);
  let file: File | string | null;
  try {
    file = (await c.req.formData()).get("file");
  } catch {
    file = null;
  }
  if (!(file instanceof File) || file.size === 0) return c.json({ errorDetail: "file: a file is needed" }, 400);
  const name = await storeOf(c).keepUpload(new Uint8Array(await file.arrayBuffer()));
  return c.json({ URI: `${new URL(c.req.url).origin}${UPLOADS}${name}` });
}

const UPLOADS = "/sandbox/redox/uploads/";
/** The name at the end of a URI that an upload got; under which name of this machine does not matter. */
const uploadName = (uri: string): string | undefined =>
  URL.canParse(uri) && new URL(uri).pathname.startsWith(UPLOADS)
    ? new URL(uri).pathname.slice(UPLOADS.length)
    : undefined;

redox.route(
  "/",
  failureRoutes({
    targets: TARGETS,
    storeOf,
    page: "/sandbox/redox",
    show: (c, problem) => formPage(c, { problem }),
  }),
);

async function formPage(c: C, given: Partial<Parameters<typeof orderPage>[2]> = {}) {
  const ehr = ehrOf(c);
  const failures = await storeOf(c).listFailures();
  const webhook = { origin: new URL(c.req.url).origin, verificationToken: c.env.REDOX_VERIFICATION_TOKEN };
  return orderPage(ehr, webhook, { procedure: "enableSummaryReports", patient: ehr.patient, ...given, failures });
}

redox.get("/", async (c) => {
  if (c.req.query("patient") !== "new") return c.html(await formPage(c));
  const stranger = { procedure: "createAccountAndEnableReports", patient: strangerTo(ehrOf(c)) } as const;
  return c.html(await formPage(c, stranger));
});

redox.post("/orders", ownForms, atMost(FORM_BYTES_MAX), async (c) => {
  const input = OrderInput.safeParse(await formOf(c));
  if (!input.success) return c.html(await formPage(c, { problem: "Choose what is ordered." }), 400);
  const { procedure, ...patient } = input.data;
  const orderId = `order-${crypto.randomUUID().slice(0, 8)}`;
  const response = await c.env.WEB.fetch(new URL("/v1/redox", c.req.url).href, {
    method: "POST",
    headers: { "content-type": "application/json", "verification-token": c.env.REDOX_VERIFICATION_TOKEN },
    body: JSON.stringify(orderMessage(ehrOf(c), input.data, orderId, new Date())),
  });
  const answer = await response.text();
  if (response.ok) return c.redirect(`/sandbox/redox/messages?order=${orderId}`, 303);
  const problem = `The service refused the order with ${response.status}: ${answer.slice(0, 500)}`;
  return c.html(await formPage(c, { procedure, patient, problem }), 502);
});

redox.get("/list.js", (c) => c.body(LIST_SCRIPT, 200, scriptOf));
redox.get("/report.js", (c) => c.body(REPORT_SCRIPT, 200, scriptOf));

const looking = { "content-security-policy": policy({ more: "connect-src 'self'; " }) };
const reading = { "content-security-policy": policy({ more: "connect-src 'self'; worker-src 'self'; " }) };

redox.get("/messages", async (c) => {
  const orderId = c.req.query("order");
  const sent = orderId !== undefined && /^order-[0-9a-f]{8}$/.test(orderId) ? orderId : undefined;
  return c.html(messagesPage(await storeOf(c).list(), sent), 200, looking);
});
redox.get("/messages.json", async (c) => {
  const heads = await listedAfter(c.req.query(), (afterId) => storeOf(c).list(afterId));
  if (!heads) return c.text(LIST_QUERY_HELP, 400);
  return c.json(heads);
});
redox.get("/messages/:file{[0-9]{1,15}[.]json}", async (c) => {
  const kept = await storeOf(c).find(Number.parseInt(c.req.param("file"), 10));
  if (!kept) return c.notFound();
  const { json, ...head } = kept;
  return c.json({ ...head, message: JSON.parse(json) as unknown });
});
redox.get(`/messages/${ID}`, async (c) => {
  const kept = await storeOf(c).find(Number(c.req.param("id")));
  if (!kept) return c.notFound();
  return c.html(messagePage(kept, JSON.parse(kept.json) as Message), 200, reading);
});
redox.get(`/messages/${ID}/report`, async (c) => {
  const kept = await storeOf(c).find(Number(c.req.param("id")));
  if (kept?.model !== "Notes") return c.notFound();
  return c.html(reportPage(kept), 200, reading);
});
redox.get(`/messages/${ID}/report.pdf`, async (c) => {
  const kept = await storeOf(c).find(Number(c.req.param("id")));
  const report = kept && (await reportOf(c, JSON.parse(kept.json) as Message));
  if (!report) return c.notFound();
  return c.body(report, 200, {
    "content-type": "application/pdf",
    "content-disposition": 'attachment; filename="report.pdf"',
    "content-security-policy": INERT,
  });
});

/** The bytes of a note's file; nothing for another message, or when the uploaded file is gone. */
async function reportOf(c: C, message: Message): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!("Note" in message)) return undefined;
  const { ContentType, FileContents } = message.Note;
  if (ContentType === "Base64 Encoded")
    return Uint8Array.from(atob(FileContents), (character) => character.charCodeAt(0));
  const bytes = await storeOf(c).findUpload(uploadName(FileContents) ?? "");
  return bytes && new Uint8Array(bytes);
}
