import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenSite,
  givenTag,
  newUserId,
  statuses,
} from "../../../test/harness.ts";
import { changesStored, unchanging } from "../../../test/patient-rows.ts";

interface Write {
  method: string;
  path: string;
  body?: unknown;
  /** The same operation with a request that differs. */
  other: { path?: string; body?: unknown };
  caller?: Caller;
}

const EHR = {
  enabled: true,
  provider: "redox",
  sourceId: "source",
  mrnIdType: "MRN",
  procedureCodes: {},
  scheduledReports: { onUploadEnabled: true, cadence: "7d" },
  tags: {},
  flowsheets: { icode: true },
};
const NAMED = { name: "Harbor", preferredBgUnits: "mg/dL" };

let clinic: GivenClinic;
let tags: { id: string }[];
let sites: { id: string }[];
beforeEach(async () => {
  clinic = await givenClinic();
  tags = [await givenTag(clinic), await givenTag(clinic)];
  sites = [await givenSite(clinic), await givenSite(clinic)];
});

/** Every write of clinics, tags and sites, as something that may be repeated. */
const WRITES: Record<string, () => Write> = {
  CreateClinic: () => ({ method: "POST", path: "/v1/clinics", body: NAMED, other: { body: { ...NAMED, name: "B" } } }),
  UpdateClinic: () => ({ method: "PUT", path: clinic.path, body: NAMED, other: { body: { ...NAMED, name: "B" } } }),
  DeleteClinic: () => ({
    method: "DELETE",
    path: clinic.path,
    other: { path: "/v1/clinics/0123456789abcdef01234567" },
  }),
  UpdateTier: () => post("/tier", { tier: "tier0200" }, { tier: "tier0300" }),
  UpdateSuppressedNotifications: () => ({
    ...post("/suppressed_notifications", suppressing(true), suppressing(false)),
    caller: clinic.admin,
  }),
  UpdateMembershipRestrictions: () =>
    put("/membership_restrictions", { restrictions: [{ emailDomain: "a.test" }] }, {}),
  UpdateEHRSettings: () => put("/settings/ehr", EHR, { ...EHR, sourceId: "other" }),
  UpdateMRNSettings: () => put("/settings/mrn", { required: true, unique: true }, { required: true, unique: false }),
  UpdatePatientCountSettings: () => put("/settings/patient_count", { hardLimit: { plan: 1 } }, {}),
  RefreshPatientCount: () =>
    post("/patient_count/refresh", undefined, undefined, `/v1/clinics/${tags[0]!.id}/patient_count/refresh`),
  CreatePatientTag: () => post("/patient_tags", { name: "T" }, { name: "U" }),
  UpdatePatientTag: () => put(`/patient_tags/${tags[0]!.id}`, { name: "T" }, { name: "U" }),
  DeletePatientTag: () => ({
    method: "DELETE",
    path: `${clinic.path}/patient_tags/${tags[0]!.id}`,
    other: { path: `${clinic.path}/patient_tags/${tags[1]!.id}` },
  }),
  AssignPatientTagToClinicPatients: () => post(`/patients/assign_tag/${tags[0]!.id}`, undefined, [newUserId()]),
  DeletePatientTagFromClinicPatients: () => post(`/patients/delete_tag/${tags[0]!.id}`, undefined, [newUserId()]),
  ConvertPatientTagToSite: () =>
    post(`/patient_tags/${tags[0]!.id}/site`, undefined, undefined, `${clinic.path}/patient_tags/${tags[1]!.id}/site`),
  CreateSite: () => post("/sites", { name: "S" }, { name: "T" }),
  UpdateSite: () => put(`/sites/${sites[0]!.id}`, { name: "S" }, { name: "T" }),
  DeleteSite: () => ({
    method: "DELETE",
    path: `${clinic.path}/sites/${sites[0]!.id}`,
    other: { path: `${clinic.path}/sites/${sites[1]!.id}` },
  }),
  MergeSite: () => post(`/sites/${sites[0]!.id}/merge`, { id: sites[1]!.id }, { id: tags[0]!.id }),
};
const suppressing = (patientClinicInvitation: boolean) => ({ suppressedNotifications: { patientClinicInvitation } });
const post = (path: string, body: unknown, otherBody: unknown, otherPath?: string): Write => ({
  method: "POST",
  path: clinic.path + path,
  body,
  other: otherPath === undefined ? { body: otherBody } : { path: otherPath },
});
const put = (path: string, body: unknown, other: unknown): Write => ({ ...post(path, body, other), method: "PUT" });

describe.each(Object.entries(WRITES))("%s with an Idempotency-Key", (operation, writeOf) => {
  let key: string;
  beforeEach(() => {
    key = newUserId();
  });
  const send = (write: Write) =>
    (write.caller ?? (operation === "CreateClinic" ? clinic.admin : clinic.service)).send(
      write.method,
      write.path,
      write.body,
      { "idempotency-key": key },
    );

  test("repeated gets the first answer, says so, and writes nothing", async () => {
    const write = writeOf();
    const before = await changesStored();
    const first = await send(write);
    expect(first.status).toBeLessThan(300);
    expect(await changesStored()).not.toBe(before);
    const again = await unchanging(() => send(write));
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect([first, again].map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    expect(first.calls).toBeLessThanOrEqual(2);
    expect(again.calls).toBeLessThanOrEqual(2);
  });

  test("of eight at once is done once, and all get its answer", async () => {
    const write = writeOf();
    const racers = await Promise.all(Array.from({ length: 8 }, () => send(write)));
    expect(new Set(racers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(statuses(racers)[0]).toBeLessThan(300);
    const replayed = racers.filter(({ headers }) => headers.get("idempotent-replayed") === "true");
    expect(replayed).toHaveLength(7);
  });

  test("422 when the key comes with another request, and nothing is written", async () => {
    const write = writeOf();
    await send(write);
    const answer = await unchanging(() => send({ ...write, ...write.other }));
    expect([answer.status, answer.body.message]).toEqual([
      422,
      "constraint violation: the Idempotency-Key was used for another request",
    ]);
  });
});
