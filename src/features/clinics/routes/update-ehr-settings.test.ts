import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, statuses, UNKNOWN_ID } from "../../../../test/harness.ts";
import { logged } from "../../../../test/logged.ts";
import { audited, clinicVersion, unchanging } from "../../../../test/patient-rows.ts";

const SETTINGS = {
  enabled: true,
  provider: "redox",
  sourceId: "source",
  mrnIdType: "MRN",
  procedureCodes: { enableSummaryReports: "1", createAccountAndEnableReports: "" },
  destinationIds: { flowsheet: "f", notes: "n", results: "r" },
  scheduledReports: { onUploadEnabled: true, onUploadNoteEventType: "Replace", cadence: "7d" },
  tags: { codes: ["a", "b"], separator: "," },
  flowsheets: { icode: true },
  notes: { includeGMI: true },
};
const LEAST = {
  enabled: false,
  provider: "xealth",
  sourceId: "",
  mrnIdType: "MRN",
  procedureCodes: {},
  scheduledReports: { onUploadEnabled: false, cadence: "DISABLED" },
  tags: {},
  flowsheets: { icode: false },
};

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const replace = (body: unknown, caller = clinic.service) => caller.put(`${clinic.path}/settings/ehr`, body);
const stored = async () => (await clinic.member.get(`${clinic.path}/settings/ehr`)).body;

describe("UpdateEHRSettings", () => {
  test("200 stores the settings and answers them, in two round trips", async () => {
    const { version } = await clinicVersion(clinic.clinicId);
    const answer = await replace({ ...SETTINGS, unknown: 1 });
    expect([answer.status, answer.body, answer.calls]).toEqual([200, SETTINGS, 2]);
    expect(await stored()).toEqual(SETTINGS);
    expect(await audited(clinic.clinicId, "UpdateEHRSettings")).toHaveLength(1);
    expect((await clinicVersion(clinic.clinicId)).version).toBe(version + 1);
  });

  test("200 warns in the log of an EHR that another clinic is connected to, while both are", async () => {
    const sourceId = `shared by ${clinic.clinicId}`;
    const other = await givenClinic();
    const connect = (isEnabled: boolean) => replace({ ...SETTINGS, sourceId, enabled: isEnabled });
    const warnings = () => logged().filter((line) => line.includes("EHR of two clinics"));
    await other.service.put(`${other.path}/settings/ehr`, { ...SETTINGS, sourceId, enabled: true });
    await connect(false);
    expect(warnings()).toEqual([]);
    expect((await connect(true)).status).toBe(200);
    expect(warnings()).toEqual([expect.stringContaining(clinic.clinicId)]);
  });

  test("200 replaces the whole; lists that are not given are empty, options without effect are left out", async () => {
    await replace(SETTINGS);
    const expected = { ...LEAST, tags: { codes: [] } };
    expect((await replace({ ...LEAST, notes: {} })).body).toEqual(expected);
    expect(await stored()).toEqual(expected);
  });

  test.each([
    [
      { onUploadEnabled: true, cadence: "14d" },
      { onUploadEnabled: true, cadence: "14d", onUploadNoteEventType: "New" },
    ],
    [
      { onUploadEnabled: false, cadence: "1d", onUploadNoteEventType: "Replace" },
      { onUploadEnabled: false, cadence: "1d" },
    ],
  ])("200 with reports %j keeps %j", async (scheduledReports, kept) => {
    expect((await replace({ ...SETTINGS, scheduledReports })).body.scheduledReports).toEqual(kept);
  });

  test.each([
    undefined,
    {},
    null,
    ...Object.keys(LEAST).map((name) => ({ ...LEAST, [name]: undefined })),
    { ...LEAST, provider: "epic" },
    { ...LEAST, mrnIdType: "" },
    { ...LEAST, destinationIds: { flowsheet: "f", notes: "n" } },
    { ...LEAST, procedureCodes: { createAccount: "" } },
    { ...LEAST, scheduledReports: { onUploadEnabled: true, cadence: "2d" } },
    { ...LEAST, tags: { separator: "" } },
    { ...LEAST, tags: { codes: null } },
    { ...LEAST, notes: { includeGMI: "yes" } },
  ])("400 on %j keeps the settings", async (body) => {
    await replace(SETTINGS);
    expect((await unchanging(() => replace(body))).status).toBe(400);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await replace({}, clinic.admin)).status).toBe(403);
  });

  test("404 for a clinic that is not there", async () => {
    const answer = await unchanging(() => clinic.service.put(`/v1/clinics/${UNKNOWN_ID}/settings/ehr`, LEAST));
    expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
  });

  test("of eight at once one's settings are stored whole", async () => {
    const bodies = Array.from({ length: 8 }, (_, i) => ({ ...SETTINGS, sourceId: `${i}`, mrnIdType: `${i}` }));
    expect(statuses(await Promise.all(bodies.map((body) => replace(body))))).toEqual(Array(8).fill(200));
    expect(bodies).toContainEqual(await stored());
  });
});
