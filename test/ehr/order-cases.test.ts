import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type GivenClinic, givenSite, givenTag, newUserId, rows } from "../harness.ts";
import { carryOut, lockPair } from "../merge-rows.ts";
import {
  BOTH,
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
  subscribed,
  subscriptionOf,
  UPLOADED,
  uploadQuietly,
} from "./fake-redox.ts";
import type { Json } from "./orders.ts";

/** Orders at their edges; the usual ones are in orders.test.ts. */

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => {
  vi.useRealTimers();
  redox.restore();
});

const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const recordOf = async (clinic: GivenClinic, { id }: Json): Promise<Json> =>
  (await clinic.admin.get(`${clinic.path}/patients/${id}`)).body;
const madeOf = (clinic: GivenClinic, { mrn }: { mrn: string }) =>
  rows<{ id: string }>("SELECT user_id AS id FROM patients WHERE clinic_id = ? AND mrn = ?", clinic.clinicId, mrn);
const withInfo = (Code: string, Value: string, procedure = CODES.enableSummaryReports) => ({
  ID: "o",
  Procedure: { Code: procedure },
  ClinicalInfo: [{ Code, Value }],
});
const newAddress = () => `${newUserId()}@mail.test`;
const mailsTo = (userId: string) =>
  rows(
    "SELECT kind, round((next_attempt_at - created_at) / 3600000.0) AS hours FROM outbox WHERE recipient_user_id = ? AND kind NOT LIKE 'ehr%' ORDER BY kind",
    userId,
  );
const CLAIM_MAILS = [
  { kind: "account_claim", hours: 0 },
  { kind: "account_claim_reminder", hours: 168 },
];

const ACCENTED = `a${"\u0316\u0301".repeat(64_000)}`;

describe("an order to enable reports", () => {
  test("of somebody who has them is appended, and shows as a change of the record", async () => {
    const { clinic, patient } = await subscribed(redox);
    const [first, before] = [(await subscriptionOf(patient.id))!, await recordOf(clinic, patient)];
    later(2000);
    await redox.order(clinic, patient, CODES.enableSummaryReports, { at: "2026-03-03T10:00:00Z" });
    const second = (await subscriptionOf(patient.id))!;
    expect(second).toMatchObject({ createdAt: first.createdAt, matchedMessages: [first.matchedMessages[0], {}] });
    expect(second.updatedAt).toBeGreaterThan(first.updatedAt);
    expect((await recordOf(clinic, patient)).updatedTime > before.updatedTime).toBe(true);
  });

  test("sends data from before it, once", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.order(clinic, patient, CODES.enableSummaryReports, { at: "2026-03-20T10:00:00Z" });
    expect(redox.kinds()).toEqual(["Results New", ...BOTH]);
    await redox.syncPatient(clinic, patient);
    await redox.run();
    expect(redox.kinds()).toEqual(["Results New", ...BOTH]);
  });

  test("that is delivered again after it was applied does nothing; another one sends everything again", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    const order = orderFor(clinic, patient as never, CODES.enableSummaryReports);
    for (let i = 0; i < 2; i++) {
      expect((await redox.post(order)).status).toBe(200);
      await redox.run();
    }
    const once = ["Results New", ...BOTH];
    expect(redox.kinds()).toEqual(once);
    await redox.order(clinic, patient, CODES.enableSummaryReports, { at: "2026-03-02T10:00:00Z" });
    expect(redox.kinds()).toEqual([...once, ...once]);
    expect(new Set(redox.of("Notes").map(({ Note }) => Note.DocumentID)).size).toBe(2);
  });

  test("matches nobody by an MRN of a hundred thousand accents", async () => {
    const clinic = await connectedClinic();
    await redox.order(clinic, { ...somebody(), mrn: ACCENTED }, CODES.enableSummaryReports);
    expect(redox.results()).toEqual([NOBODY]);
  });

  test("leaves a patient the address they have", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic, { email: newAddress() }, null);
    const Demographics = { EmailAddresses: [newAddress()] };
    await redox.order(clinic, patient, CODES.enableSummaryReports, { Demographics });
    expect([redox.results(), (await recordOf(clinic, patient)).email]).toEqual([[MATCHED], patient.email]);
  });

  test("that gives a patient an address has them claim their account", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic, {}, null);
    const Demographics = { EmailAddresses: [newAddress()] };
    await redox.order(clinic, patient, CODES.enableSummaryReports, { Demographics });
    expect(await mailsTo(patient.id)).toEqual(CLAIM_MAILS);
  });
});

describe("the tags of a patient", () => {
  async function tagged() {
    const clinic = await connectedClinic({ tags: { codes: ["TAGS"] } });
    const [tag, site] = [await givenTag(clinic), await givenSite(clinic)];
    const fields = { tags: [tag.id], sites: [site], targetDevices: ["pump"], diagnosisType: "type1" };
    const patient = await patientWithData(clinic, fields, null);
    const { tags, updatedTime: _, ...others } = await recordOf(clinic, patient);
    return { clinic, patient, tags, others };
  }

  test("are kept by an order without clinical information", async () => {
    const { clinic, patient, tags, others } = await tagged();
    await redox.order(clinic, patient, CODES.enableSummaryReports);
    expect(await recordOf(clinic, patient)).toMatchObject({ ...others, tags });
  });

  test("are taken away by an order whose clinical information names none, and nothing else is", async () => {
    const { clinic, patient, others } = await tagged();
    await redox.order(clinic, patient, CODES.enableSummaryReports, { Order: withInfo("OTHER", "x") });
    const { tags = [], updatedTime: _, ...left } = await recordOf(clinic, patient);
    expect([tags, left]).toEqual([[], others]);
  });

  test("are those of fifty that the clinic has; another one is left out", async () => {
    const clinic = await connectedClinic({ tags: { codes: ["TAGS"], separator: "," } });
    const tags = [];
    for (let i = 0; i < 50; i++) tags.push(await givenTag(clinic, `Tag ${i}`));
    const patient = await patientWithData(clinic, {}, null);
    const Order = withInfo("TAGS", "Fifty first, TAG7");
    await redox.order(clinic, patient, CODES.enableSummaryReports, { Order });
    expect([redox.results(), (await recordOf(clinic, patient)).tags]).toEqual([[MATCHED], [tags[7]!.id]]);
  });

  test("and the address are left alone by an order to disable reports", async () => {
    const { clinic, patient, tags } = await tagged();
    await redox.order(clinic, patient, CODES.disableSummaryReports, {
      Demographics: { EmailAddresses: [newAddress()] },
      Order: withInfo("TAGS", "New", CODES.disableSummaryReports),
    });
    const record = await recordOf(clinic, patient);
    expect([redox.results(), record.tags, record.email]).toEqual([[MATCHED], tags, undefined]);
  });
});

describe("an order to disable reports", () => {
  test("that nobody matches, or several do, is answered with that alone", async () => {
    const clinic = await connectedClinic();
    const one = await patientWithData(clinic);
    await patientWithData(clinic, { mrn: one.mrn });
    await redox.order(clinic, somebody(), CODES.disableSummaryReports);
    await redox.order(clinic, one, CODES.disableSummaryReports);
    expect([redox.results(), redox.kinds()]).toEqual([
      [NOBODY, SEVERAL],
      ["Results New", "Results New"],
    ]);
  });
});

describe("an order to create an account and enable reports", () => {
  const CODE = CODES.createAccountAndEnableReports;

  test("sends its answer alone: there is no data yet", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    await redox.order(clinic, person, CODE);
    const [made] = await madeOf(clinic, person);
    expect([redox.results(), redox.kinds(), await jobsOf(made!.id)]).toEqual([[CREATED], ["Results New"], []]);
  });

  test("is refused where somebody of another birth date has the MRN", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.order(clinic, { ...patient, birthDate: "1991-01-01" }, CODE);
    expect(redox.results()).toEqual([notCreated("patient already exists")]);
    expect(await subscriptionOf(patient.id)).toBeUndefined();
  });

  test("that several patients match changes none", async () => {
    const clinic = await connectedClinic();
    const one = await patientWithData(clinic);
    await patientWithData(clinic, { mrn: one.mrn });
    await redox.order(clinic, one, CODE);
    expect([redox.results(), redox.kinds()]).toEqual([[SEVERAL], ["Results New"]]);
    expect(await subscriptionOf(one.id)).toBeUndefined();
  });

  test("mails somebody with an address to claim the account and a reminder after a week; a sync mails nobody", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    await redox.order(clinic, person, CODE, { Demographics: { EmailAddresses: [newAddress()] } });
    const [made] = await madeOf(clinic, person);
    expect(await mailsTo(made!.id)).toEqual(CLAIM_MAILS);
    await uploadQuietly(clinic, made!, UPLOADED);
    await redox.syncClinic(clinic);
    await redox.run();
    expect(redox.kinds()).toEqual(["Results New", ...BOTH]);
    expect(await mailsTo(made!.id)).toEqual(CLAIM_MAILS);
  });
});

describe("an order to create an account", () => {
  test("makes it for a test order, too, which is not answered", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    await redox.order(clinic, person, CODES.createAccount, { Meta: { Test: true } });
    expect([redox.kinds(), await messageStates(clinic)]).toEqual([[], [{ state: "done", reason: "test_order" }]]);
    expect(await madeOf(clinic, person)).toHaveLength(1);
  });

  test("whose answer Redox took in before the connection broke is answered the same again, and makes one", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    redox.troubles.push({ breaks: "after" });
    await redox.order(clinic, person, CODES.createAccount);
    later(2000);
    await redox.runLater();
    const [first, ...others] = redox.of("Results");
    expect(others).toEqual([first]);
    expect(await madeOf(clinic, person)).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ["a name of a hundred thousand accents", { fullName: `${ACCENTED} X` }, "name is invalid"],
    ["a name that turns the direction of writing", { fullName: "Ana \u202eliG" }, "name is invalid"],
    ["an MRN with an invisible character", { mrn: "A-17\u200b" }, "mrn is invalid"],
    ["a birth date to come", { birthDate: "2087-02-03" }, "date of birth is invalid"],
  ])("with %s is refused with the reason", async (_, hostile, reason) => {
    const clinic = await connectedClinic();
    await redox.order(clinic, { ...somebody(), ...hostile }, CODES.createAccount);
    expect(redox.results()).toEqual([notCreated(reason)]);
  });
});

describe("the code of a procedure", () => {
  test.each<[string, Json]>([
    ["is empty", { Code: "" }],
    ["is missing", {}],
  ])("that %s is not that of a setting that is empty", async (_, Procedure) => {
    const clinic = await connectedClinic({ procedureCodes: { createAccountAndEnableReports: "" } });
    await redox.order(clinic, somebody(), "", { Order: { Procedure } });
    expect([redox.kinds(), (await messageStates(clinic)).map(({ reason }) => reason)]).toEqual([
      [],
      ["no_such_procedure"],
    ]);
  });

  test("that several settings have enables reports", async () => {
    const clinic = await connectedClinic({
      procedureCodes: Object.fromEntries(Object.keys(CODES).map((name) => [name, "X"])),
    });
    await redox.order(clinic, somebody(), "X");
    expect(redox.results()).toEqual([NOBODY]);
  });
});

test("an order to a clinic without destinations is on record, as is the sync it asks for", async () => {
  const clinic = await connectedClinic({ destinationIds: undefined });
  const patient = await patientWithData(clinic);
  await redox.order(clinic, patient, CODES.enableSummaryReports);
  const [job] = await jobsOf(patient.id);
  expect(
    await rows(
      "SELECT operation FROM audit_log WHERE request_id = ? AND outcome = 'refused' ORDER BY operation",
      job!.id,
    ),
  ).toEqual([{ operation: "ProcessEHRMessage" }, { operation: "ehr_sync" }]);
});

describe("an order to a clinic that is being merged waits, and", () => {
  async function orderedInMerge(isSameEhr: boolean) {
    const clinic = await connectedClinic();
    // Two connected clinics with one source would be a reason of its own not to apply it.
    const target = await connectedClinic(isSameEhr ? { sourceId: clinic.sourceId, enabled: false } : {});
    const patient = await patientWithData(clinic, {}, null);
    const mergeId = await lockPair({ sourceId: clinic.clinicId, targetId: target.clinicId });
    await redox.order(clinic, patient, CODES.enableSummaryReports);
    expect([redox.results(), (await messageStates(clinic)).map(({ state }) => state)]).toEqual([[], ["queued"]]);
    expect(await carryOut(mergeId)).toBe("done");
    return { clinic, target };
  }

  test("is applied by the other clinic where that has the same EHR", async () => {
    const { clinic, target } = await orderedInMerge(true);
    await connect(target, { sourceId: clinic.sourceId });
    await redox.runLater();
    expect([redox.results(), await messageStates(clinic)]).toEqual([[MATCHED], [{ state: "done", reason: null }]]);
  });

  test("fails where the other clinic has another EHR", async () => {
    const { clinic } = await orderedInMerge(false);
    await redox.runLater();
    expect([redox.results(), await messageStates(clinic)]).toEqual([
      [],
      [{ state: "failed", reason: "couldn_t_find_a_matching_clinic" }],
    ]);
  });
});
