import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { add, cbg, close, MINUTE_MS, openSet, settle, smbg } from "../device-data.ts";
import { rows } from "../harness.ts";
import { logged } from "../logged.ts";
import {
  BOTH,
  connect,
  type ConnectedClinic,
  connectedClinic,
  endsOf,
  type FakeRedox,
  fakeRedox,
  jobsOf,
  patientWithData,
  subscribed,
  subscriptionOf,
  summaryAt,
  UPLOADED,
  uploadQuietly,
} from "./fake-redox.ts";
import type { Json } from "./orders.ts";

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

describe("a sync of a clinic", () => {
  test("sends numbers and report of each subscribed patient with a new upload", async () => {
    const { clinic, patient } = await subscribed(redox);
    const other = await patientWithData(clinic);
    await uploadQuietly(clinic, patient, UPLOADED);
    expect((await redox.syncClinic(clinic)).status).toBe(202);
    await redox.run();
    expect(redox.kinds()).toEqual(BOTH);
    const [job] = (await jobsOf(patient.id)).slice(-1);
    expect(redox.of("Notes")[0]!.Note).toMatchObject({
      DocumentID: job!.id,
      DocumentType: "Tidepool Report",
      Availability: "Available",
      FileName: "report.pdf",
      FileType: "PDF",
      ContentType: "Base64 Encoded",
    });
    expect(await jobsOf(other.id)).toEqual([]);
  });

  test("sends nothing again until there is another upload", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    for (let i = 0; i < 2; i++) {
      await redox.syncClinic(clinic);
      await redox.run();
    }
    expect([redox.kinds(), await endsOf(patient)]).toEqual([
      BOTH,
      [
        ["skipped", "no_data"],
        ["sent", null],
        ["skipped", "no_new_upload"],
      ],
    ]);
    await uploadQuietly(clinic, patient, new Date(Date.now() + 60_000).toISOString());
    await redox.syncClinic(clinic);
    await redox.run();
    expect(redox.kinds()).toEqual([...BOTH, ...BOTH]);
  });

  test("sends nothing where the last upload is before the order", async () => {
    const { clinic, patient } = await subscribed(redox, {}, { at: "2026-03-03T00:00:00Z" });
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncClinic(clinic);
    await redox.run();
    expect([redox.kinds(), (await endsOf(patient)).at(-1)]).toEqual([[], ["skipped", "no_new_upload"]]);
  });

  test("counts from the last job that was delivered, not from one that failed", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    redox.troubles.push({ status: 400 });
    await redox.syncClinic(clinic);
    await redox.run();
    expect((await endsOf(patient)).at(-1)).toEqual(["failed", "redox_400"]);
    await redox.syncClinic(clinic);
    await redox.run();
    expect([redox.kinds(), (await endsOf(patient)).at(-1)]).toEqual([BOTH, ["sent", null]]);
  });

  test("is absorbed by one that is under way, and its jobs by queued ones", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    await Promise.all([
      redox.syncClinic(clinic),
      redox.syncClinic(clinic),
      redox.syncPatient(clinic, patient),
      redox.syncPatient(clinic, patient),
    ]);
    await redox.run();
    expect(redox.kinds()).toEqual(BOTH);
    // One that came while another was being done has nothing more to send.
    const done = await endsOf(patient);
    expect(done.filter(([state]) => state === "sent")).toHaveLength(1);
    expect(done.length).toBeLessThanOrEqual(3);
  });

  test("is made page by page, and each page once", async () => {
    const clinic = await connectedClinic();
    const count = 620;
    await env.DB.prepare(
      `INSERT INTO patients (clinic_id, user_id, full_name, mrn_unique, search_rest, tags, sites, reviews, is_migrated, is_demo,
         counts_to_plan, cgm_has_other_periods, bgm_has_other_periods, version, created_at, updated_at, ehr_subscriptions)
       SELECT ?1, printf('%010x', value + 1e9 + ?2), 'P', 0, '', '[]', '[]', '[]', 0, 0, 1, 0, 0, 1, 1, 1,
         json_object('summaryAndReports', json_object('active', json('true'), 'provider', 'redox', 'matchedMessages', json_array(json_object('id', 'none'))))
       FROM json_each(?3)`,
    )
      .bind(clinic.clinicId, Date.now() % 1e6, JSON.stringify(Array.from({ length: count }, (_, i) => i)))
      .run();
    await redox.syncClinic(clinic);
    await redox.run();
    const [{ n, skipped }] = (await rows<{ n: number; skipped: number }>(
      "SELECT count(*) AS n, sum(j.state = 'skipped' AND j.reason = 'order_gone') AS skipped FROM ehr_jobs j JOIN patients p ON p.key = j.patient_key WHERE p.clinic_id = ?",
      clinic.clinicId,
    )) as [{ n: number; skipped: number }];
    expect([n, skipped]).toEqual([count, count]);
  });

  test("is refused where Redox does not connect the clinic", async () => {
    const clinic = await connectedClinic({ provider: "xealth" });
    expect((await redox.syncClinic(clinic)).body).toEqual({
      code: 404,
      message: "not found: couldn't find a matching clinic",
    });
    await connect(clinic, { sourceId: clinic.sourceId, enabled: false });
    expect((await redox.syncClinic(clinic)).status).toBe(404);
  });

  test("takes five round trips for a job, with the lease", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    const before = logged().length;
    await redox.run();
    expect(redox.kinds()).toEqual(BOTH);
    const lines = logged()
      .slice(before)
      .map((line) => JSON.parse(line) as Json)
      .filter(({ event, queue }) => event === "queue" && queue === "ehr");
    expect(lines.map(({ messages, d1Calls }) => [messages, d1Calls])).toEqual([[1, 5]]);
  });
});

describe("an upload", () => {
  test("causes a sync where the clinic wants that", async () => {
    const { clinic, patient } = await subscribed(redox);
    await redox.sendAs(clinic.service, "POST", `/v1/patients/${patient.id}/summary`, await summaryAt());
    await redox.run();
    expect(redox.kinds()).toEqual(BOTH);
  });

  test("of a device causes one when its set is closed, and data of a continuous set none", async () => {
    const { clinic, patient } = await subscribed(redox);
    const live = await openSet(clinic.member, patient.id, { dataSetType: "continuous" });
    await add(clinic.member, live, [cbg(Date.now() - MINUTE_MS)]);
    await settle(patient.id);
    await redox.runLater();
    expect(redox.kinds()).toEqual([]);
    const set = await openSet(clinic.member, patient.id);
    await add(clinic.member, set, [cbg(Date.now() - 2 * MINUTE_MS), smbg(Date.now() - 2 * MINUTE_MS)]);
    await settle(patient.id);
    await redox.runLater();
    expect(redox.kinds()).toEqual([]);
    await close(clinic.member, set);
    await settle(patient.id);
    await redox.runLater();
    expect(redox.kinds()).toEqual(BOTH);
  });

  test.each<[string, (summary: Json) => unknown, Record<string, unknown>]>([
    ["data that comes in continuously", ({ cgmStats }) => (cgmStats.dates.lastUpdatedReason = ["DATA_ADDED"]), {}],
    ["outdated numbers", ({ cgmStats }) => (cgmStats.dates.outdatedReason = ["UPLOAD_COMPLETED"]), {}],
    ["a clinic that does not want it", () => {}, { scheduledReports: { cadence: "14d", onUploadEnabled: false } }],
  ])("but %s causes none", async (_, change, settings) => {
    const { clinic, patient } = await subscribed(redox, settings);
    const summary = await summaryAt();
    change(summary);
    await redox.sendAs(clinic.service, "POST", `/v1/patients/${patient.id}/summary`, summary);
    await redox.run();
    expect(redox.kinds()).toEqual([]);
  });

  test("replaces the note of one shortly before, where the clinic wants that; the numbers are new all the same", async () => {
    const wanting = { scheduledReports: { cadence: "14d", onUploadEnabled: true, onUploadNoteEventType: "Replace" } };
    const { clinic, patient } = await subscribed(redox, wanting);
    for (const at of [UPLOADED, new Date(Date.now() + 60_000).toISOString()]) {
      await redox.sendAs(clinic.service, "POST", `/v1/patients/${patient.id}/summary`, await summaryAt(at));
      await redox.run();
    }
    expect(redox.kinds()).toEqual(["Flowsheet New", "Notes New", "Flowsheet New", "Notes Replace"]);
    const [first, second] = redox.of("Notes").map(({ Note }) => Note);
    expect(second.OriginalDocumentID).toBe(first.DocumentID);
    await rows("UPDATE ehr_jobs SET note_sent_at = note_sent_at - 600000 WHERE id = ? RETURNING id", second.DocumentID);
    await redox.sendAs(
      clinic.service,
      "POST",
      `/v1/patients/${patient.id}/summary`,
      await summaryAt(new Date(Date.now() + 120_000).toISOString()),
    );
    await redox.run();
    expect(redox.kinds().at(-1)).toBe("Notes New");
  });
});

describe("what is sent", () => {
  test("has the same numbers in the flowsheet and in the note, where the clinic wants the GMI there", async () => {
    const { clinic, patient } = await subscribed(redox, { notes: { includeGMI: true }, flowsheets: { icode: true } });
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    const values = Object.fromEntries(
      redox.of("Flowsheet")[0]!.Observations.map(({ Code, Value }: Json) => [Code, Value]),
    );
    expect(values).toMatchObject({ AVERAGE_CGM: "144", TIME_IN_RANGE_CGM: "62", GLUCOSE_MANAGEMENT_INDICATOR: "7.2" });
    expect(redox.of("Notes")[0]!.Note.Components).toEqual([
      {
        ID: "GLUCOSE_MANAGEMENT_INDICATOR",
        Name: "CGM Glucose Management Indicator during reporting period",
        Value: "7.2",
        Comments: "DateTime Observed: 2026-03-02T08:00:00Z",
      },
    ]);
  });

  test("is uploaded to Redox's store and named by its address, where that is configured", async () => {
    redox.restore();
    redox = await fakeRedox({ REDOX_UPLOAD_FILES: "true" });
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    const { ContentType, FileContents } = redox.of("Notes")[0]!.Note;
    expect([ContentType, FileContents]).toEqual(["Plain Text", "https://blob.redox.test/1"]);
    expect(new TextDecoder().decode(redox.uploads[0]!.subarray(0, 5))).toBe("%PDF-");
  });

  test("is the report that is stored, under a key of ids, and can be read by the clinic", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    const { DocumentID, FileContents } = redox.of("Notes")[0]!.Note;
    const path = `${clinic.path}/patients/${patient.id}/reports`;
    const [report] = (await clinic.member.get(path)).body;
    expect(report).toMatchObject({ id: DocumentID, cause: "sync", endTime: UPLOADED });
    const { bytes } = await clinic.member.get(`${path}/${report.id}`);
    expect(btoa(String.fromCharCode(...bytes))).toBe(FileContents);
    const stored = await env.REPORTS.head(`reports/${DocumentID}.pdf`);
    expect(stored?.customMetadata).toMatchObject({ clinic: clinic.clinicId, user: patient.id });
    expect(JSON.stringify(stored)).not.toContain(patient.fullName);
  });

  test("answers the last order, and is on record as an access", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    const [job] = (await jobsOf(patient.id)).slice(-1);
    expect(
      await rows(
        "SELECT actor_id, operation, clinic_id, patient_id, outcome FROM audit_log WHERE request_id = ?",
        job!.id,
      ),
    ).toEqual([
      { actor_id: "redox", operation: "ehr_sync", clinic_id: clinic.clinicId, patient_id: patient.id, outcome: "read" },
    ]);
  });
});

describe("the schedule of a clinic", () => {
  const nextRun = async (clinic: ConnectedClinic) =>
    (await rows<{ at: number }>("SELECT next_run_at AS at FROM ehr_schedules WHERE clinic_id = ?", clinic.clinicId))[0]
      ?.at;
  const plan = async (clinic: ConnectedClinic, at: number): Promise<number> => {
    await rows("UPDATE ehr_schedules SET next_run_at = ? WHERE clinic_id = ? RETURNING 1", at, clinic.clinicId);
    return at;
  };
  const DAY = 86_400_000;

  test("begins within an hour of connecting it, and goes on in whole cadences from the planned time", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    const first = (await nextRun(clinic))!;
    expect(first - Date.now()).toBeLessThanOrEqual(3_600_000);
    await redox.cron();
    expect(await nextRun(clinic)).toBe(first);
    const planned = await plan(clinic, Date.now() - 5);
    await redox.cron();
    await redox.run();
    expect([redox.kinds(), await nextRun(clinic)]).toEqual([BOTH, planned + 14 * DAY]);
    const missed = await plan(clinic, Date.now() - 40 * DAY);
    await redox.cron();
    expect(await nextRun(clinic)).toBe(missed + 42 * DAY);
  });

  test("is kept when the cadence changes, and ends when the clinic is not to be synced", async () => {
    const clinic = await connectedClinic();
    const first = await nextRun(clinic);
    const scheduledReports = { cadence: "1d", onUploadEnabled: true };
    await connect(clinic, { sourceId: clinic.sourceId, scheduledReports });
    expect(await nextRun(clinic)).toBe(first);
    const planned = await plan(clinic, Date.now() - 5);
    await redox.cron();
    expect(await nextRun(clinic)).toBe(planned + DAY);
    for (const settings of [
      { scheduledReports: { ...scheduledReports, cadence: "DISABLED" } },
      { enabled: false },
      { provider: "xealth" },
    ]) {
      await connect(clinic, { sourceId: clinic.sourceId, ...settings });
      expect(await nextRun(clinic), JSON.stringify(settings)).toBeUndefined();
      await connect(clinic, { sourceId: clinic.sourceId });
      expect(await nextRun(clinic)).toBeDefined();
    }
  });
});

test("operators see what an EHR got about a person, and why it got nothing", async () => {
  const { clinic, patient } = await subscribed(redox);
  await uploadQuietly(clinic, patient, UPLOADED);
  await redox.syncPatient(clinic, patient);
  await redox.run();
  const internal = exports.InternalApi({ props: { caller: "operator", scopes: ["listEhrJobs"] } });
  expect(await internal.listEhrJobs({ userId: patient.id })).toMatchObject([
    { clinicId: clinic.clinicId, cause: "patient", state: "sent", reason: null, noteSentAt: expect.any(Number) },
    { cause: "order", state: "skipped", reason: "no_data", flowsheetSentAt: null },
  ]);
});

test("MRN changes end what was ordered, until the next order", async () => {
  const { clinic, patient } = await subscribed(redox);
  await uploadQuietly(clinic, patient, UPLOADED);
  await redox.syncPatient(clinic, patient);
  await clinic.admin.put(`${clinic.path}/patients/${patient.id}`, {
    fullName: patient.fullName,
    birthDate: patient.birthDate,
    mrn: `${patient.mrn}X`,
  });
  await redox.run();
  expect([redox.kinds(), (await endsOf(patient)).at(-1)]).toEqual([[], ["skipped", "not_subscribed"]]);
  expect(await subscriptionOf(patient.id)).toMatchObject({ active: false });
});
