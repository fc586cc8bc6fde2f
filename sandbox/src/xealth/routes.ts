import { type Context, Hono } from "hono";
import { z } from "zod";
import { FORM_BYTES_MAX, formOf, jsonOf, mediaType } from "../inputs.ts";
import { atMost, policy, scriptOf } from "../serving.ts";
import { failing, failureRoutes } from "../stand-in/failing.ts";
import { LIST_QUERY_HELP, listedAfter } from "../stand-in/waiting.ts";
import { basicCredentials } from "../token-endpoint.ts";
import FORM_LIBRARIES from "../../generated/form-libraries.js.txt";
import { EHR_SCRIPT } from "./assets.ts";
import { Chart, type DemoHospital, nameOf, STRANGERS, strangerTo } from "./charts.ts";
import { callService, type Exchange, masked } from "./exchanges.ts";
import {
  type Notification,
  notification,
  orderDocument,
  preorderMessage,
  programsMessage,
  programUrlMessage,
} from "./messages.ts";
import { ehrPage } from "./pages.ts";
import type { Xealth } from "./store.ts";
import { type Target, TARGETS } from "./targets.ts";

export interface XealthBindings {
  readonly XEALTH: DurableObjectNamespace<Xealth>;
  /** The service as the world outside sees it. */
  readonly WEB: Pick<Fetcher, "fetch">;
  /** What the service proves itself with. */
  readonly XEALTH_CLIENT_ID: string;
  readonly XEALTH_CLIENT_SECRET: string;
  /** What Xealth proves itself with. */
  readonly XEALTH_BEARER_TOKEN: string;
  /** The hospital of the demo clinic, as JSON. */
  readonly DEMO_HOSPITAL: string;
}

type C = Context<{ Bindings: XealthBindings }>;

const PAGE = "/sandbox/xealth";
const TOKEN_SECONDS = 300;
/** A chart, and a form with the tags of a large clinic. */
const BODY_BYTES_MAX = 64 * 1024;
/** How long before now an order was placed whose events are delivered in the wrong order. */
const REORDERED_MS = 2_000;

const storeOf = (c: C) => c.env.XEALTH.getByName("xealth");
const hospitalOf = (c: C) => JSON.parse(c.env.DEMO_HOSPITAL) as DemoHospital;

/** Xealth, as far as the service knows it, and the EHR behind it. */
export const xealth = new Hono<{ Bindings: XealthBindings }>();

xealth.post("/oauth2/token", atMost(FORM_BYTES_MAX), (c) => recorded(c, "token", () => giveToken(c)));
xealth.get("/api/partner/read/order/:deployment/:orderId", (c) => recorded(c, "read", () => readOrder(c)));

/** Answers as it was told to fail, or as always, and keeps which call got which status. */
async function recorded(c: C, target: Target, answer: () => Promise<Response>): Promise<Response> {
  const response = await failing(c, storeOf(c), target, answer);
  await storeOf(c).keepCall({ target, path: new URL(c.req.url).pathname.slice(PAGE.length), status: response.status });
  return response;
}

/** The client-credentials grant, the client proved by HTTP Basic (RFC 6749 §4.4). */
async function giveToken(c: C): Promise<Response> {
  c.header("cache-control", "no-store");
  if (mediaType(c) !== "application/x-www-form-urlencoded") return c.json({ error: "invalid_request" }, 400);
  const { id, secret } = basicCredentials(c.req.header("authorization")) ?? {};
  if (id !== c.env.XEALTH_CLIENT_ID || secret !== c.env.XEALTH_CLIENT_SECRET) {
    c.header("www-authenticate", 'Basic realm="xealth"');
    return c.json({ error: "invalid_client" }, 401);
  }
  const { grant_type } = await formOf(c);
  if (grant_type !== "client_credentials") {
    return c.json({ error: grant_type === undefined ? "invalid_request" : "unsupported_grant_type" }, 400);
  }
  const access_token = await storeOf(c).giveToken(TOKEN_SECONDS);
  return c.json({ access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS });
}

async function readOrder(c: C): Promise<Response> {
  const [, token] = /^bearer (\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  if (token === undefined || !(await storeOf(c).hasToken(token))) {
    c.header("www-authenticate", "Bearer");
    return c.json({ errorDetail: "the access token is missing, unknown or expired" }, 401);
  }
  const order = await storeOf(c).findOrder(c.req.param("orderId") ?? "");
  if (order?.orderInfo.deployment !== c.req.param("deployment")) {
    return c.json({ errorDetail: "there is no such order" }, 404);
  }
  return c.json(order);
}

xealth.route(
  "/",
  failureRoutes({
    targets: TARGETS,
    storeOf,
    page: PAGE,
    show: (c, problem) => pageOf(c, { problem }),
  }),
);

xealth.get("/calls.json", async (c) => {
  const calls = await listedAfter(c.req.query(), (afterId) => storeOf(c).listCalls(afterId));
  return calls ? c.json(calls) : c.text(LIST_QUERY_HELP, 400);
});

const call = (c: C, method: "POST" | "PUT", path: string, request: object): Promise<Exchange> =>
  callService({ web: c.env.WEB, origin: c.req.url, bearerToken: c.env.XEALTH_BEARER_TOKEN }, method, path, request);

/** Tells the service of an event, which is kept to be told again. */
async function notify(c: C, event: Notification): Promise<Exchange> {
  await storeOf(c).keepNotification(event);
  return call(c, "POST", "/v1/xealth/notification", event);
}

const id = z.string().min(1).max(100);
const Preorder = z.object({
  chart: Chart,
  /** Of a form that was answered: absent, the first question is asked. */
  answer: z
    .object({ dataTrackingId: id, formId: id, userInput: z.unknown().optional(), canceled: z.boolean().optional() })
    .optional(),
});
const NewOrder = z.object({ chart: Chart, dataTrackingId: id.optional(), isReordered: z.boolean().default(false) });
const OldOrder = z.object({ orderId: id });
const Programs = z.object({ chart: Chart });
const ProgramUrl = z.object({ chart: Chart, programId: id });
const Nothing = z.object({});

/**
 * What the page asks for, as JSON: a page elsewhere can't send that without being asked first, and nobody answers. The
 * answer has the calls that were made of the service.
 */
function action<S extends z.ZodType>(path: string, input: S, act: (c: C, given: z.output<S>) => Promise<Response>) {
  xealth.post(path, atMost(BODY_BYTES_MAX), async (c) => {
    if (mediaType(c) !== "application/json") return c.text("application/json only\n", 415);
    const given = input.safeParse(await jsonOf(c));
    if (!given.success) return c.text(`${z.prettifyError(given.error)}\n`, 400);
    return act(c, given.data);
  });
}

action("/preorders", Preorder, async (c, { chart, answer }) => {
  const exchange = await call(c, "POST", "/v1/xealth/preorder", preorderMessage(hospitalOf(c), chart, answer));
  return c.json({ exchanges: [exchange] });
});

action("/orders", NewOrder, async (c, { chart, dataTrackingId, isReordered }) => {
  const orderId = `order-${crypto.randomUUID().slice(0, 8)}`;
  const at = new Date(Date.now() - (isReordered ? REORDERED_MS : 0));
  const order = orderDocument(hospitalOf(c), chart, { orderId, dataTrackingId, at });
  await storeOf(c).keepOrder(order, nameOf(chart));
  const placed = notification(order, "new", at);
  if (!isReordered) return c.json({ orderId, exchanges: [await notify(c, placed)] });
  const cancelledAt = new Date(at.getTime() + REORDERED_MS / 2);
  await storeOf(c).cancelOrder(orderId, cancelledAt);
  const cancelFirst = await notify(c, notification(order, "cancel", cancelledAt));
  return c.json({ orderId, exchanges: [cancelFirst, await notify(c, placed)] });
});

action("/cancellations", OldOrder, async (c, { orderId }) => {
  const at = new Date();
  const order = await storeOf(c).cancelOrder(orderId, at);
  if (!order) return c.text("there is no such order\n", 404);
  return c.json({ exchanges: [await notify(c, notification(order, "cancel", at))] });
});

action("/redeliveries", Nothing, async (c) => {
  const last = await storeOf(c).lastNotification();
  if (!last) return c.text("no notification was sent yet\n", 404);
  return c.json({ exchanges: [await call(c, "POST", "/v1/xealth/notification", last)] });
});

action("/programs", Programs, async (c, { chart }) =>
  c.json({ exchanges: [await call(c, "PUT", "/v1/xealth/programs", programsMessage(hospitalOf(c), chart))] }),
);

const Link = z.object({ url: z.url() });
action("/program", ProgramUrl, async (c, { chart, programId }) => {
  const message = programUrlMessage(hospitalOf(c), chart, programId);
  const exchange = await call(c, "PUT", "/v1/xealth/program", message);
  const link = Link.safeParse(exchange.response);
  return c.json({ exchanges: [masked(exchange)], ...(link.success && { url: link.data.url }) });
});

async function pageOf(c: C, { problem, chart }: { problem?: string; chart?: Chart } = {}) {
  const hospital = hospitalOf(c);
  const store = storeOf(c);
  const [orders, calls, failures] = await Promise.all([store.listOrders(), store.listCalls(), store.listFailures()]);
  return ehrPage(hospital, { chart: chart ?? hospital.patient, orders, calls, failures, problem });
}

/** The page asks this server alone, and shows the report that the service has a link for. */
const asking = { "content-security-policy": policy({ more: "connect-src 'self'; frame-src 'self'; " }) };

xealth.get("/", async (c) => {
  const kind = STRANGERS.find((it) => it === c.req.query("patient"));
  const chart = kind && strangerTo(hospitalOf(c), kind, new Date());
  return c.html(await pageOf(c, { chart }), 200, asking);
});
xealth.get("/ehr.js", (c) => c.body(EHR_SCRIPT, 200, scriptOf));
xealth.get("/form-libraries.js", (c) => c.body(FORM_LIBRARIES, 200, scriptOf));
