import { env } from "cloudflare:workers";
import { registry } from "../../src/entry/outbox.ts";
import { matchingPatients } from "../../src/features/patients/list/matching-store.ts";
import { pageOfKeys } from "../../src/features/patients/list/order.ts";
import { filterOf, ListParameters, orderOf } from "../../src/features/patients/list/parameters.ts";
import { writePatient } from "../../src/features/patients/model/patient-json.ts";
import { findPatient, type FoundPatient } from "../../src/features/patients/model/read.ts";
import { pageOf } from "../../src/platform/core/wire.ts";
import { Db } from "../../src/platform/db/client.ts";
import { askingOf, together } from "../../src/platform/db/read.ts";
import { JsonBytes } from "../../src/platform/formats/json-bytes.ts";
import { triesAll } from "../all-cases.ts";
import type { QueuedService } from "../ehr/queued-service.ts";
import { publishedOperations } from "../examples/operations.ts";
import { type Call, type Calling, Recorder } from "../examples/recorder.ts";
import { type Answer, type Caller, rows, service } from "../harness.ts";
import { deliver } from "../mail/post-office.ts";
import { servedIn } from "../served-in.ts";

/** Pages off the index, searched and by date from memory, and by name from memory; with all cases, some more. */
const QUERIES = [
  "limit=1000",
  "search=e&sort=-lastData&sortType=cgm",
  "offset=1&limit=2&sort=-fullName&sortType=cgm",
  ...(triesAll ? ["offset=1&limit=2", "cgm.timeCGMUsePercent=>=0", "omitNonStandardRanges=true&limit=5"] : []),
].map((query) => {
  const asked = ListParameters.parse(Object.fromEntries(new URLSearchParams(query)));
  return { query, filter: filterOf(asked), order: orderOf(asked), page: pageOf(asked) };
});

/** Jobs that ask an EHR, which the scenario stands in for. */
const isOfEhr = (kind: string): boolean => /^(?:ehr|xealth)_/.test(kind);
const ROUNDS_MAX = 20;
/** Patients of a clinic whose records are asked for by somebody who has none. */
const WHOLE = triesAll ? 1000 : 2;

/** What somebody who looks at patients has: a page or a record as it came last, and its tag. */
interface Kept {
  readonly etag: string;
  readonly text: string;
  /** What it should have been. */
  readonly expected: string;
}

/** A record as it is stored. */
function jsonOf({ row, siteNames }: FoundPatient): string {
  const out = new JsonBytes();
  writePatient(out, row, siteNames);
  return new TextDecoder().decode(out.take());
}

const nowhere = { send: async () => {}, sendBatch: async () => {} };
const OUTSIDE = {
  AUDIT_QUEUE: nowhere,
  NOTIFICATIONS_QUEUE: nowhere,
  MIGRATIONS_QUEUE: nowhere,
  EHR_QUEUE: nowhere,
  EVENTS_QUEUE: nowhere,
  SANDBOX: { fetch: async () => new Response(null, { status: 202 }) },
  MAIL_FROM: "noreply@clinics-edge.example",
};

/**
 * After every call, and every job it has led to, lists the patients of every clinic in an isolate that has listed them all along,
 * and compares: which patients they are with a statement that keeps nothing, each record with what is stored. So it does with
 * GetPatient, by the tags of before.
 */
export class WarmRecorder extends Recorder {
  readonly faults: string[] = [];
  compared = 0;
  /** Clinics of other files are older. */
  readonly #startedAt = Date.now();
  readonly #answers = new Map<string, Kept>();
  readonly #asking = askingOf(new Db(env.DB));
  readonly #through = servedIn(OUTSIDE);
  /** How many patients clinics had when their lists were compared last. */
  readonly #numbers = new Map<string, number>();
  #caller: Caller | undefined;

  override get variables(): Record<string, unknown> {
    return OUTSIDE;
  }

  override as(calling: Calling): Call {
    return super.as({ ...calling, through: calling.through ?? this.#through });
  }

  override async run(ehr: QueuedService): Promise<void> {
    ehr.queued.splice(0);
    await this.#deliverAll(isOfEhr, ehr.bindings, "an EHR");
    ehr.queued.splice(0);
  }

  protected override async ask(
    name: string,
    act: (headers: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    const answer = await act({});
    if (answer.status < 300 && publishedOperations.get(name)?.method !== "GET") {
      await this.compare(name);
      await this.deliverAll(name);
    }
    return answer;
  }

  async #deliverAll(isOurs: (kind: string) => boolean, bindings: Record<string, unknown>, name: string): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const waiting = await rows<{ id: string; kind: string }>(
        "SELECT id, kind FROM outbox WHERE state = 'queued' AND next_attempt_at <= ? ORDER BY created_at, id",
        Date.now(),
      );
      const ours = waiting.filter(({ kind }) => isOurs(kind) && (registry.mails.has(kind) || registry.jobs.has(kind)));
      if (ours.length === 0) return;
      for (const { id, kind } of ours) {
        await deliver([{ v: 1, id }], bindings, isOfEhr(kind) ? "ehr" : "notifications");
        if (registry.jobs.has(kind)) await this.compare(`${kind} of ${name}`);
      }
    }
  }

  /** Does the jobs that wait, and compares after each. */
  deliverAll(name: string): Promise<void> {
    return this.#deliverAll((kind) => !isOfEhr(kind), { ...env, ...OUTSIDE }, name);
  }

  /** Compares the lists and records of all clinics with what is stored. */
  async compare(what: string): Promise<void> {
    this.#caller ??= await service("warm-lists");
    const clinics = await rows<{ id: string; n: number }>(
      "SELECT id, patient_total AS n FROM clinics WHERE created_at >= ? ORDER BY id",
      this.#startedAt,
    );
    for (const { id, n } of clinics) {
      if (n === 0 && this.#numbers.get(id) === 0) continue;
      await this.#compareClinic(id, what);
      this.#numbers.set(id, n);
    }
  }

  async #compareClinic(clinicId: string, what: string): Promise<void> {
    const stored = await rows<{ key: number; user_id: string }>(
      "SELECT key, user_id FROM patients WHERE clinic_id = ?",
      clinicId,
    );
    const { chosen, records } = await this.#asking.read({
      chosen: together(
        Object.fromEntries(
          QUERIES.map(({ query, filter, order }) => [query, matchingPatients(clinicId, filter, order)]),
        ),
      ),
      records: together(Object.fromEntries(stored.map(({ key, user_id }) => [key, findPatient(clinicId, user_id)]))),
    });
    const json = new Map(Object.entries(records).map(([key, found]) => [Number(key), jsonOf(found!)]));
    for (const { query, order, page } of QUERIES) {
      const path = `/v1/clinics/${clinicId}/patients?${query}`;
      const matches = chosen[query]!;
      const keys = pageOfKeys(matches, order, page);
      const meta = { count: matches.keys.length, totalCount: stored.length };
      const expected = `{"data":[${keys.map((key) => json.get(key)).join(",")}],"meta":${JSON.stringify(meta)}}`;
      await this.#compareAnswer(path, expected, what);
    }
    for (const { key, user_id } of stored) {
      await this.#compareAnswer(`/v1/clinics/${clinicId}/patients/${user_id}`, json.get(key)!, what);
    }
    // Who has no tag gets what was kept of it just now.
    for (const { key, user_id } of stored.slice(0, WHOLE)) {
      const path = `/v1/clinics/${clinicId}/patients/${user_id}`;
      const { status, text } = await this.#get(path);
      this.#note(`${what}: ${status} ${path}`, text, json.get(key)!);
    }
  }

  /** Asks with the tag of the last answer. What was right before a call that has changed nothing of it is asked again with all cases. */
  async #compareAnswer(path: string, expected: string, what: string): Promise<void> {
    const last = this.#answers.get(path);
    if (last?.expected === expected && !triesAll) return;
    const answer = await this.#get(path, last ? { "if-none-match": last.etag } : {});
    const text = answer.status === 304 ? last!.text : answer.text;
    this.#answers.set(path, { etag: answer.headers.get("etag")!, text, expected });
    this.#note(`${what}: ${answer.status} ${path}`, text, expected);
  }

  #note(what: string, text: string, expected: string): void {
    this.compared += 1;
    if (text === expected) return;
    const from = Math.max(0, [...expected].findIndex((it, i) => text[i] !== it) - 50);
    this.faults.push(`${what}\n  has   ${text.slice(from, from + 200)}\n  lacks ${expected.slice(from, from + 200)}`);
  }

  async #get(path: string, more: Record<string, string> = {}) {
    const headers = { "x-tidepool-session-token": this.#caller!.token, ...more };
    const answer = await this.#through(new Request(`http://clinics.test${path}`, { headers }));
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
}
