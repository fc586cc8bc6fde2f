import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rows } from "../harness.ts";
import { beginUndo, carryOut, lockPair } from "../merge-rows.ts";
import {
  BOTH,
  CODES,
  connect,
  type ConnectedClinic,
  connectedClinic,
  type FakeRedox,
  fakeRedox,
  jobsOf,
  messageStates,
  orderFor,
  patientWithData,
  subscriptionOf,
  summaryAt,
  type Trouble,
  UPLOADED,
  upload,
  uploadQuietly,
} from "./fake-redox.ts";
import type { Json } from "./orders.ts";

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

/** Two patients of one clinic with data that their EHR has not got yet. */
async function waiting() {
  const clinic = await connectedClinic();
  const patients = [
    await patientWithData(clinic, {}, null),
    await patientWithData(clinic, { fullName: "Bo Berg" }, null),
  ];
  for (const patient of patients) await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
  await redox.run();
  redox.messages.length = 0;
  for (const patient of patients) await uploadQuietly(clinic, patient, UPLOADED);
  const [one, two] = patients as [Json, Json];
  return { clinic, one, two };
}
const lastJob = async (patient: Json) => (await jobsOf(patient.id)).at(-1)!;
const sentTo = (patient: Json) =>
  redox.messages
    .filter((message) => message.Patient.Demographics.FirstName === patient.fullName.split(" ")[0])
    .map(({ Meta }) => `${Meta.DataModel} ${Meta.EventType}`);

describe("a Redox that", () => {
  test.each<[string, Trouble]>([
    ["answers 500", { status: 500 }],
    ["answers 503", { status: 503 }],
    ["answers 408", { status: 408 }],
    ["times out", { hangs: true }],
    ["drops the connection", { breaks: "before" }],
    ["gives no token", { on: "token", status: 500 }],
    ["refuses the client", { on: "token", status: 401 }],
  ])("%s is asked again, with one of each message in the end, and holds up nobody else", async (_, trouble) => {
    const { clinic, one, two } = await waiting();
    redox.troubles.push(trouble);
    if (trouble.on === "token") await expireTokens();
    await redox.syncPatient(clinic, one);
    await redox.run();
    expect((await lastJob(one)).state).not.toBe("sent");
    await redox.syncPatient(clinic, two);
    await redox.run();
    expect([(await lastJob(two)).state, sentTo(two)]).toEqual(["sent", BOTH]);
    await redox.runLater();
    expect([(await lastJob(one)).state, sentTo(one)]).toEqual(["sent", BOTH]);
  });

  test("answers 401 gets a new token and the message at once", async () => {
    const { clinic, one } = await waiting();
    const tokens = redox.issued.length;
    redox.troubles.push({ status: 401 });
    await redox.syncPatient(clinic, one);
    await redox.run();
    expect([sentTo(one), redox.issued.length - tokens]).toEqual([BOTH, 1]);
  });

  test("asks to wait is left alone until then, by all jobs for it", async () => {
    const { clinic, one, two } = await waiting();
    redox.troubles.push({ status: 429, headers: { "retry-after": "1200" } });
    await redox.syncPatient(clinic, one);
    await redox.run();
    await redox.syncPatient(clinic, two);
    await redox.run();
    expect(redox.messages).toEqual([]);
    const due = await rows<{ at: number }>(
      "SELECT next_attempt_at AS at FROM outbox WHERE kind = 'ehr_job' AND state = 'queued' AND recipient_user_id IN (?, ?)",
      one.id,
      two.id,
    );
    for (const { at } of due) expect((at - Date.now()) / 1000).toBeGreaterThan(1100);
    expect(due).toHaveLength(2);
    await rows("DELETE FROM ehr_pauses RETURNING 1");
    await redox.runLater();
    expect([sentTo(one), sentTo(two)]).toEqual([BOTH, BOTH]);
  });

  test("refuses the message ends the job with the reason, and a requeued one sends both", async () => {
    const { clinic, one } = await waiting();
    redox.troubles.push({ status: 422 });
    await redox.syncPatient(clinic, one);
    await redox.run();
    const job = await lastJob(one);
    expect([job.state, job.reason]).toEqual(["failed", "redox_422"]);
    expect(await rows("SELECT outcome FROM audit_log WHERE request_id = ?", job.id)).toEqual([{ outcome: "refused" }]);
    await rows(
      "UPDATE outbox SET state = 'queued', attempts = 0 WHERE unique_key = ? RETURNING 1",
      `ehr-job:${job.id}`,
    );
    await redox.runLater();
    expect([(await lastJob(one)).state, sentTo(one)]).toEqual(["sent", BOTH]);
    const path = `${clinic.path}/patients/${one.id}/reports`;
    const [report] = (await clinic.member.get(path)).body;
    const { bytes } = await clinic.member.get(`${path}/${report.id}`);
    expect([report.id, report.size]).toEqual([job.id, bytes.length]);
  });

  test("accepts a message and drops the connection gets the same message again, as can't be avoided", async () => {
    const { clinic, one } = await waiting();
    redox.troubles.push({ breaks: "after" });
    await redox.syncPatient(clinic, one);
    await redox.run();
    await upload(clinic, one.id, await summaryAt("2026-03-02T09:00:00.000Z", { averageGlucoseMmol: 11 }));
    await redox.runLater();
    const [first, again] = redox.of("Flowsheet");
    expect(again).toEqual(first);
    expect(sentTo(one).slice(0, 3)).toEqual(["Flowsheet New", ...BOTH]);
  });

  test("takes the numbers and not the note gets the note alone the next time, with the numbers it has", async () => {
    const { clinic, one } = await waiting();
    redox.troubles.push({}, { status: 500 });
    await redox.syncPatient(clinic, one);
    await redox.run();
    expect(sentTo(one)).toEqual(["Flowsheet New"]);
    const before = await storedReport((await lastJob(one)).id);
    const quietly = await summaryAt("2026-03-02T09:00:00.000Z", { averageGlucoseMmol: 11 });
    quietly.cgmStats.dates.lastUpdatedReason = [];
    await upload(clinic, one.id, quietly);
    await redox.runLater();
    expect(sentTo(one)).toEqual(BOTH);
    expect(redox.of("Notes")[0]!.Note.FileContents).toBe(before);
  });
});

/** Lets the isolate forget its tokens. */
const expireTokens = async () => {
  const { forgetRedoxTokens } = await import("../../src/features/ehr/redox/client.ts");
  forgetRedoxTokens();
};
const storedReport = async (jobId: string): Promise<string> => {
  const object = await env.REPORTS.get(`reports/${jobId}.pdf`);
  return btoa(String.fromCharCode(...new Uint8Array(await object!.arrayBuffer())));
};

describe("a queue that", () => {
  test("delivers a message twice, or at once, sends nothing twice", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    await redox.run((round) => [...round, ...round, ...round]);
    expect(sentTo(one)).toEqual(BOTH);
  });

  test("delivers jobs of one patient in the wrong order sends them in the order they were made", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    const [first] = await jobsOf(one.id).then((jobs) => jobs.slice(-1));
    // Once it is under way, another can be queued.
    redox.troubles.push({ status: 500 });
    await redox.run();
    await uploadQuietly(clinic, one, new Date(Date.now() + 60_000).toISOString());
    await redox.syncPatient(clinic, one);
    await redox.run();
    expect(redox.messages).toEqual([]);
    await redox.runLater();
    await redox.runLater();
    expect(redox.of("Notes").map(({ Note }) => Note.DocumentID)).toEqual([first!.id, (await lastJob(one)).id]);
  });
});

describe("a process that is killed", () => {
  const dies = () => {
    throw new Error("killed");
  };
  /** The lease of a killed process expires. */
  const afterTheLease = () => redox.runLater();

  test("between report and store, or before anything is recorded, leaves one report and sends both", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    const put = env.REPORTS.put.bind(env.REPORTS);
    let isFirst = true;
    const REPORTS = new Proxy(env.REPORTS, {
      get: (target, name) =>
        name === "put"
          ? async (...args: Parameters<typeof put>) => {
              await put(...args);
              if (isFirst) {
                isFirst = false;
                dies();
              }
            }
          : Reflect.get(target, name).bind(target),
    });
    Object.assign(redox.bindings, { REPORTS });
    await redox.run();
    expect(redox.messages).toEqual([]);
    await afterTheLease();
    const { id } = await lastJob(one);
    expect([sentTo(one), (await rows("SELECT id FROM reports WHERE id = ?", id)).length]).toEqual([BOTH, 1]);
    expect(redox.of("Notes")[0]!.Note.FileContents).toBe(await storedReport(id));
  });

  test("before the note sends the note alone afterwards", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    redox.troubles.push({}, { meanwhile: async () => dies() });
    await redox.run();
    await afterTheLease();
    expect(sentTo(one)).toEqual(BOTH);
  });

  test("after an order was applied sends its answer once, and does not apply it again", async () => {
    const clinic = await connectedClinic();
    const person = { fullName: "Cleo Crash", birthDate: "1985-05-05", mrn: `C${Date.now()}` };
    redox.troubles.push({ on: "token", meanwhile: async () => dies() });
    await expireTokens();
    await redox.post(orderFor(clinic, person, CODES.createAccount));
    await redox.run();
    await afterTheLease();
    expect(redox.of("Results").map(({ Orders }) => Orders[0].Results[0].Value)).toEqual(["SUCCESS"]);
    expect(
      await rows("SELECT 1 FROM patients WHERE clinic_id = ? AND mrn = ?", clinic.clinicId, person.mrn),
    ).toHaveLength(1);
    expect(await messageStates(clinic)).toEqual([{ state: "done", reason: null }]);
  });
});

describe("what changes between queueing and sending", () => {
  const disable = async (clinic: ConnectedClinic, patient: Json) => {
    await redox.post(orderFor(clinic, patient as never, CODES.disableSummaryReports, { at: "2026-03-09T10:00:00Z" }));
  };

  test.each<[string, (clinic: ConnectedClinic, patient: Json) => Promise<unknown>, string]>([
    ["the subscription ends", async (clinic, patient) => disable(clinic, patient), "not_subscribed"],
    [
      "the connection ends",
      (clinic) => connect(clinic, { sourceId: clinic.sourceId, enabled: false }),
      "not_connected",
    ],
    ["another EHR connects it", (clinic) => connect(clinic, { sourceId: "x", provider: "xealth" }), "not_connected"],
    [
      "the MRN changes",
      (clinic, { id, fullName, birthDate }) =>
        clinic.admin.put(`${clinic.path}/patients/${id}`, { fullName, birthDate, mrn: `X${id}` }),
      "not_subscribed",
    ],
  ])("%s: nothing is sent", async (_, change, reason) => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    const queued = redox.queued.splice(0);
    await change(clinic, one);
    await redox.run();
    redox.messages.length = 0;
    redox.queued.push(...queued);
    await redox.run();
    const job = await lastJob(one);
    expect([redox.messages, job.state, job.reason]).toEqual([[], "skipped", reason]);
  });

  test("the patient is deleted: nothing is sent, and the report is deleted", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    const { id } = await lastJob(one);
    await clinic.admin.delete(`${clinic.path}/patients/${one.id}`);
    await redox.run();
    expect(redox.messages).toEqual([]);
    expect(await rows("SELECT state, reason FROM ehr_jobs WHERE id = ?", id)).toEqual([
      { state: "skipped", reason: "patient_gone" },
    ]);
  });

  test.each<[string, boolean]>([
    ["the same EHR: everything is sent, to its destinations", true],
    ["another EHR: nothing is sent, until the merge is undone and there is another sync", false],
  ])("the clinic is merged into one of %s", async (_, isSame) => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    const target = await connectedClinic({
      ...(isSame ? { sourceId: clinic.sourceId } : {}),
      destinationIds: { flowsheet: "target-flowsheet", notes: "target-notes", results: "target-results" },
    });
    const queued = redox.queued.splice(0);
    const mergeId = await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId });
    expect(await carryOut(mergeId)).toBe("done");
    redox.queued.push(...queued);
    await redox.run();
    const destinations = redox.messages.map(({ Meta }) => Meta.Destinations[0].ID);
    expect(destinations).toEqual(isSame ? ["target-flowsheet", "target-notes"] : []);
    const job = await lastJob(one);
    expect([job.state, job.reason]).toEqual(isSame ? ["sent", null] : ["skipped", "not_subscribed"]);
    redox.messages.length = 0;
    await beginUndo(mergeId);
    expect(await carryOut(mergeId)).toBe("undone");
    await redox.syncPatient(clinic, one);
    await redox.run();
    expect(redox.messages.map(({ Meta }) => Meta.Destinations[0].ID)).toEqual(
      isSame ? [] : ["to-flowsheet", "to-notes"],
    );
    expect((await jobsOf(one.id)).map(({ id }) => id)).toContain(job.id);
  });

  test("the patient is joined with a record of a clinic of another EHR that subscribes them, too: the order is not sent there", async () => {
    const { clinic, one } = await waiting();
    const target = await connectedClinic();
    await target.service.post(`${target.path}/patients/${one.id}`, { permissions: { view: {} } });
    await rows(
      `UPDATE patients SET ehr_subscriptions = json_object('summaryAndReports', json_object('active', json('true'), 'provider', 'redox',
         'matchedMessages', json_array(json_object('id', 'other')))) WHERE clinic_id = ? AND user_id = ? RETURNING 1`,
      target.clinicId,
      one.id,
    );
    await redox.syncPatient(clinic, one);
    const queued = redox.queued.splice(0);
    // The first is the order's own.
    const ids = (await jobsOf(one.id)).slice(1).map(({ id }) => id);
    const mergeId = await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId });
    expect(await carryOut(mergeId)).toBe("done");
    redox.queued.push(...queued);
    await redox.run();
    expect(redox.messages).toEqual([]);
    const ended = await rows("SELECT state, reason FROM ehr_jobs WHERE message_id <> 'other' AND id IN (?, ?)", ...ids);
    expect(ended).toEqual([{ state: "skipped", reason: "order_of_another_ehr" }]);
  });

  test("the subscription ends between the numbers and the note: the note is not sent", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    redox.troubles.push({
      meanwhile: () =>
        rows(
          "UPDATE patients SET ehr_subscriptions = json_set(ehr_subscriptions, '$.summaryAndReports.active', json('false')) WHERE user_id = ? RETURNING 1",
          one.id,
        ),
    });
    await redox.run();
    expect([sentTo(one), (await lastJob(one)).reason]).toEqual([["Flowsheet New"], "not_subscribed"]);
  });

  test("the patient is deleted while the report is made: it is swept", async () => {
    const { clinic, one } = await waiting();
    await redox.syncPatient(clinic, one);
    const { id } = await lastJob(one);
    redox.troubles.push({ meanwhile: () => clinic.admin.delete(`${clinic.path}/patients/${one.id}`) });
    await redox.run();
    expect(sentTo(one)).toEqual(["Flowsheet New"]);
    await redox.cron();
    expect([await env.REPORTS.head(`reports/${id}.pdf`), await rows("SELECT 1 FROM reports WHERE id = ?", id)]).toEqual(
      [null, []],
    );
    expect(await subscriptionOf(one.id)).toBeUndefined();
  });
});
