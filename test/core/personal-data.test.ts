import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import type { QueuedService } from "../ehr/queued-service.ts";
import { startClock, stopClock } from "../examples/clock.ts";
import { type Call, type Calling, Recorder } from "../examples/recorder.ts";
import { playScenario } from "../examples/scenario/index.ts";
import * as people from "../examples/scenario/people.ts";
import { type Answer, rows } from "../harness.ts";
import { deliverEvents, receiver, subscribeToEverything, sweepEvents } from "../events/receiver.ts";
import { logged } from "../logged.ts";
import { deliver, postOffice } from "../mail/post-office.ts";
import { servedIn } from "../served-in.ts";

/**
 * The whole scenario of the examples: every operation, the webhooks, mails, jobs, PDFs and device data. What is written to logs,
 * queues and object keys, and what refusals say, has nothing of the people in it.
 */

const BINDINGS = ["AUDIT_QUEUE", "NOTIFICATIONS_QUEUE", "MIGRATIONS_QUEUE", "EHR_QUEUE", "EVENTS_QUEUE"];
const DEVICES = ["PumpCo-900-771203", "771203", "CgmCo-5-003", "MeterCo-1-88"];
/** Fields of the people of the scenario that are theirs alone, as they are and as an address would have them. */
const PERSONAL = Object.values(people)
  .flatMap((it) => Object.entries(it as Record<string, unknown>))
  .filter(([field]) => /^(?:fullName|name|email|mrn|birthDate|address|phoneNumbers)$/.test(field))
  .flatMap(([, value]) => (typeof value === "string" && value.length > 3 ? [value] : []))
  .concat(DEVICES, ["Walter", "Lindqvist", "CV-2002", "1952-03-19"]);

const found: string[] = [];
let looked = 0;
/** Keeps where something personal is. */
function look(where: string, text: string): void {
  looked += 1;
  const plain = `${text}\n${decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"))}`.toLowerCase();
  for (const value of PERSONAL)
    if (plain.includes(value.toLowerCase())) found.push(`${where}: ${value} in ${text.slice(0, 200)}`);
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
  const there = receiver();
  await sweepEvents(Date.now(), watching.variables);
  await deliverEvents((await rows<{ id: string }>("SELECT id FROM outbox WHERE kind = 'event'")).map(({ id }) => id));
  there.close();
  for (const { url, headers, body } of there.received) look("event", JSON.stringify([url, headers, body]));
  for (const line of logged()) look("log", line);
  expect(found).toEqual([]);
  // It has looked at something.
  expect([
    logged().length > 150,
    kept.queued > 50,
    kept.keys > 3,
    kept.refusals > 80,
    there.received.length > 5,
    PERSONAL.length > 30,
    looked > 300,
  ]).toEqual(Array.from({ length: 7 }, () => true));
}, 120_000);
