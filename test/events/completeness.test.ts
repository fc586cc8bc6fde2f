import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { forgetIdentities } from "../../src/platform/auth/authenticate.ts";
import type { QueuedService } from "../ehr/queued-service.ts";
import { startClock, stopClock } from "../examples/clock.ts";
import { Recorder } from "../examples/recorder.ts";
import { playScenario } from "../examples/scenario/index.ts";
import { playEncore } from "../faults/encore.ts";
import { type Answer, rows } from "../harness.ts";
import { subscribeToEverything, TO_EVERYTHING } from "./receiver.ts";
import { deliver } from "../mail/post-office.ts";

type Row = Record<string, unknown>;

/** What a change of each column of a patient is told as; of a new column somebody has to decide. */
const TOLD: Readonly<Record<string, string>> = {
  "patient.changed":
    "full_name birth_date email mrn target_devices tags sites data_sources permissions reviews last_reviewed_at " +
    "connection_requests ehr_subscriptions last_upload_reminder_at glycemic_ranges diagnosis_type is_migrated " +
    "legacy_clinician_ids invited_by",
  "summary.changed": "cgm_* bgm_*",
  "patient.removed there and patient.created here": "clinic_id",
  "not told: who and what the record is never changes": "key user_id is_demo created_at",
  "not told: follows from other columns": "name_key mrn_key mrn_unique search_rest counts_to_plan",
  "not told: says that something else has changed": "version updated_at",
};
const columnsTold = (told: string): string[] => TOLD[told]!.split(" ");
const isOf = (told: string, column: string): boolean =>
  columnsTold(told).some((it) => (it.endsWith("*") ? column.startsWith(it.slice(0, -1)) : it === column));

describe("the columns of a patient", () => {
  test("are each told as one event, or not for a reason", async () => {
    const columns = await rows<{ name: string }>("SELECT name FROM pragma_table_info('patients')");
    const meanings = columns.map(({ name }) => [name, Object.keys(TOLD).filter((told) => isOf(told, name)).length]);
    expect(meanings.filter(([, count]) => count !== 1)).toEqual([]);
  });

  test("are those that the triggers look at", async () => {
    const triggers = await rows<{ name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'event_%' ORDER BY name",
    );
    const of = (name: string) => {
      const { sql = "" } = triggers.find((it) => it.name === name) ?? {};
      return /UPDATE OF ([\w, ]+) ON patients/.exec(sql)?.[1]?.split(", ");
    };
    expect(of("event_patient_changed")).toEqual(columnsTold("patient.changed"));
    expect(of("event_patient_moved")).toEqual(["clinic_id"]);
    // Whoever writes a summary writes its id.
    expect(of("event_summary_changed")).toEqual(["cgm_summary_id", "bgm_summary_id"]);
    expect(triggers.map(({ name, sql }) => [name, /\n|\r|\bCASE\b/.test(sql)])).toEqual(
      [
        "event_patient_changed",
        "event_patient_created",
        "event_patient_moved",
        "event_patient_removed",
        "event_report_made",
        "event_report_ready",
        "event_summary_changed",
      ].map((name) => [name, false]),
    );
  });
});

interface State {
  /** By clinic and user. */
  readonly patients: ReadonlyMap<string, Row>;
  /** Of reports that are ready: clinic, user and report. */
  readonly reports: ReadonlySet<string>;
  /** Of merges of records that stand: clinic and the user whose record stayed. */
  readonly merged: ReadonlySet<string>;
}

async function stateNow(): Promise<State> {
  const patients = await rows("SELECT * FROM patients");
  const reports = await rows<{ it: string }>(
    "SELECT clinic_id || ' ' || user_id || ' ' || id AS it FROM reports JOIN patients ON key = patient_key WHERE state = 'ready'",
  );
  const merged = await rows<{ it: string }>(
    "SELECT clinic_id || ' ' || target_user_id AS it FROM patient_merges WHERE undone_at IS NULL",
  );
  return {
    merged: new Set(merged.map(({ it }) => it)),
    patients: new Map(patients.map((row) => [`${String(row.clinic_id)} ${String(row.user_id)}`, row])),
    reports: new Set(reports.map(({ it }) => it)),
  };
}

const differs = (told: string, a: Row, b: Row): boolean =>
  Object.keys(a).some((column) => isOf(told, column) && a[column] !== b[column]);

/** What has to be told of what became of the records, whatever wrote them. */
function toTell(before: State, after: State): { must: Set<string>; may: Set<string> } {
  const [must, may] = [new Set<string>(), new Set<string>()];
  for (const who of new Set([...before.patients.keys(), ...after.patients.keys()])) {
    const [was, is] = [before.patients.get(who), after.patients.get(who)];
    if (!was) {
      must.add(`patient.created ${who}`);
      // On the way to what it is now.
      for (const told of ["patient.changed", "summary.changed"]) may.add(`${told} ${who}`);
    } else if (!is) {
      must.add(`patient.removed ${who}`);
      for (const told of ["patient.changed", "summary.changed"]) may.add(`${told} ${who}`);
    } else {
      for (const told of ["patient.changed", "summary.changed"]) {
        if (differs(told, was, is)) must.add(`${told} ${who}`);
        if (was.version !== is.version) may.add(`${told} ${who}`);
      }
    }
  }
  for (const report of after.reports) if (!before.reports.has(report)) must.add(`report.ready ${report}`);
  for (const who of after.merged.difference(before.merged)) must.add(`patient.merged ${who}`);
  for (const who of before.merged.difference(after.merged)) must.add(`patient.unmerged ${who}`);
  return { must, may: may.union(must) };
}

const faults: string[] = [];
const seen = new Set<string>();
let compared = 0;

/** Plays the scenario while every clinic has a subscription to everything, and compares what waits with what happened. */
class Watching extends Recorder {
  #before: State | undefined;

  protected override async ask(
    name: string,
    act: (headers: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    await this.look(`before ${name}`);
    const answer = await act({});
    await this.#deliver();
    await this.look(name);
    return answer;
  }

  override async run(service: QueuedService): Promise<void> {
    const waiting = await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE state = 'queued' AND kind LIKE '%ehr%' OR kind LIKE 'xealth%'",
    );
    service.queued.push(...waiting.map(({ id }) => ({ queue: "ehr", body: { v: 1 as const, id } })));
    await service.run();
    await this.look("jobs of an EHR");
  }

  /** Migrations and jobs about accounts, as the queues would have them done. */
  async #deliver(): Promise<void> {
    const due = await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE state = 'queued' AND kind NOT LIKE '%ehr%' AND kind NOT LIKE 'xealth%' AND kind <> 'event' AND next_attempt_at <= ?",
      Date.now(),
    );
    if (due.length > 0)
      await deliver(
        due.map(({ id }) => ({ v: 1, id })),
        { ...env, MAIL_FROM: "" },
      );
  }

  async look(what: string): Promise<void> {
    const after = await stateNow();
    if (this.#before) {
      const { must, may } = toTell(this.#before, after);
      const waiting = await rows<{ type: string; it: string }>(
        `SELECT type, type || ' ' || clinic_id || ' ' || patient_id || coalesce(' ' || (nullif(detail, '') ->> 'reportId'), '') AS it
         FROM (SELECT subscription_id, type, patient_id, detail FROM waiting_events UNION ALL
               SELECT variables ->> 'subscriptionId', variables ->> 'type', variables ->> 'patientId', variables ->> 'detail'
               FROM outbox WHERE kind = 'event')
         JOIN event_subscriptions ON id = subscription_id WHERE id LIKE '${TO_EVERYTHING}%'`,
      );
      const known = new Set(
        (
          await rows<{ clinic_id: string }>(
            `SELECT clinic_id FROM event_subscriptions WHERE id LIKE '${TO_EVERYTHING}%'`,
          )
        ).map((it) => it.clinic_id),
      );
      const told = new Set(waiting.map(({ it }) => it));
      for (const { type } of waiting) seen.add(type);
      const ofKnown = (it: string) => known.has(it.split(" ")[1]!);
      for (const it of [...must].filter(ofKnown)) {
        compared += 1;
        if (!told.has(it)) faults.push(`${what}: ${it} is not told`);
      }
      for (const it of told) if (!may.has(it)) faults.push(`${what}: ${it} is told, and is not so`);
    }
    await env.DB.batch([
      env.DB.prepare("DELETE FROM waiting_events"),
      env.DB.prepare("DELETE FROM outbox WHERE kind = 'event'"),
    ]);
    await subscribeToEverything();
    this.#before = after;
  }
}

describe("whatever changes a patient", () => {
  beforeAll(async () => {
    startClock();
    const watching = new Watching();
    await playScenario(watching);
    await playEncore(watching);
    await watching.look("the end");
  }, 120_000);
  afterAll(async () => {
    await env.DB.batch([
      env.DB.prepare("DELETE FROM waiting_events"),
      env.DB.prepare("DELETE FROM event_subscriptions"),
    ]);
    stopClock();
    forgetIdentities();
    forgetRedoxTokens();
    forgetXealthTokens();
  });

  test("is told, and nothing else is", () => {
    expect(faults).toEqual([]);
    expect(compared).toBeGreaterThan(30);
  });

  test("each event but those of merged records was seen", () => {
    expect([...seen].toSorted()).toEqual([
      "patient.changed",
      "patient.created",
      "patient.merged",
      "patient.removed",
      "patient.unmerged",
      "report.ready",
      "summary.changed",
    ]);
  });
});
