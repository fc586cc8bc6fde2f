import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { givenPatient, givenTag, newUserId, rows } from "../harness.ts";
import { beginUndo, carryOut, lockPair } from "../merge-rows.ts";
import {
  CODES,
  connect,
  connectedClinic,
  endsOf,
  type FakeRedox,
  fakeRedox,
  jobsOf,
  messageStates,
  orderFor,
  patientWithData,
  subscribed,
  subscriptionOf,
  UPLOADED,
  uploadQuietly,
} from "./fake-redox.ts";
import { watched } from "./watched-database.ts";
import type { Json } from "./orders.ts";

/** What comes in between: an upload, another order, a change of the record, an operator. */

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(async () => {
  redox.restore();
  await rows("DELETE FROM ehr_pauses RETURNING 1");
});

const DAY = 86_400_000;
const DONE = ["Flowsheet", "Notes"];

const kinds = () => redox.messages.map(({ Meta }) => Meta.DataModel);
const results = () => redox.of("Results").map(({ Orders }) => [Orders[0].Results[0].Value, Orders[0].Results[1].Value]);
const requeue = (job: { readonly id: string }) =>
  rows("UPDATE outbox SET state = 'queued', attempts = 0 WHERE unique_key = ? RETURNING 1", `ehr-job:${job.id}`);
test("an upload while the report of an earlier one is stored is sent by a job of its own", async () => {
  const { clinic, patient } = await subscribed(redox);
  await uploadQuietly(clinic, patient, UPLOADED);
  await redox.syncPatient(clinic, patient);
  const later = new Date(Date.now() + 60_000).toISOString();
  let isFirst = true;
  const REPORTS = new Proxy(env.REPORTS, {
    get: (target, name) =>
      name === "put"
        ? async (...args: Parameters<typeof target.put>) => {
            if (isFirst) {
              isFirst = false;
              await uploadQuietly(clinic, patient, later);
              await redox.syncPatient(clinic, patient);
            }
            return target.put(...args);
          }
        : Reflect.get(target, name).bind(target),
  });
  Object.assign(redox.bindings, { REPORTS });
  await redox.run();
  const times = redox
    .of("Flowsheet")
    .map(({ Observations }) =>
      Observations.find(({ Code }: Json) => Code === "REPORTING_PERIOD_END_CGM")?.Value.slice(0, 16),
    );
  expect(times).toEqual([UPLOADED, later].map((at) => at.slice(0, 16)));
});

test("an order that names tags gives them to whom it is matched, whenever the record becomes another's", async () => {
  for (let at = 1; at <= 8; at++) {
    const clinic = await connectedClinic({ tags: { codes: ["TAGS"] } });
    const tag = await givenTag(clinic, "Pump");
    const patient = await patientWithData(clinic, {}, null);
    const { fullName, birthDate } = patient;
    const order = {
      ID: "o",
      Procedure: { Code: CODES.enableSummaryReports },
      ClinicalInfo: [{ Code: "TAGS", Value: "Pump" }],
    };
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, { Order: order }));
    redox.messages.length = 0;
    let wasDecided = true;
    const DB = watched(async (batch) => {
      if (batch !== at) return;
      const undecided = "SELECT 1 FROM ehr_messages WHERE source_id = ? AND state = 'queued' AND outcome IS NULL";
      wasDecided = (await rows(undecided, clinic.sourceId)).length === 0;
      await clinic.admin.put(`${clinic.path}/patients/${patient.id}`, { fullName, birthDate, mrn: `X${patient.id}` });
    });
    Object.assign(redox.bindings, { DB });
    await redox.run();
    Object.assign(redox.bindings, { DB: env.DB });
    await redox.runLater();
    const { tags = [] } = (await clinic.admin.get(`${clinic.path}/patients/${patient.id}`)).body;
    const answer = wasDecided ? "SUCCESS" : "FAILURE";
    expect([at, results().map(([value]) => value), tags]).toEqual([at, [answer], wasDecided ? [tag.id] : []]);
  }
});

test("an order for a new patient whose MRN somebody has but for blanks is refused, not tried for ever", async () => {
  const clinic = await connectedClinic();
  const mrn = newUserId().slice(0, 8);
  await givenPatient(clinic, { fullName: "Ann Other", birthDate: "1970-01-01", mrn: `${mrn} 1` });
  const person = { fullName: "Nora New", birthDate: "1985-05-05", mrn: `${mrn}  1` };
  await redox.post(orderFor(clinic, person, CODES.createAccount));
  await redox.run();
  expect(results()).toEqual([["FAILURE", "patient already exists"]]);
});

test("an order from the future does not go before those to come", async () => {
  const clinic = await connectedClinic();
  const patient = await patientWithData(clinic, {}, null);
  const now = () => new Date(Date.now() + 5).toISOString();
  await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, { at: "2099-01-01T00:00:00Z" }));
  await redox.run();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await redox.post(orderFor(clinic, patient as never, CODES.disableSummaryReports, { at: now() }));
  await redox.run();
  expect(await subscriptionOf(patient.id)).toMatchObject({ active: false });
});

describe("a failed job", () => {
  async function failed() {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    redox.troubles.push({ status: 422 });
    await redox.syncPatient(clinic, patient);
    await redox.run();
    const job = (await jobsOf(patient.id)).at(-1)!;
    expect(job.state).toBe("failed");
    return { clinic, patient, job };
  }

  test("leaves no report that nobody was sent, and one that is requeued makes it again", async () => {
    const { clinic, patient, job } = await failed();
    const path = `${clinic.path}/patients/${patient.id}/reports`;
    expect((await clinic.member.get(path)).body).toEqual([]);
    await redox.cron();
    expect(await env.REPORTS.head(`reports/${job.id}.pdf`)).toBeNull();
    await requeue(job);
    await redox.runLater();
    expect(kinds()).toEqual(DONE);
    expect((await clinic.member.get(`${path}/${job.id}`)).status).toBe(200);
  });

  test("that is requeued after a later one was sent sends nothing older", async () => {
    const { clinic, patient, job } = await failed();
    await uploadQuietly(clinic, patient, "2026-03-02T13:00:00.000Z");
    await redox.syncPatient(clinic, patient);
    await redox.run();
    expect(kinds()).toEqual(DONE);
    await requeue(job);
    await redox.runLater();
    expect(kinds()).toEqual(DONE);
    expect((await endsOf(patient)).slice(-2)).toEqual([
      ["skipped", "superseded"],
      ["sent", null],
    ]);
  });

  test("of which the numbers were sent is on record as an access", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    redox.troubles.push({}, { status: 422 });
    await redox.syncPatient(clinic, patient);
    await redox.run();
    const { id } = (await jobsOf(patient.id)).at(-1)!;
    expect(
      await rows("SELECT operation, patient_id, outcome FROM audit_log WHERE request_id = ? ORDER BY rowid", id),
    ).toEqual([
      { operation: "ehr_sync", patient_id: patient.id, outcome: "read" },
      { operation: "ehr_sync", patient_id: patient.id, outcome: "refused" },
    ]);
  });
});

describe("an answer to an order", () => {
  const unanswered = async (trouble: object) => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    redox.troubles.push(trouble);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await redox.run();
    return { clinic, patient };
  };

  test("that fails holds up neither numbers nor report, which go out at once", async () => {
    await unanswered({ status: 503 });
    expect(kinds()).toEqual(DONE);
    await redox.runLater();
    expect(kinds()).toEqual([...DONE, "Results"]);
  });

  test("goes to where the clinic has its answers sent by then", async () => {
    const { clinic } = await unanswered({ status: 503 });
    const destinationIds = { flowsheet: "f", notes: "n", results: "moved" };
    await connect(clinic, { sourceId: clinic.sourceId, destinationIds });
    await redox.runLater();
    expect(redox.of("Results").map(({ Meta }) => Meta.Destinations[0].ID)).toEqual(["moved"]);
  });

  test("does not go to another EHR, to which the clinic is connected by then", async () => {
    const { clinic } = await unanswered({ status: 503 });
    const destinationIds = { flowsheet: "f", notes: "n", results: "of-another-ehr" };
    const before = (await clinic.service.get(`${clinic.path}/settings/ehr`)).body.destinationIds.results;
    await connect(clinic, { sourceId: `${clinic.sourceId}-new`, destinationIds });
    await redox.runLater();
    expect(redox.of("Results").map(({ Meta }) => Meta.Destinations[0].ID)).toEqual([before]);
  });

  test("waits as often as Redox asks it to, with all others for the same place", async () => {
    const wait = { status: 429, headers: { "retry-after": "600" } };
    const { clinic } = await unanswered(wait);
    const other = await patientWithData(clinic, { fullName: "Bo Berg" });
    await redox.post(orderFor(clinic, other as never, CODES.enableSummaryReports));
    await redox.run();
    expect(redox.of("Results")).toEqual([]);
    for (let i = 0; i < 15; i++) {
      await rows("DELETE FROM ehr_pauses RETURNING 1");
      redox.troubles.push(wait, wait);
      await redox.runLater();
    }
    expect(redox.of("Results")).toEqual([]);
    await rows("DELETE FROM ehr_pauses RETURNING 1");
    redox.troubles.length = 0;
    await redox.runLater();
    expect(results()).toHaveLength(2);
  });
});

describe("numbers that wait for Redox while the record gets another MRN", () => {
  const charts = () => redox.of("Flowsheet").map(({ Patient }) => Patient.Identifiers[0].ID);
  const wait = { status: 429, headers: { "retry-after": "600" } };
  const wrongly = async (trouble: object) => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    redox.troubles.push(trouble);
    await redox.run();
    const { fullName, birthDate } = patient;
    const right = { fullName, birthDate, mrn: `R${newUserId()}` };
    expect((await clinic.admin.put(`${clinic.path}/patients/${patient.id}`, right)).status).toBe(200);
    await rows("DELETE FROM ehr_pauses RETURNING 1");
    await redox.order(clinic, right, CODES.enableSummaryReports, { at: "2026-03-05T10:00:00Z" });
    return { patient, right };
  };

  test("never come into the chart of the MRN before, where the right one has been ordered since", async () => {
    const { right } = await wrongly(wait);
    for (let i = 0; i < 3; i++) await redox.runLater();
    expect(charts()).toEqual([right.mrn]);
  });

  test("don't when the job had failed and is requeued either", async () => {
    const { patient, right } = await wrongly({ status: 400 });
    for (const job of await jobsOf(patient.id)) await requeue(job);
    for (let i = 0; i < 3; i++) await redox.runLater();
    expect(charts()).toEqual([right.mrn]);
  });
});

test("a job that has waited for Redox for a week fails", async () => {
  const { clinic, patient } = await subscribed(redox);
  await uploadQuietly(clinic, patient, UPLOADED);
  await redox.syncPatient(clinic, patient);
  await rows("UPDATE ehr_jobs SET created_at = ? WHERE state = 'queued' RETURNING 1", Date.now() - 8 * DAY);
  redox.troubles.push({ status: 429, headers: { "retry-after": "600" } });
  await redox.run();
  expect((await endsOf(patient)).at(-1)).toEqual(["failed", "redox_busy"]);
});

describe("a sync of a clinic", () => {
  test("that comes while one is under way starts it over, for those it is past", async () => {
    const { clinic, patient } = await subscribed(redox);
    await redox.syncClinic(clinic);
    await rows("UPDATE ehr_runs SET cursor = 1e9 WHERE clinic_id = ? RETURNING 1", clinic.clinicId);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncClinic(clinic);
    await redox.run();
    expect(kinds()).toEqual(DONE);
    expect(await rows("SELECT 1 FROM ehr_runs WHERE clinic_id = ? AND finished_at IS NULL", clinic.clinicId)).toEqual(
      [],
    );
  });

  test("that comes as the last page of one is found made is not lost", async () => {
    const { clinic, patient } = await subscribed(redox);
    await redox.syncClinic(clinic);
    await rows("UPDATE ehr_runs SET cursor = 1e9 WHERE clinic_id = ? RETURNING 1", clinic.clinicId);
    await uploadQuietly(clinic, patient, UPLOADED);
    // The lease, then the run is read, then it is finished.
    const DB = watched(async (batch) => (batch === 3 ? redox.syncClinic(clinic) : undefined));
    const own = redox.bindings.DB;
    const queued = redox.queued.splice(0);
    redox.queued.push(...queued);
    Object.assign(redox.bindings, { DB });
    await redox.run();
    Object.assign(redox.bindings, { DB: own });
    await redox.runLater();
    expect(kinds()).toEqual(DONE);
  });

  test("that fails for good is on record, and does not stop the next one", async () => {
    const { clinic, patient } = await subscribed(redox);
    await redox.syncClinic(clinic);
    const [run] = await rows<{ id: string }>("SELECT id FROM ehr_runs WHERE clinic_id = ?", clinic.clinicId);
    await rows("UPDATE outbox SET attempts = 99 WHERE unique_key = ? RETURNING 1", `ehr-run:${run!.id}`);
    await redox.run();
    expect(await rows("SELECT operation, outcome FROM audit_log WHERE request_id = ?", run!.id)).toEqual([
      { operation: "SyncEHRData", outcome: "refused" },
    ]);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncClinic(clinic);
    await redox.run();
    expect(kinds()).toEqual(DONE);
  });
});

describe("a test order where tests are not answered", () => {
  const asTest = { Meta: { Test: true } };

  test("does not end what an EHR has really ordered", async () => {
    const { clinic, patient } = await subscribed(redox);
    await redox.post(
      orderFor(clinic, patient as never, CODES.disableSummaryReports, { ...asTest, at: "2026-03-09T10:00:00Z" }),
    );
    await redox.post(
      orderFor(clinic, patient as never, CODES.enableSummaryReports, { ...asTest, at: "2026-03-10T10:00:00Z" }),
    );
    await redox.run();
    await redox.runLater();
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: true, matchedMessages: [{}] });
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    expect(kinds()).toEqual(DONE);
    expect((await messageStates(clinic)).slice(1)).toEqual([
      { state: "done", reason: "test_order" },
      { state: "done", reason: "test_order" },
    ]);
  });

  test("subscribes whom nobody has subscribed, until there is a real order", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, asTest));
    await redox.run();
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: true, matchedMessages: [{}] });
    expect(redox.messages).toEqual([]);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, { at: "2026-03-05T10:00:00Z" }));
    await redox.run();
    expect(new Set(kinds())).toEqual(new Set([...DONE, "Results"]));
  });
});

test("the undo of a merge takes a subscription away from a record whose tags were changed meanwhile", async () => {
  const { clinic, patient } = await subscribed(redox);
  const target = await connectedClinic({ sourceId: clinic.sourceId });
  await target.service.post(`${target.path}/patients/${patient.id}`, { permissions: { view: {} } });
  const tag = await givenTag(target, "Meanwhile");
  const ofTarget = async () => {
    const [row] = await rows<{ s: string | null; tags: string }>(
      "SELECT ehr_subscriptions AS s, tags FROM patients WHERE clinic_id = ? AND user_id = ?",
      target.clinicId,
      patient.id,
    );
    return { isActive: row?.s ? (JSON.parse(row.s) as Json).summaryAndReports?.active : undefined, tags: row?.tags };
  };
  const mergeId = await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId });
  expect(await carryOut(mergeId)).toBe("done");
  expect(await ofTarget()).toMatchObject({ isActive: true });
  const joined = (await target.admin.get(`${target.path}/patients/${patient.id}`)).body;
  const { fullName, birthDate, mrn } = joined;
  await target.admin.put(`${target.path}/patients/${patient.id}`, { fullName, birthDate, mrn, tags: [tag.id] });
  await beginUndo(mergeId);
  expect(await carryOut(mergeId)).toBe("undone");
  expect(await ofTarget()).toEqual({ isActive: undefined, tags: JSON.stringify([tag.id]) });
});

test("the undo of a merge leaves both kinds of reports ended where the EHRs have ended both", async () => {
  const { clinic, patient } = await subscribed(redox);
  const target = await connectedClinic({ sourceId: clinic.sourceId, enabled: false });
  await target.service.post(`${target.path}/patients/${patient.id}`, { permissions: { view: {} } });
  const set = ({ clinicId }: { clinicId: string }, paths: string) =>
    rows(
      `UPDATE patients SET ehr_subscriptions = json_set(ehr_subscriptions, ${paths}) WHERE clinic_id = ? AND user_id = ?`,
      clinicId,
      patient.id,
    );
  await set(clinic, `'$.xealthReports', json('{"active":true,"matchedMessages":[{"id":"first"}]}')`);
  const mergeId = await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId });
  expect(await carryOut(mergeId)).toBe("done");
  const ended = (name: string) =>
    `'$.${name}.active', json('false'), '$.${name}.matchedMessages[#]', json('{"id":"last"}')`;
  await set(target, `${ended("summaryAndReports")}, ${ended("xealthReports")}`);
  await beginUndo(mergeId);
  expect(await carryOut(mergeId)).toBe("undone");
  const [found] = await rows<{ it: string }>(
    "SELECT json_group_array(value ->> '$.active') AS it FROM patients, json_each(ehr_subscriptions) WHERE clinic_id = ? AND user_id = ?",
    clinic.clinicId,
    patient.id,
  );
  expect(found!.it).toBe("[0,0]");
});

test.each([
  ["ended", CODES.disableSummaryReports, false],
  ["ordered again", CODES.enableSummaryReports, true],
])("the undo of a merge brings back a subscription unless the EHR has ended it: %s", async (_, code, isActive) => {
  const { clinic, patient } = await subscribed(redox);
  const target = await connectedClinic({ sourceId: clinic.sourceId, enabled: false });
  await target.service.post(`${target.path}/patients/${patient.id}`, { permissions: { view: {} } });
  const { fullName, birthDate, mrn } = patient;
  await target.admin.put(`${target.path}/patients/${patient.id}`, { fullName, birthDate, mrn });
  const mergeId = await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId });
  expect(await carryOut(mergeId)).toBe("done");
  await connect(target, { sourceId: clinic.sourceId });
  await redox.order({ ...target, sourceId: clinic.sourceId }, patient, code, { at: "2026-03-06T10:00:00Z" });
  const activeIn = async ({ clinicId }: { clinicId: string }) =>
    (
      await rows<{ it: number | null }>(
        "SELECT ehr_subscriptions ->> '$.summaryAndReports.active' AS it FROM patients WHERE clinic_id = ? AND user_id = ?",
        clinicId,
        patient.id,
      )
    )[0]?.it;
  expect(await activeIn(target)).toBe(isActive ? 1 : 0);
  await beginUndo(mergeId);
  expect(await carryOut(mergeId)).toBe("undone");
  expect([await activeIn(clinic), await activeIn(target)]).toEqual(isActive ? [1, 1] : [0, 0]);
});
