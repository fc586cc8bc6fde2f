import { env } from "cloudflare:workers";
import { add, cbg, HOUR_MS, iso, MINUTE_MS, openSet, prime, settle, smbg } from "../../../../test/device-data.ts";
import { describe, expect, test } from "vitest";
import { patientWithData, summaryAt, UPLOADED } from "../../../../test/ehr/fake-redox.ts";
import { countRows, givenAccount, givenClinic, givenPatient, newUserId, rows, send } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { statsWith } from "../../../../test/summaries.ts";
import { sweepReports } from "../../../../test/sweep-reports.ts";
import { readPdf } from "../../../../test/pdf.ts";
import { REPORT_SECTIONS } from "../model/content.ts";

const textOfPdf = async (bytes: Uint8Array): Promise<string> =>
  (await readPdf(bytes)).pages.map(({ text }) => text).join("\n");

async function given(summary?: object | null) {
  const clinic = await givenClinic({ timezone: "US/Eastern" });
  const patient = await patientWithData(clinic, { fullName: "Nguyễn Thị Ánh" }, summary);
  return { clinic, patient, path: `${clinic.path}/patients/${patient.id}/reports` };
}

describe("CreatePatientReport", () => {
  test("makes a report of the patient's data, and stores it under a key of ids", async () => {
    const { clinic, patient, path } = await given();
    const answer = await clinic.member.post(path);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ cause: "request", endTime: UPLOADED, startTime: "2026-02-16T08:00:00.000Z" });
    const stored = await env.REPORTS.get(`reports/${answer.body.id}.pdf`);
    expect(stored?.httpMetadata?.contentType).toBe("application/pdf");
    expect(stored?.customMetadata).toEqual({
      clinic: clinic.clinicId,
      user: patient.id,
      report: answer.body.id,
      period: "2026-02-16T08:00:00.000Z/2026-03-02T08:00:00.000Z",
      sha256: answer.body.sha256,
    });
    const text = await textOfPdf(new Uint8Array(await stored!.arrayBuffer()));
    expect(text).toContain("Nguyễn Thị Ánh");
    expect(text).toContain(patient.mrn);
  });

  test("makes one of a patient without data, which says so", async () => {
    const { clinic, path } = await given(null);
    const answer = await clinic.member.post(path, { reports: ["daily", "basics"] });
    expect([answer.status, answer.body]).toEqual([200, expect.not.objectContaining({ endTime: expect.anything() })]);
    const { bytes } = await clinic.member.get(`${path}/${answer.body.id}`);
    expect(await textOfPdf(bytes)).toContain("Insufficient data for patient to generate any report.");
  });

  test("gives the same report to the same request shortly after, and another to another", async () => {
    const { clinic, path } = await given();
    const first = await clinic.member.post(path);
    const again = await clinic.member.post(path);
    const other = await clinic.member.post(path, { bgUnits: "mmol/L" });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(other.body.id).not.toBe(first.body.id);
  });

  test.each(["all", ...REPORT_SECTIONS])("makes one of %s that says something, or none", async (section) => {
    const stats = await summaryAt();
    const dates = { ...stats.cgmStats.dates };
    const bgmStats = await statsWith("bgm", { averageGlucoseMmol: 8 }, { dates });
    const { clinic, path } = await given({ ...stats, bgmStats });
    const answer = await clinic.member.post(path, { reports: [section], tzName: "US/Pacific" });
    if (answer.status !== 200) return expect(answer.body.message).toContain("reports");
    const { bytes } = await clinic.member.get(`${path}/${answer.body.id}`);
    const text = await textOfPdf(bytes);
    // No device has sent anything.
    const isOfDevices = section === "daily" || section === "bgLog";
    if (isOfDevices) return expect(text).toContain("Insufficient data");
    expect(text).not.toContain("Insufficient data");
    expect(text).toContain("US/Pacific");
  });

  test("draws what devices have sent, on the days of the clinic", async () => {
    const { clinic, patient, path } = await given(null);
    const now = Date.now();
    const setId = await openSet(clinic.member, patient.id, { dataSetType: "continuous" });
    const readings = Array.from({ length: 600 }, (_, i) => cbg(now - i * 15 * MINUTE_MS, 4 + (i % 30) / 3));
    const site = prime({ time: iso(now - HOUR_MS), primeTarget: "tubing", volume: 12 });
    await add(clinic.member, setId, [...readings, smbg(now - 2 * HOUR_MS, 6.1), site]);
    await settle(patient.id);
    const { body } = await clinic.member.post(path, { reports: ["daily", "bgLog"], bgUnits: "mmol/L" });
    const { bytes } = await clinic.member.get(`${path}/${body.id}`);
    const text = await textOfPdf(bytes);
    expect(text).toContain("Day by day");
    expect(text).toContain("Fingersticks");
    expect(text).toContain("6.1");
    for (const legend of ["Tubing primed", "US/Eastern", "mmol/L"]) expect(text).toContain(legend);
    for (const legend of ["Cannula primed", "Reservoir changed"]) expect(text).not.toContain(legend);
    // The same data make the same report; another site change another.
    await add(clinic.member, setId, [smbg(now - 3 * HOUR_MS, 9.9)]);
    await settle(patient.id);
    const later = await clinic.member.post(path, { reports: ["bgLog"], bgUnits: "mmol/L" });
    expect(await textOfPdf((await clinic.member.get(`${path}/${later.body.id}`)).bytes)).toContain("9.9");
  });

  test("draws no data of devices that the patient does not let the clinic view", async () => {
    const clinic = await givenClinic();
    const patient = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${patient.id}`, { fullName: "Rosa", permissions: { view: {} } });
    const setId = await openSet(patient, patient.id, { dataSetType: "continuous" });
    const readings = Array.from({ length: 600 }, (_, i) => cbg(Date.now() - i * 5 * MINUTE_MS, 6));
    await add(patient, setId, readings);
    await settle(patient.id);
    const path = `${clinic.path}/patients/${patient.id}/reports`;
    const daily = async (bgUnits: string) => {
      const { body } = await clinic.member.post(path, { reports: ["daily", "basics"], bgUnits });
      return textOfPdf((await clinic.member.get(`${path}/${body.id}`)).bytes);
    };
    expect(await daily("mg/dL")).toContain("Day by day");
    await patient.put(`${clinic.path}/patients/${patient.id}/permissions`, { upload: {} });
    expect((await clinic.member.get(`/data/${patient.id}`)).status).toBe(403);
    const text = await daily("mmol/L");
    expect(text).not.toContain("Day by day");
    expect(text).toContain("Average glucose");
  });

  test("takes UTC for the clinic's zone where that is unknown", async () => {
    const { clinic, path } = await given();
    await rows("UPDATE clinics SET timezone = 'Nowhere/Else' WHERE id = ? RETURNING 1", clinic.clinicId);
    const { body } = await clinic.member.post(path);
    const { bytes } = await clinic.member.get(`${path}/${body.id}`);
    expect(await textOfPdf(bytes)).toContain("UTC");
  });

  test.each<[object, string]>([
    [{ reports: [] }, "reports"],
    [{ reports: ["everything"] }, "reports"],
    [{ bgUnits: "mg" }, "bgUnits"],
    [{ reports: ["settings"] }, "reports"],
    [{ reports: ["settings", "settings"] }, "reports"],
    [{ tzName: "x".repeat(300) }, "tzName"],
    [{ tzName: "Nowhere/Else" }, "tzName"],
    [{ tzName: "+05:30" }, "tzName"],
    [{ tzName: "" }, "tzName"],
  ])("refuses %j", async (body, field) => {
    const { clinic, path } = await given(null);
    const answer = await clinic.member.post(path, body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(field)]);
  });

  test("refuses an unknown patient, and records nothing", async () => {
    const clinic = await givenClinic();
    const before = await countRows("reports");
    expect((await clinic.member.post(`${clinic.path}/patients/${newUserId()}/reports`)).status).toBe(404);
    expect(await countRows("reports")).toBe(before);
  });

  test.each(["before it is stored", "after it was stored"])(
    "leaves nothing behind when it is killed %s",
    async (when) => {
      const clinic = await givenClinic();
      const patient = await givenPatient(clinic);
      const REPORTS = {
        put: async (...args: Parameters<R2Bucket["put"]>) => {
          if (when === "after it was stored") await env.REPORTS.put(...args);
          throw new Error("killed");
        },
        delete: env.REPORTS.delete.bind(env.REPORTS),
      };
      const through = servedIn({ REPORTS });
      const answer = await send("POST", `${clinic.path}/patients/${patient.id}/reports`, {
        token: clinic.member.token,
        through,
      });
      expect([answer.status, answer.body.message]).toEqual([503, "the report can't be stored now, try again"]);
      const [row] = await rows<{ id: string; state: string }>(
        "SELECT r.id, r.state FROM reports r JOIN patients p ON p.key = r.patient_key WHERE p.user_id = ?",
        patient.id,
      );
      expect(row?.state).toBe("making");
      expect((await clinic.member.get(`${clinic.path}/patients/${patient.id}/reports`)).body).toEqual([]);
      await sweepReports(Date.now() + 700_000);
      expect([
        await countRows("reports WHERE id = ?", row!.id),
        await env.REPORTS.head(`reports/${row!.id}.pdf`),
      ]).toEqual([0, null]);
    },
  );
});
