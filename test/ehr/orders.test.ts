import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenPatient, givenTag, rows } from "../harness.ts";
import type { Json } from "./orders.ts";
import {
  CODES,
  connect,
  connectedClinic,
  CREATED,
  type FakeRedox,
  fakeRedox,
  jobsOf,
  MATCHED,
  messageStates,
  NOBODY,
  notCreated,
  orderFor,
  patientWithData,
  SEVERAL,
  somebody,
  subscriptionOf,
} from "./fake-redox.ts";

const DEMO_PATIENT = env.CLINIC_DEMO_PATIENT_USER_ID;

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

/** The clinic's patients without the demo patient. */
const patientsOf = async (clinic: GivenClinic): Promise<Json[]> =>
  (await clinic.admin.get(`${clinic.path}/patients`)).body.data.filter(({ id }: Json) => id !== DEMO_PATIENT);

describe("an order to enable reports", () => {
  test("matches the patient, and sends the answer, the numbers and the report", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    const order = orderFor(clinic, patient as never, CODES.enableSummaryReports);
    expect((await redox.post(order)).status).toBe(200);
    await redox.run();
    expect(redox.results()).toEqual([MATCHED]);
    expect(redox.messages.map(({ Meta }) => [Meta.DataModel, Meta.EventType, Meta.Destinations[0].ID])).toEqual([
      ["Results", "New", "to-results"],
      ["Flowsheet", "New", "to-flowsheet"],
      ["Notes", "New", "to-notes"],
    ]);
    const { active, provider, matchedMessages } = (await subscriptionOf(patient.id))!;
    const [message] = await rows<{ id: string }>("SELECT id FROM ehr_messages WHERE source_id = ?", clinic.sourceId);
    const { id } = message!;
    expect({ active, provider, matchedMessages }).toMatchObject({
      active: true,
      provider: "redox",
      matchedMessages: [{ id, dataModel: "Order", eventType: "New" }],
    });
    expect(redox.of("Notes")[0]!.Note.DocumentID).toBe(id);
    expect(await jobsOf(patient.id)).toMatchObject([{ id, state: "sent", cause: "order", snapshot: null }]);
    expect(await messageStates(clinic)).toEqual([{ state: "done", reason: null }]);
  });

  test("sends the answer alone where there is no data", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic, {}, null);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await redox.run();
    expect(redox.messages.map(({ Meta }) => Meta.DataModel)).toEqual(["Results"]);
    expect(await jobsOf(patient.id)).toMatchObject([{ state: "skipped", reason: "no_data" }]);
  });

  test.each<[string, (mrn: string) => Record<string, unknown>, unknown]>([
    ["another MRN", () => ({ mrn: "other" }), NOBODY],
    ["another birth date", (mrn) => ({ mrn, birthDate: "1990-02-04" }), NOBODY],
    ["the MRN in other case and accents", (mrn) => ({ mrn: mrn.toLowerCase().replace("m", "M") }), MATCHED],
  ])("with %s is answered accordingly", async (_, changes, expected) => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, { ...patient, ...changes(patient.mrn) } as never, CODES.enableSummaryReports));
    await redox.run();
    expect(redox.results()).toEqual([expected]);
  });

  test("that several patients match changes none", async () => {
    const clinic = await connectedClinic();
    const one = await patientWithData(clinic);
    const other = await patientWithData(clinic, { mrn: one.mrn });
    await redox.post(orderFor(clinic, one as never, CODES.enableSummaryReports));
    await redox.run();
    expect(redox.results()).toEqual([SEVERAL]);
    expect([await subscriptionOf(one.id), await subscriptionOf(other.id)]).toEqual([undefined, undefined]);
  });

  test("replaces the patient's tags by those it names, and makes the missing ones", async () => {
    const clinic = await connectedClinic({ tags: { codes: ["TAGS"], separator: ";" } });
    const [kept, dropped] = [await givenTag(clinic, "Type 1"), await givenTag(clinic, "Old")];
    const patient = await patientWithData(clinic, { tags: [dropped.id] });
    await redox.post(
      orderFor(clinic, patient as never, CODES.enableSummaryReports, {
        Order: {
          ID: "o",
          Procedure: { Code: CODES.enableSummaryReports },
          ClinicalInfo: [
            { Code: "TAGS", Value: "type1; Pump ;!bad!;;Pump" },
            { Code: "OTHER", Value: "No" },
          ],
        },
      }),
    );
    await redox.run();
    const { body } = await clinic.admin.get(`${clinic.path}/patients/${patient.id}`);
    const { body: whole } = await clinic.admin.get(clinic.path);
    const names = new Map<string, string>(
      whole.patientTags.map((tag: { id: string; name: string }) => [tag.id, tag.name]),
    );
    expect(body.tags.map((id: string) => names.get(id)).toSorted()).toEqual(["Pump", "Type 1"]);
    expect(body.tags).toContain(kept.id);
    expect(redox.results()).toEqual([MATCHED]);
  });

  test("gives a custodial patient without an address the order's, unless another account has it", async () => {
    const clinic = await connectedClinic();
    const [one, two] = [await patientWithData(clinic), await patientWithData(clinic)];
    const Demographics = { EmailAddresses: [`Ana <ana-${one.id.slice(0, 8)}@mail.test>`] };
    for (const patient of [one, two]) {
      await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, { Demographics }));
      await redox.run();
    }
    const email = async (id: string) => (await clinic.admin.get(`${clinic.path}/patients/${id}`)).body.email;
    expect([await email(one.id), await email(two.id)]).toEqual([`ana-${one.id.slice(0, 8)}@mail.test`, undefined]);
    expect(redox.results()).toEqual([MATCHED, MATCHED]);
  });
});

describe("an order to disable reports", () => {
  test("ends the subscription and is answered; nothing else is sent", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await redox.run();
    redox.messages.length = 0;
    await redox.post(orderFor(clinic, patient as never, CODES.disableSummaryReports, { at: "2026-03-05T10:00:00Z" }));
    await redox.run();
    expect(redox.results()).toEqual([MATCHED]);
    expect(redox.messages).toHaveLength(1);
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: false, matchedMessages: [{}, {}] });
  });

  test("that is older than the one that enabled them changes nothing, whenever it comes", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports, { at: "2026-03-05T10:00:00Z" }));
    await redox.run();
    await redox.post(orderFor(clinic, patient as never, CODES.disableSummaryReports, { at: "2026-03-04T10:00:00Z" }));
    await redox.run();
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: true, matchedMessages: [{}] });
  });

  test.each([false, true])("is applied in the order of events when both wait (reversed: %s)", async (isReversed) => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    const on = orderFor(clinic, patient as never, CODES.enableSummaryReports, { at: "2026-03-04T10:00:00Z" });
    const off = orderFor(clinic, patient as never, CODES.disableSummaryReports, { at: "2026-03-05T10:00:00Z" });
    for (const order of isReversed ? [off, on] : [on, off]) await redox.post(order);
    await redox.run((round) => round.toReversed());
    await redox.runLater();
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: false, matchedMessages: [{}, {}] });
    expect(redox.results()).toEqual([MATCHED, MATCHED]);
  });
});

describe("an order to create an account", () => {
  test("makes a custodial patient, with the address of an adult and tags", async () => {
    const clinic = await connectedClinic({ tags: { codes: ["TAGS"] } });
    const person = somebody();
    await redox.post(
      orderFor(clinic, person, CODES.createAccount, {
        Demographics: { EmailAddresses: [`${person.mrn}@mail.test`] },
        Order: { ID: "o", Procedure: { Code: CODES.createAccount }, ClinicalInfo: [{ Code: "TAGS", Value: "New" }] },
      }),
    );
    await redox.run();
    expect(redox.results()).toEqual([CREATED]);
    const made = await patientsOf(clinic);
    expect(made).toMatchObject([
      {
        ...person,
        email: `${person.mrn.toLowerCase()}@mail.test`,
        permissions: { custodian: {}, view: {}, upload: {}, note: {} },
      },
    ]);
    expect(made[0]!.tags).toHaveLength(1);
    expect(await subscriptionOf(made[0]!.id)).toBeUndefined();
  });

  test("takes the guarantor's address for a child", async () => {
    const clinic = await connectedClinic();
    const child = { ...somebody(), birthDate: "2020-05-05" };
    await redox.post(
      orderFor(clinic, child, CODES.createAccount, {
        Demographics: { EmailAddresses: ["child@mail.test"] },
        Visit: { Guarantor: { EmailAddresses: [`parent-${child.mrn}@mail.test`] } },
      }),
    );
    await redox.run();
    const [made] = await patientsOf(clinic);
    expect(made!.email).toBe(`parent-${child.mrn.toLowerCase()}@mail.test`);
  });

  test("is refused with the reason where the clinic can't have the patient", async () => {
    const clinic = await connectedClinic();
    const existing = await givenPatient(clinic, somebody());
    const at = (code: string, person: object, parts = {}) => redox.post(orderFor(clinic, person as never, code, parts));
    await at(CODES.createAccount, existing);
    await at(CODES.createAccount, { ...somebody(), fullName: existing.fullName, birthDate: existing.birthDate });
    await at(CODES.createAccount, { ...somebody(), fullName: "Nora" });
    await at(CODES.createAccount, somebody(), { Demographics: { EmailAddresses: ["nobody"] } });
    await at(CODES.createAccount, somebody(), { Demographics: { EmailAddresses: [`${clinic.admin.id}@people.test`] } });
    await redox.run();
    const inOrder = (list: string[][]) => list.map((it) => it.join()).toSorted();
    expect(inOrder(redox.results())).toEqual(
      inOrder([
        notCreated("patient already exists"),
        notCreated("patient already exists"),
        notCreated("last name is missing"),
        notCreated("email address is invalid"),
        notCreated("the email address is already in use"),
      ]),
    );
    expect(await patientsOf(clinic)).toHaveLength(1);
  });

  test("beyond the plan of the clinic is refused with the reason", async () => {
    const clinic = await connectedClinic();
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 0 } });
    await redox.post(orderFor(clinic, somebody(), CODES.createAccount));
    await redox.run();
    expect(redox.results()).toEqual([notCreated("patient count exceeds limit")]);
  });

  test("of which there are two makes one account, however they are processed", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    for (let i = 0; i < 2; i++) await redox.post(orderFor(clinic, person, CODES.createAccount));
    await redox.run((round) => round.toReversed());
    await redox.runLater();
    expect(redox.results()).toEqual([CREATED, notCreated("patient already exists")]);
    expect(await patientsOf(clinic)).toHaveLength(1);
  });
});

describe("an order to create an account and enable reports", () => {
  test("makes the patient with an active subscription, and is answered once", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    await redox.post(orderFor(clinic, person, CODES.createAccountAndEnableReports));
    await redox.run();
    expect(redox.results()).toEqual([CREATED]);
    const [made] = await patientsOf(clinic);
    expect(await subscriptionOf(made!.id)).toMatchObject({ active: true });
  });

  test("enables those of a patient who is there", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.createAccountAndEnableReports));
    await redox.run();
    expect(redox.results()).toEqual([MATCHED]);
    expect(redox.of("Notes")).toHaveLength(1);
  });
});

describe("an order that can't be applied", () => {
  test("ends with its reason where no clinic, or more than one, has its source, and can be requeued", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    const nobody = { sourceId: `nobody's ${clinic.sourceId}` };
    await redox.post(orderFor(nobody, patient as never, CODES.enableSummaryReports));
    const other = await connectedClinic({ sourceId: clinic.sourceId });
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await redox.run();
    expect(redox.messages).toEqual([]);
    expect(await messageStates(nobody)).toEqual([{ state: "failed", reason: "couldn_t_find_a_matching_clinic" }]);
    expect(await messageStates(clinic)).toEqual([{ state: "failed", reason: "multiple_matching_clinics_found" }]);
    const audited = await rows(
      "SELECT 1 FROM audit_log JOIN ehr_messages m ON m.id = request_id WHERE audit_log.outcome = 'refused' AND m.source_id IN (?, ?)",
      clinic.sourceId,
      nobody.sourceId,
    );
    expect(audited).toHaveLength(2);
    await other.service.delete(other.path);
    const [failed] = await rows<{ id: string }>(
      "SELECT o.id FROM outbox o JOIN ehr_messages m ON o.unique_key = 'ehr-order:' || m.id WHERE m.source_id = ?",
      clinic.sourceId,
    );
    const internal = exports.InternalApi({ props: { caller: "operator", scopes: ["*"] } });
    expect((await internal.listFailedEntries({ limit: 1000 })).map(({ id }) => id)).toContain(failed!.id);
    await rows("UPDATE outbox SET state = 'queued', attempts = 0, reason = NULL WHERE id = ? RETURNING id", failed!.id);
    await redox.runLater();
    expect(redox.results()).toEqual([MATCHED]);
  });

  test("for want of a birth date or a name ends with that reason", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, { ...patient, birthDate: "" } as never, CODES.enableSummaryReports));
    await redox.run();
    expect(await messageStates(clinic)).toEqual([{ state: "failed", reason: "date_of_birth_is_missing" }]);
  });

  test("of an unknown procedure is ignored", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, "on"));
    await redox.run();
    expect([await messageStates(clinic), redox.messages]).toEqual([
      [{ state: "done", reason: "no_such_procedure" }],
      [],
    ]);
  });

  test("to a clinic without destinations is applied, and fails with that reason", async () => {
    const clinic = await connectedClinic({ destinationIds: undefined });
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await redox.run();
    expect(await messageStates(clinic)).toEqual([{ state: "failed", reason: "no_destination" }]);
    expect(await subscriptionOf(patient.id)).toMatchObject({ active: true });
    expect(await jobsOf(patient.id)).toMatchObject([{ state: "failed", reason: "no_destination" }]);
    await connect(clinic, { sourceId: clinic.sourceId });
    await rows(
      "UPDATE outbox SET state = 'queued', attempts = 0 WHERE state = 'failed' AND reason = 'no_destination' RETURNING 1",
    );
    await redox.runLater();
    expect(new Set(redox.messages.map(({ Meta }) => Meta.DataModel))).toEqual(
      new Set(["Flowsheet", "Notes", "Results"]),
    );
  });

  test("that is a test is applied, and answered where the deployment says so alone", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    const order = () => orderFor(clinic, patient as never, CODES.enableSummaryReports, { Meta: { Test: true } });
    await redox.post(order());
    await redox.run();
    expect(redox.messages).toEqual([]);
    expect(await messageStates(clinic)).toEqual([{ state: "done", reason: "test_order" }]);
    redox.restore();
    redox = await fakeRedox({ REDOX_TEST_MODE: "true" });
    await redox.post(order());
    await redox.run();
    expect(redox.messages.map(({ Meta }) => [Meta.DataModel, Meta.Test])).toEqual([
      ["Results", true],
      ["Flowsheet", true],
      ["Notes", true],
    ]);
  });
});
