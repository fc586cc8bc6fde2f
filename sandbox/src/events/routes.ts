import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { FORM_BYTES_MAX, jsonOf, mediaType } from "../inputs.ts";
import { moment, page } from "../layout.ts";
import { atMost } from "../serving.ts";
import type { Events, KeptEvent } from "./store.ts";

export interface EventsBindings {
  readonly EVENTS: DurableObjectNamespace<Events>;
}

type C = Context<{ Bindings: EventsBindings }>;

/** Of a subscription: it stands at the end of its address. */
const NAME = /^[a-z]{1,20}$/;
const Secret = z.object({ name: z.string().regex(NAME), secret: z.string().regex(/^whsec_[\w+/]{43}=$/) });
const Told = z.object({
  type: z.string().max(40),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.string()),
});

const storeOf = (c: C) => c.env.EVENTS.getByName("events");

/** A system beside the service that has subscribed to events: it verifies them with the library of the scheme. */
export const events = new Hono<{ Bindings: EventsBindings }>();

events.get("/", async (c) => c.html(eventsPage(await storeOf(c).list())));
events.get("/list.json", async (c) => c.json(await storeOf(c).list()));

events.post("/secrets", atMost(FORM_BYTES_MAX), async (c) => {
  // A page elsewhere can't send this type without being asked first, and nobody answers that.
  if (mediaType(c) !== "application/json") return c.text("application/json only\n", 415);
  const it = Secret.safeParse(await jsonOf(c));
  if (!it.success) return c.text("the name of a subscription and its secret are expected\n", 400);
  await storeOf(c).keepSecret(it.data.name, it.data.secret);
  return c.body(null, 204);
});

events.post("/receive/:name{[a-z]{1,20}}", atMost(FORM_BYTES_MAX), async (c) => {
  const [store, name] = [storeOf(c), c.req.param("name")];
  const secret = await store.secretOf(name);
  if (secret === undefined) return c.text("nobody has subscribed to this\n", 404);
  let told: unknown;
  try {
    told = new Webhook(secret).verify(await c.req.text(), Object.fromEntries(c.req.raw.headers));
  } catch {
    return c.text("the signature is not good\n", 401);
  }
  const it = Told.safeParse(told);
  if (!it.success) return c.text("an event is expected\n", 400);
  const { type, timestamp, data } = it.data;
  const id = c.req.header("webhook-id")!;
  await store.keep({ id, name, type, happenedAt: Date.parse(timestamp), data: JSON.stringify(data) });
  return c.body(null, 204);
});

const eventsPage = (kept: readonly KeptEvent[]) =>
  page(
    "Events",
    html`<p>Another system, which has subscribed to the events of the first demo clinic. It verifies each signature with the library
of Standard Webhooks, keeps an event once, and knows nothing but ids. What happens is told within about a minute.</p>
${
  kept.length === 0
    ? html`<p>No event yet. Changing a patient sends one. <a href="/sandbox/events">Look again</a></p>`
    : html`<table>
<caption>${kept.length} ${kept.length === 1 ? "event" : "events"}, the newest first</caption>
<thead><tr><th scope="col">Event</th><th scope="col">What it names</th><th scope="col">Happened</th><th scope="col">Signature</th></tr></thead>
<tbody>
${kept.map(
  ({
    id,
    type,
    happenedAt,
    data,
    times,
  }) => html`<tr id="${id}"><td>${type}</td><td><code>${data}</code></td><td>${moment(
    happenedAt,
  )}</td><td>good${times > 1 ? `, came ${times} times` : ""}</td></tr>
`,
)}</tbody>
</table>`
}`,
  );
