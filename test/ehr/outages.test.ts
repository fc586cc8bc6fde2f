import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newUserId, rows } from "../harness.ts";
import { logged } from "../logged.ts";
import {
  BOTH,
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
import type { Json } from "./orders.ts";

/** What waits, ends or goes out again while Redox, the integration or a clinic is not there. */

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(async () => {
  redox.restore();
  await rows("DELETE FROM ehr_pauses RETURNING 1");
});

const lastJob = async ({ id }: Json) => (await jobsOf(id)).at(-1)!;
/** A patient with data that their EHR has not got yet. */
async function waiting() {
  const { clinic, patient } = await subscribed(redox);
  await uploadQuietly(clinic, patient, UPLOADED);
  return { clinic, patient };
}
const withIntegration = async (isOn: boolean) => {
  redox.restore();
  redox = await fakeRedox({ REDOX_ENABLED: String(isOn) });
};

describe("while Redox is down", () => {
  test("two orders wait, and then have a note each, in their order", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    const ids: string[] = [];
    for (const [ID, at] of [
      ["first", "2026-03-03T10:00:00Z"],
      ["second", "2026-03-04T10:00:00Z"],
    ] as const) {
      redox.troubles.push({ status: 500 }, { status: 500 });
      const Order = { ID, Procedure: { Code: CODES.enableSummaryReports } };
      await redox.order(clinic, patient, CODES.enableSummaryReports, { at, Order });
      ids.push((await subscriptionOf(patient.id))!.matchedMessages.at(-1).id);
    }
    redox.troubles.length = 0;
    for (let i = 0; i < 4; i++) await redox.runLater();
    expect(redox.of("Notes").map(({ Note, Orders }) => [Note.DocumentID, Orders[0].ID])).toEqual([
      [ids[0], "first"],
      [ids[1], "second"],
    ]);
    expect(redox.results()).toHaveLength(2);
  });

  test("a job is tried a number of times, and what comes after it is sent", async () => {
    const { clinic, patient } = await waiting();
    redox.troubles.push({ status: 429 });
    await redox.syncClinic(clinic);
    await redox.run();
    expect((await lastJob(patient)).state).toBe("sending");
    for (let i = 0; i < 12; i++) {
      redox.troubles.splice(0, redox.troubles.length, { status: 500 });
      await redox.runLater();
    }
    redox.troubles.length = 0;
    expect((await endsOf(patient)).at(-1)).toEqual(["failed", "redox_500"]);
    await redox.syncClinic(clinic);
    await redox.run();
    expect([redox.kinds(), (await endsOf(patient)).at(-1)]).toEqual([BOTH, ["sent", null]]);
  });

  test("a job waits until the date that Redox names", async () => {
    const { clinic, patient } = await waiting();
    const date = new Date(Date.now() + 1_200_000).toUTCString();
    redox.troubles.push({ status: 503, headers: { "retry-after": date } });
    await redox.syncClinic(clinic);
    await redox.run();
    const [due] = await rows<{ at: number }>(
      "SELECT next_attempt_at AS at FROM outbox WHERE kind = 'ehr_job' AND state = 'queued' AND recipient_user_id = ?",
      patient.id,
    );
    expect(due!.at).toBeGreaterThanOrEqual(Date.parse(date) - 1000);
  });
});

test("an operator finds a failed job and has it done again", async () => {
  const { clinic, patient } = await waiting();
  redox.troubles.push({ status: 400 });
  await redox.syncPatient(clinic, patient);
  await redox.run();
  const job = await lastJob(patient);
  const internal = exports.InternalApi({ props: { caller: "operator", scopes: ["*"] } });
  const failed = (await internal.listFailedEntries({ limit: 1000 })).find(({ jobId }) => jobId === job.id)!;
  expect(failed).toMatchObject({ kind: "ehr_job", reason: "redox_400", messageId: null });
  await internal.requeueEntry({ id: failed.id });
  await redox.runLater();
  expect([redox.kinds(), (await endsOf(patient)).at(-1)]).toEqual([BOTH, ["sent", null]]);
});

describe("while the integration is off", () => {
  test("an order waits, and is applied once it is on", async () => {
    await withIntegration(false);
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    const queued = [...redox.queued];
    await redox.run();
    expect([redox.kinds(), (await messageStates(clinic)).map(({ state }) => state)]).toEqual([[], ["queued"]]);
    expect(await subscriptionOf(patient.id)).toBeUndefined();
    await withIntegration(true);
    await rows("UPDATE outbox SET next_attempt_at = 0 WHERE id = ? RETURNING 1", queued[0]!.body.id);
    redox.queued.push(...queued);
    await redox.run();
    expect(redox.kinds().toSorted()).toEqual([...BOTH, "Results New"]);
  });

  test("a job waits, and no sync is made by a schedule", async () => {
    const { clinic, patient } = await waiting();
    await withIntegration(false);
    await rows("UPDATE ehr_schedules SET next_run_at = 5 WHERE clinic_id = ? RETURNING 1", clinic.clinicId);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    await redox.cron();
    expect((await lastJob(patient)).state).toBe("queued");
    expect(await rows("SELECT next_run_at AS at FROM ehr_schedules WHERE clinic_id = ?", clinic.clinicId)).toEqual([
      { at: 5 },
    ]);
  });
});

describe("a subscription", () => {
  test("outlasts a time in which the clinic is not connected", async () => {
    const { clinic, patient } = await waiting();
    await connect(clinic, { sourceId: clinic.sourceId, enabled: false });
    await connect(clinic, { sourceId: clinic.sourceId });
    await redox.syncClinic(clinic);
    await redox.run();
    expect([redox.kinds(), (await subscriptionOf(patient.id))!.active]).toEqual([BOTH, true]);
  });

  test("that another MRN has ended begins again with an order for that one", async () => {
    const { clinic, patient } = await waiting();
    const { fullName, birthDate } = patient;
    const person = { fullName, birthDate, mrn: `X${patient.mrn}` };
    await clinic.admin.put(`${clinic.path}/patients/${patient.id}`, person);
    await redox.syncClinic(clinic);
    await redox.run();
    expect(redox.kinds()).toEqual([]);
    await redox.order(clinic, person, CODES.enableSummaryReports, { at: "2026-03-05T10:00:00Z" });
    expect(redox.kinds()).toEqual(["Results New", ...BOTH]);
    expect((await subscriptionOf(patient.id))!.matchedMessages).toHaveLength(2);
  });
});

test("a clinic that is deleted with a job, a sync and an order under way sends nothing, and leaves none of them", async () => {
  const { clinic, patient } = await waiting();
  await redox.syncPatient(clinic, patient);
  await redox.syncClinic(clinic);
  await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, { at: "2026-03-05T10:00:00Z" }));
  const { id } = await lastJob(patient);
  await clinic.admin.delete(`${clinic.path}/patients/${patient.id}`);
  expect((await clinic.service.delete(clinic.path)).status).toBe(204);
  await redox.run();
  await redox.runLater();
  expect(redox.kinds()).toEqual([]);
  expect(await rows("SELECT state, reason FROM ehr_jobs WHERE id = ?", id)).toEqual([
    { state: "skipped", reason: "patient_gone" },
  ]);
  expect((await messageStates(clinic)).at(-1)).toEqual({ state: "failed", reason: "couldn_t_find_a_matching_clinic" });
  expect(
    await rows(
      "SELECT clinic_id FROM ehr_schedules WHERE clinic_id = ?1 UNION ALL SELECT clinic_id FROM ehr_runs WHERE clinic_id = ?1 AND finished_at IS NULL",
      clinic.clinicId,
    ),
  ).toEqual([]);
});

test("clinics that are connected together are not synced together", async () => {
  const clinics = [await connectedClinic(), await connectedClinic(), await connectedClinic()];
  const planned = await rows<{ at: number }>(
    "SELECT next_run_at AS at FROM ehr_schedules WHERE clinic_id IN (?, ?, ?) ORDER BY 1",
    ...clinics.map(({ clinicId }) => clinicId),
  );
  expect(planned[2]!.at - planned[0]!.at).toBeGreaterThan(1000);
});

test("nothing of a patient is in queues and logs, whatever fails", async () => {
  const clinic = await connectedClinic({ tags: { codes: ["TAGS"] } });
  const person = { fullName: "Zebulon Quartermain", birthDate: "1987-06-05", mrn: `SECRET${newUserId()}` };
  await patientWithData(clinic, person);
  const Demographics = { EmailAddresses: ["zeb@quarter.test"] };
  const queued: unknown[] = [];
  const keep = <T>(round: T[]): T[] => {
    queued.push(...round);
    return round;
  };
  for (const code of [CODES.createAccount, CODES.enableSummaryReports]) {
    await redox.post(orderFor(clinic, person, code, { Demographics }));
  }
  redox.troubles.push({ status: 422 }, { status: 500 }, { on: "token", status: 400 });
  await redox.run(keep);
  await redox.runLater();
  await redox.post(orderFor(clinic, { ...person, birthDate: "" }, CODES.enableSummaryReports, { Demographics }));
  await redox.run(keep);
  const written = logged().join("\n") + JSON.stringify(queued);
  expect([logged().length > 5, queued.length > 3]).toEqual([true, true]);
  const secrets = ["Zebulon", "Quartermain", "1987-06-05", person.mrn, "quarter.test"];
  expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
});
