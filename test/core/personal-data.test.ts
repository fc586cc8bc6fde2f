import * as fc from "fast-check";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import type { Schema } from "../../src/description/describe.ts";
import type { QueuedService } from "../ehr/queued-service.ts";
import { startClock, stopClock } from "../examples/clock.ts";
import { type Call, type Calling, Recorder } from "../examples/recorder.ts";
import { playScenario } from "../examples/scenario/index.ts";
import { datum } from "../any-datum.ts";
import { description } from "../description.ts";
import { type Answer, person, rows, send } from "../harness.ts";
import { deliverEvents, receiver, subscribeToEverything, sweepEvents } from "../events/receiver.ts";
import { logged } from "../logged.ts";
import { deliver, postOffice } from "../mail/post-office.ts";
import { servedIn } from "../served-in.ts";

/**
 * The whole scenario of the examples: every operation, the webhooks, mails, jobs, PDFs and device data. What is written to logs,
 * queues and object keys, and what refusals say, has nothing of the people in it.
 */

const BINDINGS = ["AUDIT_QUEUE", "NOTIFICATIONS_QUEUE", "MIGRATIONS_QUEUE", "EHR_QUEUE", "EVENTS_QUEUE"];
/**
 * Fields of requests that say nothing about a person: ids, codes, settings, kinds. What any other field was sent with is
 * looked for, and a field that is neither here nor sent fails the test: its author has to decide.
 */
const IMPERSONAL = new Set(
  [
    // Ids: logs, queues and keys name people by them, on purpose.
    "id userId inviteId clinicianId legacyClinicianId dataSourceId sourceId documentId eventId orderId partnerId programId",
    "deployment client_id guid hash ID",
    // Kinds, codes and states of which a schema or a setting has a list.
    "type subType primeTarget roles tier provider providerName clinicType clinicSize preferredBgUnits cadence codes criteria",
    "dataModel DataModel EventType EventDateTime eventType eventContext ehrView events state status dataSetType version resourceType system origin separator plan reason",
    "onUploadNoteEventType lastUpdatedReason outdatedReason emailDomain requiredIdp flowsheet notes results Code",
    "disableSummaryReports createAccount createAccountAndEnableReports Description code timeZoneName timezone tags postalCode",
    "firmwareVersion hardwareVersion softwareVersion enableSummaryReports",
    // Where a service listens, and when a service did something.
    "url startDate endDate lastUploadDate lastData modifiedTime expirationTime latestDataTime outdatedSince outdatedSinceLimit",
    "eventTimeStamp computerTime from to",
  ].flatMap((names) => names.split(" ")),
);

/** All that was told of people, by the field it was told in. */
const told = new Map<string, string>();
const sentFields = new Set<string>();
const SHORT = 3;

/** Keeps what a request tells of people. */
function listen(value: unknown, field = ""): void {
  if (typeof value === "string") {
    sentFields.add(field);
    if (field === "") return;
    if (!IMPERSONAL.has(field) && value.trim().length > SHORT) told.set(value.toLowerCase(), field);
  } else if (Array.isArray(value)) for (const one of value) listen(one, field);
  else if (value !== null && typeof value === "object")
    for (const [name, one] of Object.entries(value)) listen(one, name);
}

/** The names of all fields with free text that any operation takes, where a schema says so. */
const schemas = description.components!.schemas as Readonly<Record<string, Schema>>;
function* textFields(schema: Schema, field = "", seen: readonly string[] = []): Generator<string> {
  const { $ref } = schema;
  if ($ref) {
    const name = $ref.split("/").at(-1)!;
    if (!seen.includes(name)) yield* textFields(schemas[name]!, field, [...seen, name]);
    return;
  }
  for (const part of [schema.oneOf ?? [], schema.anyOf ?? [], schema.items ?? []].flat() as Schema[])
    yield* textFields(part, field, seen);
  for (const [name, part] of Object.entries(schema.properties ?? {})) yield* textFields(part, name, seen);
  if (schema.type === "string" && !schema.enum && schema.const === undefined) yield field;
}

/** Texts of device data that people or their devices fill in. */
const OF_DATA = new Set(
  (
    "name brand code mealOther scheduleName overridePreset activeSchedule firmwareVersion hardwareVersion manufacturers model " +
    "serialNumber softwareVersion deviceId notes"
  ).split(" "),
);
/** A datum with a mark in each of them. */
function marked(value: unknown, field = "", at = 0): unknown {
  if (typeof value === "string") return OF_DATA.has(field) ? `mark of ${field} ${at}` : value;
  if (Array.isArray(value)) return value.map((one, i) => marked(one, field, i));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, marked(one, name)]));
}

/** Uploads data of all kinds, which have all that data may have. */
async function uploadMarked(through: (request: Request) => Promise<Response>): Promise<number> {
  const { id, token } = await person();
  const open = await send("POST", `/v1/users/${id}/data_sets`, {
    token,
    through,
    body: { dataSetType: "normal", client: { name: "mark of client", version: "1.0" } },
  });
  let taken = 0;
  for (const one of fc.sample(datum, { numRuns: 300, seed: 1 })) {
    const body = [marked(one)];
    for (const [, mark, field] of JSON.stringify(body).matchAll(/"(mark of (\w+) \d+)"/g)) {
      sentFields.add(field!);
      told.set(mark!.toLowerCase(), field!);
    }
    const answer = await send("POST", `/v1/data_sets/${open.body.data.id}/data`, { token, through, body });
    if (answer.status < 300) taken += 1;
    else look("refusal of AddData", answer.text);
  }
  return taken;
}

const texts: { readonly where: string; readonly text: string }[] = [];
/** Keeps a text that nothing personal may be in. */
const look = (where: string, text: string) => texts.push({ where, text });

function personalIn({ where, text }: { where: string; text: string }): string[] {
  const plain = `${text}\n${decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"))}`.toLowerCase();
  return [...told].flatMap(([value, field]) =>
    plain.includes(value) ? [`${where}: ${field} ${value} in ${text.slice(0, 200)}`] : [],
  );
}

/** How a request is sent again: without its caller, as it was, and malformed. */
const REFUSED: readonly Record<string, string>[] = [
  { "x-tidepool-session-token": "", "verification-token": "x", authorization: "Bearer x" },
  {},
  { "idempotency-key": "" },
];
const kept = { queued: 0, keys: 0, refusals: 0 };
class Watching extends Recorder {
  readonly #queued: { queue: string; body: unknown }[] = [];
  readonly #office = postOffice();

  override get variables(): Record<string, unknown> {
    const queue = (name: string) => {
      const take = (body: unknown) => {
        kept.queued += 1;
        look(`queue ${name}`, JSON.stringify(body));
        this.#queued.push({ queue: name.replace("_QUEUE", "").toLowerCase(), body });
      };
      return {
        send: async (body: unknown) => take(body),
        sendBatch: async (messages: { body: unknown }[]) => messages.forEach(({ body }) => take(body)),
      };
    };
    const REPORTS = new Proxy(env.REPORTS, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
        return (key: unknown, ...rest: unknown[]) => {
          kept.keys += 1;
          // What a report is stored with, its metadata, stands beside the key.
          look(`object ${String(name)}`, JSON.stringify([key, rest[1]]));
          return method.call(target, key, ...rest);
        };
      },
    });
    const { SANDBOX, MAIL_FROM } = this.#office.env;
    return { ...Object.fromEntries(BINDINGS.map((name) => [name, queue(name)])), REPORTS, SANDBOX, MAIL_FROM };
  }

  override as(calling: Calling): Call {
    const call = super.as({ ...calling, through: calling.through ?? servedIn(this.variables) });
    return async (...given) => {
      // The parameters of an operation of FHIR have names that are words.
      if (!given[0].startsWith("Fhir")) listen(given[1]?.body);
      const answered = await call(...given);
      for (let next = this.#queued.shift(); next; next = this.#queued.shift())
        if (next.queue !== "ehr") await deliver([next.body], { ...env, ...this.variables }, next.queue);
      return answered;
    };
  }

  override async run(service: QueuedService): Promise<void> {
    const waiting = await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE state = 'queued' AND kind LIKE '%ehr%' OR kind LIKE 'xealth%'",
    );
    service.queued.push(...waiting.map(({ id }) => ({ queue: "ehr", body: { v: 1 as const, id } })));
    await service.run();
  }

  /** Asks again without a token, and again as it was: what is refused then must not repeat what it was told. */
  protected override async ask(
    name: string,
    act: (headers: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    const answer = await act({});
    await subscribeToEverything();
    for (const headers of REFUSED) {
      if (answer.headers.get("content-type")?.includes("pdf")) continue;
      if (Object.keys(headers).length === 0 && !/^(?:Create|Invite)/.test(name)) continue;
      const again = await act(headers);
      if (again.status < 400) continue;
      kept.refusals += 1;
      look(`refusal of ${name}`, again.text);
    }
    return answer;
  }
}

beforeAll(() => startClock());
afterAll(() => {
  stopClock();
  forgetIdentities();
  forgetRedoxTokens();
  forgetXealthTokens();
});

test("logs, queues, object keys, refusals and events have nothing of anybody", async () => {
  const watching = new Watching();
  await playScenario(watching);
  expect(await uploadMarked(servedIn(watching.variables))).toBeGreaterThan(200);
  const there = receiver();
  await sweepEvents(Date.now(), watching.variables);
  await deliverEvents((await rows<{ id: string }>("SELECT id FROM outbox WHERE kind = 'event'")).map(({ id }) => id));
  there.close();
  for (const { url, headers, body } of there.received) {
    // A signature has any letters.
    const { "webhook-signature": _, ...plain } = headers;
    look("event", JSON.stringify([url, plain, body]));
  }
  for (const line of logged()) {
    // When it was written may be when somebody's data came.
    look("log", line.replace(/"at":"[^"]*",/, ""));
  }
  const bodies = Object.values(description.paths!).flatMap((path) =>
    Object.values(path as Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>).flatMap(
      ({ requestBody }) => Object.values(requestBody?.content ?? {}).map(({ schema }) => schema),
    ),
  );
  const taken = new Set(bodies.flatMap((schema) => [...textFields(schema)]));
  expect(texts.flatMap(personalIn)).toEqual([]);
  expect([...taken].filter((field) => !IMPERSONAL.has(field) && !sentFields.has(field))).toEqual([]);
  // It has looked at something.
  expect([
    logged().length > 150,
    kept.queued > 50,
    kept.keys > 3,
    kept.refusals > 80,
    there.received.length > 5,
    told.size > 60,
    texts.length > 300,
  ]).toEqual(Array.from({ length: 7 }, () => true));
}, 120_000);
