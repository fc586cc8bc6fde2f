import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CODES,
  connectedClinic,
  type FakeRedox,
  fakeRedox,
  orderFor,
  subscriptionOf,
} from "../../../../test/ehr/fake-redox.ts";
import { givenPatient, newUserId, rows, service, UNKNOWN_ID } from "../../../../test/harness.ts";

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

type Clinic = Awaited<ReturnType<typeof connectedClinic>>;

const person = () => ({ fullName: "Łukasz Œuvre", birthDate: "1990-02-03", mrn: `Straße-${newUserId()}` });

/** The id of an order that is stored and not applied. */
async function storedOrder(clinic: { sourceId: string }, patient: object, parts = {}): Promise<string> {
  const order = orderFor(clinic, patient as never, CODES.enableSummaryReports, parts);
  await redox.post(order);
  redox.queued.length = 0;
  const [row] = await rows<{ id: string }>(
    "SELECT id FROM ehr_messages WHERE deduplication_key = ?",
    `log:${order.Meta.Logs[0].ID}`,
  );
  return row!.id;
}

const match = async (documentId: string, patients?: object) =>
  (await service()).post("/v1/redox/match", {
    messageRef: { dataModel: "Order", eventType: "New", documentId },
    ...(patients ? { patients } : {}),
  });

const found = (answer: Awaited<ReturnType<typeof match>>) => answer.body.patients?.map(({ id }: { id: string }) => id);

async function given(clinic?: Clinic) {
  const connected = clinic ?? (await connectedClinic());
  const patient = await givenPatient(connected, person());
  return { clinic: connected, patient, documentId: await storedOrder(connected, patient) };
}

describe("MatchClinicAndPatient", () => {
  test("answers with the clinic and its settings alone when no patients are asked for", async () => {
    const { clinic, documentId } = await given();
    const answer = await match(documentId);
    expect(answer.status).toBe(200);
    expect(answer.body.clinic).toEqual((await clinic.admin.get(clinic.path)).body);
    expect(answer.body.settings).toEqual((await clinic.admin.get(`${clinic.path}/settings/ehr`)).body);
    expect(answer.body).not.toHaveProperty("patients");
  });

  test.each<[string, string[], (patient: any) => object, boolean]>([
    ["MRN", ["MRN"], ({ mrn }) => ({ ...person(), birthDate: "1991-01-01", mrn }), true],
    [
      "MRN in other case and accents",
      ["MRN"],
      ({ mrn }) => ({ ...person(), mrn: mrn.toUpperCase().replace("SS", "ß") }),
      true,
    ],
    ["MRN and another birth date", ["MRN_DOB"], ({ mrn }) => ({ ...person(), birthDate: "1991-01-01", mrn }), false],
    ["name and birth date", ["DOB_FULLNAME"], () => ({ ...person(), fullName: "LUKASZ OEUVRE", mrn: "x" }), true],
    ["name with й for и", ["DOB_FULLNAME"], () => ({ ...person(), fullName: "Lukasz Oeuvrй", mrn: "x" }), false],
    ["any of several", ["MRN", "DOB_FULLNAME"], () => ({ ...person(), mrn: "x" }), true],
  ])("finds a patient by %s", async (_, criteria, said, isFound) => {
    const clinic = await connectedClinic();
    const patient = await givenPatient(clinic, person());
    const answer = await match(await storedOrder(clinic, said(patient)), { criteria });
    expect(found(answer)).toEqual(isFound ? [patient.id] : undefined);
  });

  test.each([
    ["サトウ ア", "さとう あ"],
    ["Ґалина К", "Галина К"],
    ["“Al” B", '"Al" B'],
  ])("finds %s by %s, which read the same to an EHR alone", async (fullName, said) => {
    const clinic = await connectedClinic();
    const patient = await givenPatient(clinic, { ...person(), fullName });
    const documentId = await storedOrder(clinic, { ...person(), fullName: said });
    expect(found(await match(documentId, { criteria: ["DOB_FULLNAME"] }))).toEqual([patient.id]);
  });

  test("gives each patient once, in the order of the criteria and then of names", async () => {
    const clinic = await connectedClinic();
    const it = person();
    const byName = await givenPatient(clinic, { ...it, mrn: "other" });
    const [b, a] = [
      await givenPatient(clinic, { ...it, fullName: "B" }),
      await givenPatient(clinic, { ...it, fullName: "A" }),
    ];
    const both = await givenPatient(clinic, it);
    const answer = await match(await storedOrder(clinic, it), { criteria: ["MRN", "DOB_FULLNAME", "MRN"] });
    expect(found(answer)).toEqual([a.id, b.id, both.id, byName.id]);
  });

  test("switches the subscription of a unique match, and shows the patient as they were before", async () => {
    const { patient, documentId } = await given();
    const answer = await match(documentId, { criteria: ["MRN_DOB"], onUniqueMatch: "ENABLE_REPORTS" });
    expect([answer.status, answer.body.patients]).toEqual([200, [patient]]);
    expect(await subscriptionOf(patient.id)).toMatchObject({
      active: true,
      provider: "redox",
      matchedMessages: [{ id: documentId, dataModel: "Order", eventType: "New" }],
    });
    await match(documentId, { criteria: ["MRN_DOB"], onUniqueMatch: "DISABLE_REPORTS" });
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: true, matchedMessages: [{}] });
  });

  test("switches nothing for several patients or none", async () => {
    const { clinic, patient, documentId } = await given();
    const other = await givenPatient(clinic, { ...person(), fullName: "Twin", mrn: patient.mrn });
    const options = { criteria: ["MRN_DOB"], onUniqueMatch: "ENABLE_REPORTS" };
    expect(found(await match(documentId, options))).toHaveLength(2);
    expect(found(await match(await storedOrder(clinic, person()), options))).toBeUndefined();
    expect([await subscriptionOf(patient.id), await subscriptionOf(other.id)]).toEqual([undefined, undefined]);
  });

  test("loses neither a switch nor an edit when both happen at once", async () => {
    const { clinic, patient, documentId } = await given();
    const { fullName, birthDate, mrn } = patient;
    const [matched, edited] = await Promise.all([
      match(documentId, { criteria: ["MRN_DOB"], onUniqueMatch: "ENABLE_REPORTS" }),
      clinic.admin.put(`${clinic.path}/patients/${patient.id}`, { fullName, birthDate, mrn, targetDevices: ["pump"] }),
    ]);
    expect([matched.status, edited.status]).toEqual([200, 200]);
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: true });
    expect((await clinic.admin.get(`${clinic.path}/patients/${patient.id}`)).body.targetDevices).toEqual(["pump"]);
  });

  test("matches nobody by an order without an MRN, even without birth date and name", async () => {
    const { clinic } = await given();
    const answer = await match(await storedOrder(clinic, { fullName: "", birthDate: "", mrn: "" }), {
      criteria: ["MRN"],
    });
    expect([answer.status, found(answer)]).toEqual([200, undefined]);
  });

  test.each([
    ["birth date", { birthDate: "" }, "bad request: date of birth is missing"],
    ["name", { fullName: "" }, "bad request: full name is missing"],
  ])("refuses an order with an MRN and no %s", async (_, missing, message) => {
    const clinic = await connectedClinic();
    const answer = await match(await storedOrder(clinic, { ...person(), ...missing }), { criteria: ["MRN"] });
    expect([answer.status, answer.body.message]).toEqual([400, message]);
  });

  test("refuses a message that is not there, of another kind, or without a source", async () => {
    expect((await match(UNKNOWN_ID)).status).toBe(404);
    const clinic = await connectedClinic();
    const update = await storedOrder(clinic, person(), { Meta: { EventType: "Update" } });
    expect((await match(update)).status).toBe(404);
    const nowhere = await match(await storedOrder({ sourceId: "" }, person()));
    expect([nowhere.status, nowhere.body.message]).toEqual([400, "bad request: source id is required"]);
  });

  test("refuses a source of no clinic and of two, and of a clinic that is not connected", async () => {
    const { clinic, documentId } = await given();
    const nobody = await match(await storedOrder({ sourceId: "nobody" }, person()));
    expect([nobody.status, nobody.body.message]).toEqual([404, "not found: couldn't find a matching clinic"]);
    const settings = (await clinic.admin.get(`${clinic.path}/settings/ehr`)).body;
    await connectedClinic({ sourceId: clinic.sourceId });
    const two = await match(documentId);
    expect([two.status, two.body.message]).toEqual([409, "duplicate: multiple matching clinics found"]);
    await clinic.service.put(`${clinic.path}/settings/ehr`, { ...settings, enabled: false });
    expect((await match(documentId)).body.clinic.id).not.toBe(clinic.clinicId);
  });

  test.each<[object, string]>([
    [{}, "bad request: messageRef is required"],
    [{ messageRef: { dataModel: "Order", eventType: "New", documentId: "x" } }, "bad request: invalid documentId"],
    [{ messageRef: { dataModel: "Order", eventType: "Update", documentId: UNKNOWN_ID } }, "eventType"],
    [
      { messageRef: { dataModel: "Order", eventType: "New", documentId: UNKNOWN_ID }, patients: { criteria: [] } },
      "criteria",
    ],
    [
      { messageRef: { dataModel: "Order", eventType: "New", documentId: UNKNOWN_ID }, patients: { criteria: ["DOB"] } },
      "criteria",
    ],
  ])("refuses %j", async (body, message) => {
    const answer = await (await service()).post("/v1/redox/match", body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
  });
});
