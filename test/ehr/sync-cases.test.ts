import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rows } from "../harness.ts";
import { statsWith } from "../summaries.ts";
import {
  BOTH,
  CODES,
  type ConnectedClinic,
  connectedClinic,
  endsOf,
  type FakeRedox,
  fakeRedox,
  inMinutes,
  jobsOf,
  REPLACING,
  patientWithData,
  subscribed,
  summaryAt,
  UPLOADED,
  upload,
  uploadQuietly,
} from "./fake-redox.ts";
import type { Json } from "./orders.ts";

/** Syncs at their edges; the usual ones are in sync.test.ts. */

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

const NO_NEW_UPLOAD = ["skipped", "no_new_upload"];
const lastEnd = async (patient: Json) => (await endsOf(patient)).at(-1);
const syncedClinic = async (clinic: ConnectedClinic) => {
  await redox.syncClinic(clinic);
  await redox.run();
};
const syncedPatient = async (clinic: ConnectedClinic, patient: Json) => {
  await redox.syncPatient(clinic, patient);
  await redox.run();
};
const madeOnUpload = async ({ id }: Json) => (await jobsOf(id)).filter(({ cause }) => cause === "patient").length;
/** The numbers that were sent, with their units, by code. */
const observed = (): Record<string, string> =>
  Object.fromEntries(
    redox.of("Flowsheet")[0]!.Observations.map(({ Code, Value, Units }: Json) => [Code, `${Value} ${Units}`]),
  );

async function bgmSummary(values: Record<string, number>, reasons: string[] = []): Promise<Json> {
  const dates = {
    firstData: "2026-01-01T00:00:00.000Z",
    lastData: UPLOADED,
    lastUploadDate: UPLOADED,
    lastUpdatedDate: UPLOADED,
    hasFirstData: true,
    hasLastData: true,
    hasLastUploadDate: true,
  };
  const bgmStats = await statsWith("bgm", values, { dates });
  return { bgmStats: { ...bgmStats, dates: { ...bgmStats.dates, lastUpdatedReason: reasons, outdatedReason: [] } } };
}

describe("a sync of a patient", () => {
  test("is one of each of their clinics that wants it", async () => {
    const { clinic, patient } = await subscribed(redox);
    const unwilling = await connectedClinic({ scheduledReports: { cadence: "14d", onUploadEnabled: false } });
    const willing = await connectedClinic();
    for (const other of [unwilling, willing]) {
      await other.service.post(`${other.path}/patients/${patient.id}`, { permissions: { view: {} } });
      await rows(
        `UPDATE patients SET ehr_subscriptions = (SELECT ehr_subscriptions FROM patients WHERE clinic_id = ?1 AND user_id = ?3)
         WHERE clinic_id = ?2 AND user_id = ?3 RETURNING 1`,
        clinic.clinicId,
        other.clinicId,
        patient.id,
      );
    }
    expect((await redox.syncPatient(clinic, patient)).status).toBe(202);
    const made = await rows<{ clinicId: string }>(
      "SELECT p.clinic_id AS clinicId FROM ehr_jobs j JOIN patients p ON p.key = j.patient_key WHERE p.user_id = ? AND j.cause = 'patient'",
      patient.id,
    );
    expect(made.map(({ clinicId }) => clinicId).toSorted()).toEqual([clinic.clinicId, willing.clinicId].toSorted());
  });
});

describe("a sync of a clinic", () => {
  test("is made whatever its schedule is, and leaves out whose subscription has ended", async () => {
    const settings = { scheduledReports: { cadence: "DISABLED", onUploadEnabled: false } };
    const { clinic, patient } = await subscribed(redox, settings);
    const ended = await patientWithData(clinic, { fullName: "Bo Berg" });
    await redox.order(clinic, ended, CODES.enableSummaryReports);
    await redox.order(clinic, ended, CODES.disableSummaryReports, { at: "2026-03-02T10:00:00Z" });
    redox.messages.length = 0;
    await uploadQuietly(clinic, patient, UPLOADED);
    await syncedClinic(clinic);
    expect(redox.kinds()).toEqual(BOTH);
    expect((await jobsOf(ended.id)).filter(({ cause }) => cause === "clinic")).toEqual([]);
  });
});

describe("a summary", () => {
  test.each([
    ["cgm", "LEGACY_UPLOAD_COMPLETED", 1],
    ["cgm", "LEGACY_DATA_ADDED", 1],
    ["bgm", "UPLOAD_COMPLETED", 1],
    ["bgm", "LEGACY_DATA_ADDED", 1],
    ["cgm", "SCHEMA_MIGRATION", 0],
  ])("whose %s numbers changed for the reason %s, among others, makes %i jobs", async (type, reason, count) => {
    const { clinic, patient } = await subscribed(redox);
    const summary = type === "cgm" ? await summaryAt() : await bgmSummary({ averageGlucoseMmol: 8 });
    summary[`${type}Stats`].dates.lastUpdatedReason = ["OTHER", reason];
    await redox.sendAs(clinic.service, "POST", `/v1/patients/${patient.id}/summary`, summary);
    expect(await madeOnUpload(patient)).toBe(count);
  });

  test("of both kinds of data makes one job, which sends both", async () => {
    const { clinic, patient } = await subscribed(redox);
    const bgm = await bgmSummary({ averageGlucoseMmol: 8 }, ["UPLOAD_COMPLETED"]);
    await redox.sendAs(clinic.service, "POST", `/v1/patients/${patient.id}/summary`, {
      ...(await summaryAt()),
      ...bgm,
    });
    await redox.run();
    expect([redox.kinds(), await madeOnUpload(patient)]).toEqual([BOTH, 1]);
    expect(Object.keys(observed())).toEqual(expect.arrayContaining(["AVERAGE_CGM", "AVERAGE_SMBG"]));
  });
});

describe("an upload is new", () => {
  test.each([undefined, null, "yesterday"])(
    "whenever it was, where the order says that it was made at %j",
    async (EventDateTime) => {
      const { clinic, patient } = await subscribed(redox, {}, { Meta: { EventDateTime } });
      await uploadQuietly(clinic, patient, "2020-01-02T00:00:00.000Z");
      await syncedClinic(clinic);
      expect(redox.kinds()).toEqual(BOTH);
    },
  );

  test("only after the order, not at its very time", async () => {
    const { clinic, patient } = await subscribed(redox, {}, { at: UPLOADED });
    await uploadQuietly(clinic, patient, UPLOADED);
    await syncedClinic(clinic);
    expect([redox.kinds(), await lastEnd(patient)]).toEqual([[], NO_NEW_UPLOAD]);
  });

  test("only where there is one: numbers alone are none", async () => {
    const { clinic, patient } = await subscribed(redox);
    const summary = await summaryAt();
    const { lastUploadDate: _, ...dates } = summary.cgmStats.dates;
    summary.cgmStats.dates = { ...dates, hasLastUploadDate: false, lastUpdatedReason: [] };
    await upload(clinic, patient.id, summary);
    await syncedClinic(clinic);
    expect([redox.kinds(), await lastEnd(patient)]).toEqual([[], NO_NEW_UPLOAD]);
  });

  describe("only after the last sync that sent something, which", () => {
    const march = (day: number) => Date.UTC(2026, 2, day);
    async function untilTheThird() {
      const { clinic, patient } = await subscribed(redox, {}, { at: "2026-02-28T12:00:00Z" });
      const uploadOn = (day: number) => uploadQuietly(clinic, patient, new Date(march(day)).toISOString());
      const syncOn = async (day: number) => {
        await syncedClinic(clinic);
        const job = (await jobsOf(patient.id)).at(-1)!;
        await rows("UPDATE ehr_jobs SET created_at = ? WHERE id = ? RETURNING 1", march(day), job.id);
        return lastEnd(patient);
      };
      await uploadOn(-1);
      expect(await syncOn(1)).toEqual(NO_NEW_UPLOAD);
      await uploadOn(2);
      expect(await syncOn(3)).toEqual(["sent", null]);
      return { uploadOn, syncOn };
    }

    test("is not one that had nothing to send", async () => {
      const { uploadOn, syncOn } = await untilTheThird();
      expect(await syncOn(10)).toEqual(NO_NEW_UPLOAD);
      await uploadOn(9);
      expect(await syncOn(11)).toEqual(["sent", null]);
    });

    test("is not one that failed", async () => {
      const { uploadOn, syncOn } = await untilTheThird();
      await uploadOn(9);
      redox.troubles.push({ status: 400 });
      expect(await syncOn(10)).toEqual(["failed", "redox_400"]);
      expect(await syncOn(20)).toEqual(["sent", null]);
    });
  });
});

describe("numbers", () => {
  test("that are zero are sent, those that are not there are not", async () => {
    const { clinic, patient } = await subscribed(redox);
    const zeros = { standardDeviation: 0, coefficientOfVariation: 0, daysWithData: 0, hoursWithData: 0 };
    const cgm = await summaryAt(UPLOADED, zeros);
    cgm.cgmStats.dates.lastUpdatedReason = [];
    await upload(clinic, patient.id, { ...cgm, ...(await bgmSummary({ min: 0, max: 0, daysWithData: 0 })) });
    await syncedClinic(clinic);
    expect(observed()).toMatchObject({
      STANDARD_DEVIATION_CGM: "0.0000 mg/dL",
      COEFFICIENT_OF_VARIATION_CGM: "0.0000 null",
      DAYS_WITH_DATA_CGM: "0 day",
      HOURS_WITH_DATA_CGM: "0 hour",
      MIN_SMBG: "0.0000 mg/dL",
      MAX_SMBG: "0.0000 mg/dL",
      DAYS_WITH_DATA_SMBG: "0 day",
    });
    expect(observed()).not.toHaveProperty("AVERAGE_CGM");
    expect(observed()).not.toHaveProperty("STANDARD_DEVIATION_SMBG");
  });

  test.each([
    [
      "mmol/L",
      false,
      {
        AVERAGE_CGM: "8.0000 mmol/L",
        COEFFICIENT_OF_VARIATION_CGM: "0.3300 null",
        TIME_IN_RANGE_CGM: "62.5000 %",
      },
    ],
    [
      "mg/dL",
      true,
      {
        AVERAGE_CGM: "144 mg/dL",
        COEFFICIENT_OF_VARIATION_CGM: "33.0 %",
        TIME_IN_RANGE_CGM: "62 %",
        TIME_BELOW_RANGE_VERY_LOW_CGM: "0.4 %",
        ACTIVE_WEAR_TIME_CGM: "98.10 %",
      },
    ],
    [
      "mg/dL",
      false,
      {
        AVERAGE_CGM: "144.1247 mg/dL",
        TIME_BELOW_RANGE_VERY_LOW_CGM: "0.4000 %",
        ACTIVE_WEAR_TIME_CGM: "98.1000 %",
      },
    ],
  ])("are sent as a clinic with %s, and icode set to %s, wants them", async (preferredBgUnits, icode, expected) => {
    const clinic = await connectedClinic({ flowsheets: { icode } }, { preferredBgUnits });
    const summary = await summaryAt(UPLOADED, {
      averageGlucoseMmol: 8,
      timeInTargetPercent: 0.625,
      timeInVeryLowPercent: 0.004,
      coefficientOfVariation: 0.33,
      timeCGMUsePercent: 0.981,
    });
    const patient = await patientWithData(clinic, {}, summary);
    await redox.order(clinic, patient, CODES.enableSummaryReports);
    expect(observed()).toMatchObject(expected);
  });
});

describe("a note, where the clinic has them replaced,", () => {
  test("replaces that of a sync of the clinic, too, never that of an order", async () => {
    const clinic = await connectedClinic(REPLACING);
    const patient = await patientWithData(clinic);
    await redox.order(clinic, patient, CODES.enableSummaryReports);
    for (const minutes of [1, 2]) {
      await uploadQuietly(clinic, patient, inMinutes(minutes));
      await syncedClinic(clinic);
    }
    const notes = redox.of("Notes");
    expect(notes.map(({ Meta }) => Meta.EventType)).toEqual(["New", "New", "Replace"]);
    expect(notes[2]!.Note.OriginalDocumentID).toBe(notes[1]!.Note.DocumentID);
    expect(notes[0]!.Note.DocumentID).not.toBe(notes[1]!.Note.DocumentID);
  });

  test.each([
    [4, "Notes Replace"],
    [6, "Notes New"],
  ])(
    "of a job that was made %i minutes after the last is one of %s, however late it is sent",
    async (minutes, kind) => {
      const { clinic, patient } = await subscribed(redox, REPLACING);
      await uploadQuietly(clinic, patient, UPLOADED);
      await syncedPatient(clinic, patient);
      const first = (await jobsOf(patient.id)).at(-1)!;
      await uploadQuietly(clinic, patient, inMinutes(1));
      await redox.syncPatient(clinic, patient);
      const second = (await jobsOf(patient.id)).at(-1)!;
      const anHourAgo = Date.now() - 3_600_000;
      const before = anHourAgo - minutes * 60_000;
      await rows("UPDATE ehr_jobs SET created_at = ? WHERE id = ? RETURNING 1", anHourAgo, second.id);
      await rows("UPDATE ehr_jobs SET note_sent_at = ?1, created_at = ?1 WHERE id = ?2 RETURNING 1", before, first.id);
      await redox.run();
      expect(redox.kinds().at(-1)).toBe(kind);
    },
  );

  test("replaces none that was not delivered, and the numbers that were are sent again with it", async () => {
    const { clinic, patient } = await subscribed(redox, REPLACING);
    await uploadQuietly(clinic, patient, UPLOADED);
    redox.troubles.push({}, { status: 400 });
    await syncedPatient(clinic, patient);
    expect([redox.kinds(), await lastEnd(patient)]).toEqual([["Flowsheet New"], ["failed", "redox_400"]]);
    await syncedPatient(clinic, patient);
    expect(redox.kinds()).toEqual(["Flowsheet New", ...BOTH]);
    expect(redox.of("Notes")[0]!.Note).not.toHaveProperty("OriginalDocumentID");
  });
});
