import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countAccounts } from "../accounts.ts";
import { deliver } from "../mail/post-office.ts";
import { givenAccount, givenPatient, givenTag, newUserId, rows } from "../harness.ts";
import {
  connectXealth,
  fakeXealth,
  type FakeXealth,
  nameOf,
  PROGRAM,
  patientsWith,
  somebody,
  statesOf,
  xealthClinic,
} from "./fake-xealth.ts";
import { watched } from "./watched-database.ts";

let xealth: FakeXealth;
beforeEach(() => {
  xealth = fakeXealth();
});
afterEach(() => xealth.restore());

const subscriptionOf = async (userId: string, clinicId: string) =>
  JSON.parse(
    (
      await rows<{ it: string | null }>(
        "SELECT ehr_subscriptions AS it FROM patients WHERE user_id = ? AND clinic_id = ?",
        userId,
        clinicId,
      )
    )[0]?.it ?? "null",
  )?.xealthReports;

const entriesOf = async () =>
  rows<{ state: string; reason: string | null }>(
    "SELECT state, reason FROM outbox WHERE kind = 'xealth_order' ORDER BY created_at DESC, id DESC LIMIT 1",
  );

const countPreorders = async (clinicId: string) =>
  (await rows<{ n: number }>("SELECT count(*) AS n FROM xealth_preorders WHERE clinic_id = ?", clinicId))[0]!.n;

describe("an order for a new patient", () => {
  test("makes the patient from the entry, with tags and connections, and subscribes them", async () => {
    const clinic = await xealthClinic();
    const tag = await givenTag(clinic);
    const person = somebody({ email: "Nora@Example.org" });
    const email = `Nora.${newUserId()}@Example.org`;
    const orderId = await xealth.enrol(clinic, person, {
      patient: { email: ` ${email} `, connectAbbott: true, connectDexcom: true },
      tags: { ids: [tag.id, "0123456789abcdef01234567", tag.id, "no id"] },
    });
    const [patient, another]: any[] = await patientsWith(clinic, person);
    expect(another).toBeUndefined();
    expect(patient).toMatchObject({
      fullName: nameOf(person),
      birthDate: person.birthDate,
      mrn: person.mrn,
      email: email.toLowerCase(),
      tags: [tag.id],
      permissions: { custodian: {}, view: {}, upload: {}, note: {} },
      dataSources: [
        { providerName: "abbott", state: "pending" },
        { providerName: "dexcom", state: "pending" },
      ],
      connectionRequests: { abbott: [{ providerName: "abbott" }], dexcom: [{ providerName: "dexcom" }], twiist: [] },
    });
    const month =
      Date.parse(patient.dataSources[0].expirationTime) - Date.parse(patient.connectionRequests.abbott[0].createdTime);
    expect(month).toBe(30 * 86_400_000);
    const mails = await rows<{ kind: string }>(
      "SELECT kind FROM outbox WHERE recipient_user_id = ? ORDER BY kind",
      patient.id,
    );
    const asking = mails.map(({ kind }) => kind).filter((kind) => kind.startsWith("connection_request"));
    expect(asking).toEqual([
      "connection_request",
      "connection_request",
      "connection_request_reminder",
      "connection_request_reminder",
    ]);
    const [message] = await rows<{ id: string; message: string }>(
      "SELECT id, message FROM ehr_messages WHERE order_id = ?",
      orderId,
    );
    expect(await subscriptionOf(patient.id, clinic.clinicId)).toMatchObject({
      active: true,
      provider: "xealth",
      matchedMessages: [{ id: message!.id, dataModel: "order", eventType: "new" }],
    });
    expect(JSON.parse(message!.message)).toMatchObject({
      eventNotification: { orderId },
      orderData: { orderInfo: { orderId } },
    });
    expect(await countPreorders(clinic.clinicId)).toBe(0);
    expect(await statesOf(clinic)).toEqual(["done"]);
  });

  test("asks nobody to connect without an address, and leaves out what was not ticked", async () => {
    const clinic = await xealthClinic();
    const [silent, spoken] = [somebody(), somebody()];
    await xealth.enrol(clinic, silent, { patient: { connectAbbott: true, connectDexcom: true } });
    await xealth.enrol(clinic, spoken, { patient: { email: `a${newUserId()}@b.test`, connectDexcom: true } });
    expect((await patientsWith(clinic, silent))[0]).toMatchObject({ dataSources: [] });
    expect((await patientsWith(clinic, spoken))[0]).toMatchObject({ dataSources: [{ providerName: "dexcom" }] });
  });

  test("of a child takes the guardian's address and the child's name", async () => {
    const clinic = await xealthClinic();
    const child = somebody({ birthDate: "2020-02-29" });
    const email = `guardian${newUserId()}@b.test`;
    await xealth.enrol(clinic, child, { guardian: { firstName: "Gus", lastName: "Ard", email } });
    expect((await patientsWith(clinic, child))[0]).toMatchObject({ fullName: nameOf(child), email });
  });

  test("fails without an entry, and can be applied once there is one", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    for (const preorder of [
      undefined,
      {},
      { dataTrackingId: "" },
      { dataTrackingId: "unknown" },
      { dataTrackingId: 7 },
    ]) {
      await xealth.notify("new", clinic, person, xealth.place(clinic, person, { preorder }));
      await xealth.run();
      expect(await entriesOf()).toEqual([
        { state: "failed", reason: "preorder_data_is_required_to_create_a_new_patient" },
      ]);
    }
    expect(await patientsWith(clinic, person)).toEqual([]);
    await xealth.enrol(clinic, person);
    expect(await patientsWith(clinic, person)).toHaveLength(1);
  });

  test("uses an entry of its own clinic alone", async () => {
    const [clinic, other] = [await xealthClinic(), await xealthClinic()];
    const person = somebody();
    const formData = { dataTrackingId: "shared-id", userInput: { patient: {} } };
    expect((await xealth.preorder("subsequent", other, person, { formData })).body).toEqual({});
    await xealth.notify(
      "new",
      clinic,
      person,
      xealth.place(clinic, person, { preorder: { dataTrackingId: "shared-id" } }),
    );
    await xealth.run();
    expect((await entriesOf())[0]!.state).toBe("failed");
    expect(await countPreorders(other.clinicId)).toBe(1);
  });

  test.each([
    ["name", { name: { given: ["\u0007"], family: ["x"] } }, "name_is_invalid"],
    ["birth date", { birthDate: "3026-01-01" }, "date_of_birth_is_invalid"],
    ["no birth date", { birthDate: undefined }, "date_of_birth_is_missing"],
    ["no name", { name: undefined }, "full_name_is_missing"],
  ])("fails with a %s that no record can have", async (_, fields, reason) => {
    const clinic = await xealthClinic();
    const person = somebody();
    const formData = { dataTrackingId: "t", userInput: {} };
    await xealth.preorder("subsequent", clinic, person, { formData });
    const orderId = xealth.place(clinic, person, { preorder: { dataTrackingId: "t" } });
    const order = xealth.orders.get(`${clinic.deployment}/${orderId}`)!;
    Object.assign(order.datasets.demographicsV1, fields);
    await xealth.notify("new", clinic, person, orderId);
    await xealth.run();
    expect(await entriesOf()).toEqual([{ state: "failed", reason }]);
  });

  test("fails with an address that was taken meanwhile, and is applied when it is requeued", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const email = `late${newUserId()}@b.test`;
    const formData = { dataTrackingId: "t", userInput: { patient: { email } } };
    await xealth.preorder("subsequent", clinic, person, { formData });
    await givenAccount({ email, email_verified: true });
    await xealth.notify("new", clinic, person, xealth.place(clinic, person, { preorder: { dataTrackingId: "t" } }));
    await xealth.run();
    expect(await entriesOf()).toEqual([{ state: "failed", reason: "email_address_is_already_taken" }]);
    expect(await patientsWith(clinic, person)).toEqual([]);
    expect(await countPreorders(clinic.clinicId)).toBe(1);
    const { id } = await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    const internal = exports.InternalApi({ props: { caller: "operator", scopes: ["*"] } });
    const failed = (await internal.listFailedEntries({ limit: 1000 })).find(
      (it) => it.kind === "xealth_order" && it.reason === "email_address_is_already_taken",
    );
    expect(failed?.messageId).toMatch(/^[0-9a-f]{24}$/);
    await rows("UPDATE outbox SET state = 'queued', attempts = 0, reason = NULL WHERE id = ? RETURNING id", failed!.id);
    await xealth.runLater();
    expect((await subscriptionOf(id, clinic.clinicId)).active).toBe(true);
  });

  test("of two clinicians at once makes one account", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    for (const dataTrackingId of ["one", "two"]) {
      const formData = { dataTrackingId, userInput: {} };
      expect((await xealth.preorder("subsequent", clinic, person, { formData })).body).toEqual({});
      await xealth.notify("new", clinic, person, xealth.place(clinic, person, { preorder: { dataTrackingId } }));
    }
    const accounts = await countAccounts();
    // The rule that orders of one patient wait for each other is taken away: what remains is the guard of the batch.
    await rows("DELETE FROM ehr_waiting_orders WHERE source_id = ? RETURNING 1", clinic.deployment);
    const queued = xealth.queued.splice(0);
    await Promise.all(
      queued.map(async (entry) => {
        await deliver([entry.body], xealth.bindings, entry.queue);
      }),
    );
    await xealth.run();
    expect(await patientsWith(clinic, person)).toHaveLength(1);
    expect(await statesOf(clinic)).toEqual(["done", "done"]);
    expect(await countAccounts()).toBe(accounts + 1);
  });
});

describe("an order for a patient of the clinic", () => {
  test("needs no entry; a cancellation ends the subscription, a new order begins it again", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const { id } = await givenPatient(clinic, { fullName: "Other Name", birthDate: person.birthDate, mrn: person.mrn });
    const states: unknown[] = [];
    for (const event of ["new", "cancel", "new"]) {
      await xealth.notify(event, clinic, person, xealth.place(clinic, person));
      await xealth.run();
      states.push((await subscriptionOf(id, clinic.clinicId)).active);
    }
    expect(states).toEqual([true, false, true]);
    expect(await patientsWith(clinic, person)).toHaveLength(1);
  });

  test("fails where several have the MRN and birth date", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    for (const fullName of ["One", "Two"])
      await givenPatient(clinic, { fullName, birthDate: person.birthDate, mrn: person.mrn });
    await xealth.notify("new", clinic, person, xealth.place(clinic, person));
    await xealth.run();
    expect(await entriesOf()).toEqual([{ state: "failed", reason: "multiple_matching_patients_found" }]);
    const audited = await rows(
      "SELECT 1 FROM audit_log WHERE operation = 'XealthNotification' AND outcome = 'refused'",
    );
    expect(audited.length).toBeGreaterThan(0);
  });

  test("is told apart by the birth date", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const { id } = await givenPatient(clinic, { fullName: "Twin", birthDate: "1999-09-09", mrn: person.mrn });
    await xealth.notify("cancel", clinic, person, xealth.place(clinic, person));
    await xealth.run();
    expect(await subscriptionOf(id, clinic.clinicId)).toBeUndefined();
  });
});

test("an order is kept as long as its subscription is active", async () => {
  const clinic = await xealthClinic();
  const person = somebody();
  await xealth.enrol(clinic, person);
  const after = (days: number) => xealth.cron(Date.now() + days * 86_400_000);
  await after(100);
  expect((await xealth.programs(clinic, person)).body.present).toBe(true);
  await xealth.notify("cancel", clinic, person, xealth.place(clinic, person));
  await xealth.run();
  await after(200);
  expect(await statesOf(clinic)).toEqual([]);
});

describe("events of an order", () => {
  test("a cancellation of an unknown patient makes nobody", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    expect((await xealth.notify("cancel", clinic, person, xealth.place(clinic, person))).status).toBe(200);
    await xealth.run();
    expect(await statesOf(clinic)).toEqual(["done no_patient"]);
    expect(await patientsWith(clinic, person)).toEqual([]);
  });

  test("are applied once, however often they are delivered", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const orderId = await xealth.enrol(clinic, person);
    const [patient]: any[] = await patientsWith(clinic, person);
    const event = { eventId: "same", eventTimeStamp: "2026-05-01T00:00:00Z" };
    for (let i = 0; i < 3; i++) {
      expect((await xealth.notify("new", clinic, person, orderId, event)).status).toBe(200);
      await xealth.run();
    }
    const before = await subscriptionOf(patient.id, clinic.clinicId);
    const asked = xealth.asked.length;
    expect((await xealth.notify("new", clinic, person, orderId, event)).status).toBe(200);
    await xealth.run();
    expect(await statesOf(clinic)).toEqual(["done", "done"]);
    expect(await subscriptionOf(patient.id, clinic.clinicId)).toEqual(before);
    expect(before.matchedMessages).toHaveLength(2);
    expect(xealth.asked.length).toBe(asked);
  });

  test("without an id are told apart by order, kind and time", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    const orderId = xealth.place(clinic, person);
    const at = (minute: number) => ({ eventId: undefined, eventTimeStamp: `2026-05-01T00:0${minute}:00Z` });
    await xealth.notify("new", clinic, person, orderId, at(1));
    await xealth.notify("new", clinic, person, orderId, at(1));
    await xealth.notify("cancel", clinic, person, orderId, at(1));
    await xealth.notify("new", clinic, person, orderId, at(2));
    expect(await statesOf(clinic)).toHaveLength(3);
  });

  test.each([
    ["before the order was made", true],
    ["after another of the patient", false],
  ])("a cancellation that overtakes its order wins, %s", async (_, isNew) => {
    const clinic = await xealthClinic();
    const person = somebody();
    if (!isNew) await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    await xealth.preorder("subsequent", clinic, person, { formData: { dataTrackingId: "t", userInput: {} } });
    const orderId = xealth.place(clinic, person, { preorder: { dataTrackingId: "t" } });
    await xealth.notify("cancel", clinic, person, orderId, { eventTimeStamp: "2026-05-01T10:00:00Z" });
    await xealth.run();
    const asked = xealth.asked.length;
    await xealth.notify("new", clinic, person, orderId, { eventTimeStamp: "2026-05-01T09:00:00Z" });
    await xealth.run();
    expect((await statesOf(clinic)).at(-1)).toBe("done overtaken");
    expect(xealth.asked).toHaveLength(asked);
    const [patient]: any[] = await patientsWith(clinic, person);
    if (isNew) expect(patient).toBeUndefined();
    else expect((await subscriptionOf(patient.id, clinic.clinicId)).active).toBe(false);
  });

  test("that wait together are applied in the order of their times, whatever the queue does", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const { id } = await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    const orderId = xealth.place(clinic, person);
    await xealth.notify("cancel", clinic, person, orderId, { eventTimeStamp: "2026-05-01T10:00:00Z" });
    await xealth.notify("new", clinic, person, orderId, { eventTimeStamp: "2026-05-01T09:00:00Z" });
    await xealth.notify("new", clinic, person, xealth.place(clinic, person), {
      eventTimeStamp: "2026-05-01T08:00:00Z",
    });
    await xealth.run();
    await xealth.runLater();
    expect(await statesOf(clinic)).toEqual(["done", "done", "done"]);
    const { active, matchedMessages } = await subscriptionOf(id, clinic.clinicId);
    expect([active, matchedMessages.map(({ eventType }: { eventType: string }) => eventType)]).toEqual([
      false,
      ["new", "new", "cancel"],
    ]);
  });
});

describe("what happens in between", () => {
  const at = (hour: number) => ({ eventTimeStamp: `2026-05-01T0${hour}:00:00Z` });
  const activeOf = async (
    clinic: Awaited<ReturnType<typeof xealthClinic>>,
    person: Parameters<typeof patientsWith>[1],
  ) => {
    const [patient]: any[] = await patientsWith(clinic, person);
    return patient && (await subscriptionOf(patient.id, clinic.clinicId))?.active;
  };

  test("an order that comes while its cancellation finds nobody does not outlive it", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await xealth.preorder("subsequent", clinic, person, { formData: { dataTrackingId: "t", userInput: {} } });
    const orderId = xealth.place(clinic, person, { preorder: { dataTrackingId: "t" } });
    await xealth.notify("cancel", clinic, person, orderId, at(9));
    const cancellation = xealth.queued.splice(0);
    let isArmed = true;
    const DB = watched(async (_, texts) => {
      if (!isArmed || !texts.some((text) => text.includes("no_patient") || /UPDATE "?ehr_messages/.test(text))) return;
      isArmed = false;
      await xealth.notify("new", clinic, person, orderId, at(8));
      await xealth.run();
    });
    for (const { body, queue } of cancellation) await deliver([body], { ...xealth.bindings, DB }, queue);
    await xealth.run();
    await xealth.runLater();
    expect(isArmed).toBe(false);
    expect([undefined, false]).toContain(await activeOf(clinic, person));
  });

  test("a cancellation finds whom the order was placed for, also with another birth date", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const orderId = await xealth.enrol(clinic, person);
    const [{ id }]: any[] = await patientsWith(clinic, person);
    await rows("UPDATE patients SET birth_date = '1999-01-01' WHERE user_id = ? RETURNING 1", id);
    await xealth.notify("cancel", clinic, person, orderId);
    await xealth.run();
    expect(await activeOf(clinic, person)).toBe(false);
  });

  test("of a cancellation and an order of the same time the cancellation counts, whichever comes first", async () => {
    for (const events of [
      ["cancel", "new"],
      ["new", "cancel"],
    ]) {
      const clinic = await xealthClinic();
      const person = somebody();
      await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
      const orderId = xealth.place(clinic, person);
      for (const event of events) {
        await xealth.notify(event, clinic, person, orderId, at(9));
        await xealth.run();
      }
      expect([undefined, false]).toContain(await activeOf(clinic, person));
    }
  });

  test("clocks that are ahead keep their order", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    const orderId = xealth.place(clinic, person);
    const ahead = (seconds: number) => ({ eventTimeStamp: new Date(Date.now() + seconds * 1000).toISOString() });
    await xealth.notify("cancel", clinic, person, orderId, ahead(40));
    await xealth.run();
    await xealth.notify("new", clinic, person, orderId, ahead(20));
    await xealth.run();
    expect([undefined, false]).toContain(await activeOf(clinic, person));
  });

  test("an entry is used for one patient, as it was entered last", async () => {
    const clinic = await xealthClinic();
    const [one, other] = [somebody(), somebody()];
    await xealth.preorder("subsequent", clinic, one, {
      formData: { dataTrackingId: "t", userInput: { patient: { email: `old${newUserId()}@b.test` } } },
    });
    const email = `new${newUserId()}@b.test`;
    let isArmed = true;
    const DB = watched(async (_, texts) => {
      if (!isArmed || !texts.some((text) => /INSERT INTO "?patients/.test(text))) return;
      isArmed = false;
      await xealth.preorder("subsequent", clinic, one, {
        formData: { dataTrackingId: "t", userInput: { patient: { email } } },
      });
    });
    await xealth.notify("new", clinic, one, xealth.place(clinic, one, { preorder: { dataTrackingId: "t" } }));
    for (const { body, queue } of xealth.queued.splice(0)) await deliver([body], { ...xealth.bindings, DB }, queue);
    expect((await patientsWith(clinic, one))[0]).toMatchObject({ email });
    await xealth.notify("new", clinic, other, xealth.place(clinic, other, { preorder: { dataTrackingId: "t" } }));
    await xealth.run();
    expect(await patientsWith(clinic, other)).toEqual([]);
  });

  test("an order that does not exist is given up after some minutes, and holds up no other for longer", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    await xealth.notify("new", clinic, person, "nowhere", at(1));
    await xealth.notify("new", clinic, person, xealth.place(clinic, person), at(2));
    await xealth.run();
    for (let i = 0; i < 5; i++) await xealth.runLater();
    expect(await statesOf(clinic)).toEqual(["failed xealth_404", "done"]);
  });

  test("a number of which nothing can be seen makes nobody wait for somebody else, and is nobody's", async () => {
    const clinic = await xealthClinic();
    const [one, other] = [somebody(), somebody()];
    for (const { mrn, birthDate } of [one, other]) await givenPatient(clinic, { fullName: "A", birthDate, mrn });
    const blank = { id: " ", type: "MRN", origin: "epic" };
    const said = ({ mrn }: typeof one) => ({ patientIdentity: { ids: [blank, { id: mrn, type: "mrn" }] } });
    xealth.troubles.push({ status: 500 });
    await xealth.notify("new", clinic, one, xealth.place(clinic, one, said(one)), { ...at(1), ...said(one) });
    await xealth.run();
    await xealth.notify("new", clinic, other, xealth.place(clinic, other, said(other)), { ...at(2), ...said(other) });
    await xealth.run();
    expect(await statesOf(clinic)).toEqual(["queued", "done"]);
    await xealth.runLater();
    expect([await statesOf(clinic), await activeOf(clinic, one), await activeOf(clinic, other)]).toEqual([
      ["done", "done"],
      true,
      true,
    ]);
  });

  test("a merge takes along what was entered", async () => {
    const target = await xealthClinic({ enabled: false });
    const source = await xealthClinic({ sourceId: target.deployment });
    const person = somebody();
    const there = { ...source, deployment: target.deployment };
    await xealth.preorder("subsequent", there, person, { formData: { dataTrackingId: "t", userInput: {} } });
    const merged = await source.service.post(`${target.path}/merge`, { sourceId: source.clinicId });
    expect(merged.status).toBe(200);
    await connectXealth(target, { sourceId: target.deployment });
    await xealth.notify("new", target, person, xealth.place(target, person, { preorder: { dataTrackingId: "t" } }));
    await xealth.run();
    expect(await patientsWith(target, person)).toHaveLength(1);
  });
});

describe("Xealth out of order", () => {
  test.each([
    [{ status: 500 }, "xealth_500"],
    [{ status: 404 }, "xealth_404"],
    [{ breaks: true }, "xealth_unreachable"],
    [{ hangs: true }, "xealth_timeout"],
    [{ body: "no json" }, "xealth_unreadable"],
    [{ body: `"${"x".repeat(1_100_000)}"` }, "xealth_unreadable"],
    [{ on: "token" as const, status: 401 }, "xealth_token_401"],
    [{ on: "token" as const, body: "{}" }, "xealth_token_unreadable"],
  ])("is asked again later: %j", async (trouble, reason) => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    const orderId = xealth.place(clinic, person);
    xealth.troubles.push(trouble);
    await xealth.notify("new", clinic, person, orderId);
    await xealth.run();
    expect(await entriesOf()).toEqual([{ state: "queued", reason }]);
    await xealth.runLater();
    expect(await statesOf(clinic)).toEqual(["done"]);
  });

  test("a token is used for many orders, and replaced when it is refused", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
    for (let i = 0; i < 3; i++) {
      await xealth.notify("new", clinic, person, xealth.place(clinic, person));
      await xealth.run();
    }
    expect(xealth.issued).toHaveLength(1);
    xealth.troubles.push({ status: 401 });
    await xealth.notify("new", clinic, person, xealth.place(clinic, person));
    await xealth.run();
    expect(xealth.issued).toHaveLength(2);
    expect(new Set(await statesOf(clinic))).toEqual(new Set(["done"]));
  });

  test.each(["deployment", "orderId"])("an order with another %s than was asked for is not applied", async (part) => {
    const clinic = await xealthClinic();
    const person = somebody();
    const orderId = xealth.place(clinic, person);
    xealth.orders.get(`${clinic.deployment}/${orderId}`)!.orderInfo[part] = "elsewhere";
    await xealth.notify("new", clinic, person, orderId);
    await xealth.run();
    expect(await entriesOf()).toEqual([{ state: "failed", reason: "order_is_another_one" }]);
  });

  test("what changes between receipt and work decides: program, connection, a second clinic", async () => {
    const person = somebody();
    const [program, connection, twin] = [await xealthClinic(), await xealthClinic(), await xealthClinic()];
    for (const clinic of [program, connection, twin]) {
      await xealth.notify("new", clinic, person, xealth.place(clinic, person));
    }
    const of = ({ deployment }: typeof program, settings: object) => ({ sourceId: deployment, ...settings });
    await connectXealth(program, of(program, { procedureCodes: { createAccountAndEnableReports: "P2" } }));
    await connectXealth(connection, of(connection, { enabled: false }));
    const other = await xealthClinic({ sourceId: twin.deployment });
    await xealth.run();
    expect(await statesOf(program)).toEqual(["failed order_is_of_another_program"]);
    expect(await statesOf(connection)).toEqual(["failed couldn_t_find_matching_clinic"]);
    expect(await statesOf(twin)).toEqual(["failed found_multiple_matching_clinics"]);
    await connectXealth(other, { enabled: false, sourceId: twin.deployment });
    expect(PROGRAM).toBe("P1");
  });
});
