import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CODES,
  type ConnectedClinic,
  connectedClinic,
  endsOf,
  type FakeRedox,
  fakeRedox,
  inMinutes,
  jobsOf,
  REPLACING,
  NOBODY,
  orderFor,
  patientWithData,
  subscriptionOf,
  uploadQuietly,
} from "../ehr/fake-redox.ts";
import type { Json } from "../ehr/orders.ts";
import { countRows, newUserId, rows } from "../harness.ts";
import { merge } from "../patient-merges.ts";

/** Orders of an EHR follow the MRN; what waits ends; no document replaces one that was made of another account's data. */

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

const ACCEPT = ["not-alike", "data-stays", "orders-end"];
const who = { fullName: "Ana Gil", birthDate: "1990-02-03" };

async function mergeOf(clinic: ConnectedClinic, target: Json, source: Json, more: object = {}) {
  const done = await merge(clinic, target.id, source.id, { accept: ACCEPT, ...more });
  expect(done.status, done.text).toBe(200);
  const undo = async () => {
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${done.body.id}/undo`);
    expect([undone.status, undone.body.notRestored], undone.text).toEqual([200, []]);
  };
  return { plan: done.body, undo };
}
const synced = async (clinic: ConnectedClinic, patient: Json) => {
  await redox.syncPatient(clinic, patient);
  await redox.run();
};
const notes = () => redox.of("Notes").map(({ Meta }) => Meta.EventType);

type State = "active" | "inactive" | "none";
const STATES: readonly State[] = ["active", "inactive", "none"];
/** Whose subscription stays where both have the MRN; the source's is the later one. */
const WITH_ONE_MRN: Readonly<Record<string, "target" | "source" | "neither">> = {
  "active active": "source",
  "active inactive": "target",
  "active none": "target",
  "inactive active": "source",
  "inactive inactive": "target",
  "inactive none": "target",
  "none active": "source",
  "none inactive": "neither",
  "none none": "neither",
};
const CASES = STATES.flatMap((target) => STATES.map((source) => [target, source] as const));

async function givenStates(target: State, source: State, mrns: readonly [string | undefined, string]) {
  const clinic = await connectedClinic();
  const [b, a] = [
    await patientWithData(clinic, { ...who, mrn: mrns[0] }, null),
    await patientWithData(clinic, { ...who, fullName: "Ana  Gil", mrn: mrns[1] }, null),
  ];
  const put = async ({ id }: Json, state: State, updatedAt: number) => {
    if (state === "none") return;
    const one = {
      active: state === "active",
      provider: "redox",
      matchedMessages: [{ id: `of-${id}` }],
      createdAt: 1,
      updatedAt,
    };
    const text = JSON.stringify({ summaryAndReports: one });
    await rows("UPDATE patients SET ehr_subscriptions = ? WHERE user_id = ? RETURNING 1", text, id);
  };
  await put(b, target, 5);
  await put(a, source, 6);
  return { clinic, a, b };
}
/** The subscription of the survivor, as whose it was, and what the plan says ends. */
async function cameFrom({ clinic, a, b }: Awaited<ReturnType<typeof givenStates>>, take: string[] = []) {
  const { plan, undo } = await mergeOf(clinic, b, a, { take });
  const kept = await subscriptionOf(b.id);
  await undo();
  const from = kept?.matchedMessages[0].id;
  const whose = from === `of-${b.id}` ? "target" : from === `of-${a.id}` ? "source" : "neither";
  return [whose, plan.ehr.flatMap(({ ends }: { ends: string[] }) => ends)];
}
const endsFor = (target: State, source: State, whose: string) => [
  ...(target === "active" && whose === "source" ? ["target"] : []),
  ...(source === "active" && whose !== "source" ? ["source"] : []),
];

describe("an order", () => {
  test.each(CASES)("with one MRN, %s and %s: by what is active, and the later one", async (target, source) => {
    const mrn = `M-${newUserId()}`;
    const whose = WITH_ONE_MRN[`${target} ${source}`]!;
    const given = await givenStates(target, source, [mrn, mrn.toLowerCase()]);
    expect(await cameFrom(given)).toEqual([whose, endsFor(target, source, whose)]);
  });

  test.each(CASES)("with two MRNs, %s and %s: of the one that is kept", async (target, source) => {
    const own = target === "none" ? "neither" : "target";
    const ends = source === "active" ? ["source"] : [];
    const given = await givenStates(target, source, [`T-${newUserId()}`, `S-${newUserId()}`]);
    expect(await cameFrom(given)).toEqual([own, ends]);
    const other = source === "none" ? "neither" : "source";
    expect(await cameFrom(given, ["mrn"])).toEqual([other, target === "active" ? ["target"] : []]);
  });

  test.each(CASES)("whose MRN the survivor lacked, %s and %s: the source's", async (target, source) => {
    const given = await givenStates(target, source, [undefined, `S-${newUserId()}`]);
    const other = source === "none" ? "neither" : "source";
    expect(await cameFrom(given)).toEqual([other, target === "active" ? ["target"] : []]);
  });
});

describe("what an EHR is sent after a merge", () => {
  async function givenReported(mrn: string | undefined) {
    const clinic = await connectedClinic(REPLACING);
    const a = await patientWithData(clinic, who);
    await redox.order(clinic, a, CODES.enableSummaryReports);
    for (const minutes of [1, 2]) {
      await uploadQuietly(clinic, a, inMinutes(minutes));
      await synced(clinic, a);
    }
    expect(notes()).toEqual(["New", "New", "Replace"]);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil", mrn });
    redox.messages.length = 0;
    return { clinic, a, b };
  }

  test("is of the survivor's account, for the order that came over, and replaces nothing", async () => {
    const { clinic, a, b } = await givenReported(undefined);
    await uploadQuietly(clinic, b, inMinutes(3));
    const { undo } = await mergeOf(clinic, b, a);
    expect(await subscriptionOf(b.id)).toMatchObject({ active: true });
    await synced(clinic, b);
    expect([notes(), redox.of("Flowsheet").length]).toEqual([["New"], 1]);
    redox.messages.length = 0;
    await uploadQuietly(clinic, b, inMinutes(4));
    await synced(clinic, b);
    // By now both documents are of one account.
    expect(notes()).toEqual(["Replace"]);
    redox.messages.length = 0;
    await undo();
    expect([await subscriptionOf(b.id), (await subscriptionOf(a.id))!.active]).toEqual([undefined, true]);
    await uploadQuietly(clinic, a, inMinutes(5));
    await synced(clinic, a);
    expect(redox.of("Notes")).toHaveLength(1);
    await synced(clinic, b);
    expect(redox.of("Notes")).toHaveLength(1);
  });

  test("is nothing of the source's: what waits ends, and a sync of an old id is refused", async () => {
    const { clinic, a, b } = await givenReported(`M-${newUserId()}`);
    await uploadQuietly(clinic, a, inMinutes(3));
    await redox.syncPatient(clinic, a);
    const { plan, undo } = await mergeOf(clinic, b, a);
    expect([plan.leftBehind.jobs, plan.ehr]).toEqual([
      1,
      [{ name: "summaryAndReports", from: "target", ends: ["source"] }],
    ]);
    await redox.run();
    await redox.runLater();
    expect(redox.messages).toEqual([]);
    const ends =
      "ehr_jobs WHERE state = 'skipped' AND reason = 'merged' AND patient_key IN (SELECT key FROM deleted_patients WHERE user_id = ?)";
    expect(await countRows(ends, a.id)).toBe(1);
    expect(await jobsOf(b.id)).toEqual([]);
    await synced(clinic, a);
    expect(redox.messages).toEqual([]);
    await undo();
    // Ended jobs stay ended: the next sync sends what they would have.
    expect((await endsOf(a)).at(-1)).toEqual(["skipped", "merged"]);
    await synced(clinic, a);
    expect(redox.of("Notes")).toHaveLength(1);
  });
});

describe("numbers that wait for Redox", () => {
  const wait = { status: 429, headers: { "retry-after": "600" } };
  const waitingFor = async (clinic: ConnectedClinic, patient: Json) => {
    await uploadQuietly(clinic, patient, inMinutes(1));
    await redox.syncPatient(clinic, patient);
    redox.troubles.push(wait);
    await redox.run();
    redox.messages.length = 0;
    await rows("DELETE FROM ehr_pauses RETURNING 1");
  };
  const chartsLater = async () => {
    await redox.runLater();
    return redox.of("Flowsheet").map(({ Patient }) => Patient.Identifiers[0].ID);
  };
  async function givenBoth() {
    const clinic = await connectedClinic();
    const [a, b] = [
      await patientWithData(clinic, who),
      await patientWithData(clinic, { ...who, fullName: "Ana  Gil" }),
    ];
    for (const it of [a, b]) await redox.order(clinic, it, CODES.enableSummaryReports, { at: "2026-03-01T01:00:00Z" });
    return { clinic, a, b };
  }

  test("don't come into the chart of the MRN that the survivor had before", async () => {
    const { clinic, a, b } = await givenBoth();
    await waitingFor(clinic, b);
    const { plan } = await mergeOf(clinic, b, a, { take: ["mrn"] });
    expect([plan.leftBehind.jobs, await chartsLater()]).toEqual([1, []]);
    expect((await endsOf(b)).at(-1)).toEqual(["skipped", "not_subscribed"]);
  });

  test("don't come into the chart of the other person once the two are two again", async () => {
    const { clinic, a, b } = await givenBoth();
    const { undo } = await mergeOf(clinic, b, a, { take: ["mrn"] });
    await waitingFor(clinic, b);
    await undo();
    expect([(await subscriptionOf(a.id))!.active, (await subscriptionOf(b.id))!.active]).toEqual([true, true]);
    expect(await chartsLater()).toEqual([]);
  });

  test("don't either where they were ordered for the MRN that the other had", async () => {
    const { clinic, a, b } = await givenBoth();
    const { body } = await merge(clinic, b.id, a.id, { accept: ACCEPT });
    await redox.order(clinic, a, CODES.enableSummaryReports, { at: "2026-03-01T02:00:00Z" });
    await waitingFor(clinic, b);
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`)).status).toBe(200);
    expect([(await subscriptionOf(a.id))!.active, (await subscriptionOf(b.id))!.active]).toEqual([true, true]);
    expect(await chartsLater()).toEqual([]);
  });

  test("are sent where the MRN stays", async () => {
    const { clinic, a, b } = await givenBoth();
    await waitingFor(clinic, b);
    await mergeOf(clinic, b, a);
    expect(await chartsLater()).toEqual([b.mrn]);
  });
});

describe("what an EHR orders while two records are one", () => {
  /** Two records of which the source alone has an MRN, and what was ordered before and after they became one. */
  async function givenOrders(before: readonly string[], since: readonly string[]) {
    const clinic = await connectedClinic();
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil", mrn: undefined }, null);
    let hour = 0;
    const order = (code: string) => redox.order(clinic, a, code, { at: `2026-03-01T0${++hour}:00:00Z` });
    for (const code of before) await order(code);
    const { body } = await merge(clinic, b.id, a.id, { accept: ACCEPT });
    for (const code of since) await order(code);
    const ids = (
      await rows<{ id: string }>("SELECT id FROM ehr_messages WHERE source_id = ? ORDER BY id", clinic.sourceId)
    ).map(({ id }) => id);
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect(undone.status, undone.text).toBe(200);
    redox.messages.length = 0;
    return { clinic, a, b, ids, notRestored: undone.body.notRestored };
  }
  const matchedBy = async ({ id }: Json) => (await subscriptionOf(id))?.matchedMessages.map((it: Json) => it.id);
  const { enableSummaryReports: ON, disableSummaryReports: OFF } = CODES;

  test.each([
    ["ended", [ON], [OFF], false],
    ["ordered again", [ON], [ON], true],
    ["ordered for the first time", [], [ON], true],
    ["ended and ordered again", [ON], [OFF, ON], true],
    ["ordered again after it had ended", [ON, OFF], [ON], true],
  ])("goes back with the MRN it was for: what was %s", async (_, before, since, isActive) => {
    const { clinic, a, b, ids, notRestored } = await givenOrders(before, since);
    expect([(await subscriptionOf(a.id))?.active, await matchedBy(a), await subscriptionOf(b.id)]).toEqual([
      isActive,
      ids,
      undefined,
    ]);
    expect(notRestored).toEqual([{ record: "source", field: "ehrSubscriptions", reason: "changed" }]);
    for (const patient of [b, a]) {
      await uploadQuietly(clinic, patient, inMinutes(1));
      await synced(clinic, patient);
      const isSent = isActive && patient === a;
      expect(redox.of("Flowsheet").map(({ Patient }) => Patient.Identifiers[0].ID)).toEqual(isSent ? [a.mrn] : []);
    }
    // The orders are kept as long as the record that they are for answers them.
    const of = "ehr_messages WHERE source_id = ? AND patient_key = (SELECT key FROM patients WHERE user_id = ?)";
    expect(await countRows(of, clinic.sourceId, a.id)).toBe(ids.length);
  });

  test("stays where the MRN stays", async () => {
    const clinic = await connectedClinic();
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil" }, null);
    await redox.order(clinic, a, ON, { at: "2026-03-01T01:00:00Z" });
    const { body } = await merge(clinic, b.id, a.id, { accept: ACCEPT });
    await redox.order(clinic, b, ON, { at: "2026-03-01T02:00:00Z" });
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect(undone.body.notRestored).toEqual([{ record: "target", field: "ehrSubscriptions", reason: "changed" }]);
    expect([(await subscriptionOf(a.id))?.active, (await subscriptionOf(b.id))?.active]).toEqual([true, true]);
  });

  test.each([
    ["source", []],
    ["target", ["mrn"]],
  ] as const)("goes with the former MRN, by which it came, to the %s", async (record, take) => {
    const clinic = await connectedClinic();
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil" }, null);
    const { body } = await merge(clinic, b.id, a.id, { accept: ACCEPT, take });
    const [whose, other] = record === "source" ? [a, b] : [b, a];
    await redox.order(clinic, whose, ON, { at: "2026-03-01T02:00:00Z" });
    expect(await subscriptionOf(b.id)).toMatchObject({ active: true });
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect([undone.status, (await subscriptionOf(whose.id))?.active, await subscriptionOf(other.id)]).toEqual([
      200,
      true,
      undefined,
    ]);
    redox.messages.length = 0;
    for (const patient of [a, b]) {
      await uploadQuietly(clinic, patient, inMinutes(1));
      await synced(clinic, patient);
    }
    expect(redox.of("Flowsheet").map(({ Patient }) => Patient.Identifiers[0].ID)).toEqual([whose.mrn]);
  });

  test("of both MRNs is active for the last of them alone", async () => {
    const clinic = await connectedClinic();
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil" }, null);
    const { body } = await merge(clinic, b.id, a.id, { accept: ACCEPT });
    await redox.order(clinic, a, ON, { at: "2026-03-01T02:00:00Z" });
    await redox.order(clinic, b, ON, { at: "2026-03-01T03:00:00Z" });
    expect((await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`)).status).toBe(200);
    const [ofA, ofB] = [await subscriptionOf(a.id), await subscriptionOf(b.id)];
    expect([ofA?.active, ofA?.matchedMessages.length, ofB?.active, ofB?.matchedMessages.length]).toEqual([
      false,
      1,
      true,
      1,
    ]);
  });

  test("goes nowhere where somebody else has the MRN by then", async () => {
    const clinic = await connectedClinic();
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil", mrn: undefined }, null);
    const { body } = await merge(clinic, b.id, a.id, { accept: ACCEPT });
    await redox.order(clinic, a, ON);
    const path = `${clinic.path}/patients/${b.id}`;
    await clinic.admin.put(path, { ...who, fullName: "Ana  Gil" });
    await patientWithData(clinic, { ...who, fullName: "Eva", mrn: a.mrn }, null);
    await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect([(await subscriptionOf(a.id))?.active, (await subscriptionOf(b.id))?.active]).toEqual([undefined, false]);
  });
});

describe("an order under a number that is no more", () => {
  async function givenMerged() {
    const clinic = await connectedClinic();
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil" }, null);
    await mergeOf(clinic, b, a);
    redox.messages.length = 0;
    const patients = () => countRows("patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId);
    return { clinic, a, b, patients };
  }

  test.each([CODES.enableSummaryReports, CODES.createAccountAndEnableReports])(
    "is the survivor's: %s",
    async (code) => {
      const { clinic, a, b, patients } = await givenMerged();
      await redox.order(clinic, a, code);
      expect(await subscriptionOf(b.id)).toMatchObject({ active: true });
      expect(await patients()).toBe(1);
    },
  );

  test("of somebody born on another day is nobody's", async () => {
    const { clinic, a, b, patients } = await givenMerged();
    await redox.order(clinic, { ...a, birthDate: "1991-01-01" }, CODES.enableSummaryReports);
    expect([redox.results(), await subscriptionOf(b.id), await patients()]).toEqual([[NOBODY], undefined, 1]);
  });

  test("is that of the patient who has the number now", async () => {
    const { clinic, a, b } = await givenMerged();
    const live = await patientWithData(clinic, { ...who, fullName: "Eva Gil", mrn: a.mrn }, null);
    await redox.order(clinic, a, CODES.enableSummaryReports);
    expect([(await subscriptionOf(live.id))?.active, await subscriptionOf(b.id)]).toEqual([true, undefined]);
  });

  test("that was on its way when the two were merged is the survivor's", async () => {
    const clinic = await connectedClinic();
    const a = await patientWithData(clinic, who, null);
    const b = await patientWithData(clinic, { ...who, fullName: "Ana  Gil" }, null);
    await redox.post(orderFor(clinic, a as never, CODES.enableSummaryReports));
    await mergeOf(clinic, b, a);
    await redox.run();
    expect(await subscriptionOf(b.id)).toMatchObject({ active: true });
  });
});
