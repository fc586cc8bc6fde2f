import { beforeEach, describe, expect, test } from "vitest";
import { type GivenClinic, givenAccount, givenClinic, givenPatient, givenSite, givenTag, rows } from "../harness.ts";
import { merge } from "../patient-merges.ts";

/** What was changed between a merge and its undo stays, and is named; everything else is as it was. */

const ALL = ["fullName", "birthDate", "email", "mrn", "targetDevices", "glycemicRanges", "diagnosisType"];
const preset = (name: string) => ({ type: "preset", preset: name });

interface Pair {
  clinic: GivenClinic;
  target: any;
  source: any;
  tags: { id: string }[];
  sites: { id: string; name: string }[];
  mergeId: string;
  /** The body of an update that changes nothing of the survivor. */
  asMerged: any;
}

const shown = async ({ clinic }: { clinic: GivenClinic }, id: string) => {
  const { updatedTime: _, createdTime: __, ...rest } = (await clinic.admin.get(`${clinic.path}/patients/${id}`)).body;
  return rest;
};
const named = (record: string, field: string, reason = "changed") => ({ record, field, reason });
const review = ({ clinic }: Pair, who: "admin" | "member", id: string) =>
  clinic[who].put(`${clinic.path}/patients/${id}/reviews`);
const undo = ({ clinic, mergeId }: Pair) => clinic.admin.post(`${clinic.path}/patient_merges/${mergeId}/undo`);
const update = ({ clinic, target, asMerged }: Pair, fields: object) =>
  clinic.member.put(`${clinic.path}/patients/${target.id}`, { ...asMerged, ...fields });

/** Two records that share nothing; the survivor takes everything from the other. */
async function givenMerged(): Promise<Pair> {
  const clinic = await givenClinic();
  const tags = await Promise.all([1, 2, 3].map(() => givenTag(clinic)));
  const sites = await Promise.all([1, 2, 3].map(() => givenSite(clinic)));
  const one = (n: number, more: object) =>
    givenPatient(clinic, {
      mrn: `M-${n}`,
      tags: [tags[n]!.id],
      sites: [sites[n]],
      targetDevices: [`device-${n}`],
      ...more,
    });
  const more = (n: number, ranges: string) => ({ glycemicRanges: preset(ranges), diagnosisType: `type${n}` });
  const made = {
    target: await one(0, { fullName: "Ada Lo", birthDate: "1980-01-01", ...more(1, "adaStandard") }),
    source: await one(1, { fullName: "Bo Ek", birthDate: "1990-02-02", ...more(2, "adaHighRisk") }),
  };
  for (const who of ["target", "source"] as const) {
    const { id, createdTime: _, ...own } = made[who];
    const email = `${who}-${id}@edits.test`;
    await clinic.member.put(`${clinic.path}/patients/${id}`, { ...own, email });
  }
  const pair = { clinic, tags, sites, asMerged: {}, mergeId: "", ...made };
  expect((await review(pair, "admin", pair.target.id)).status).toBe(200);
  expect((await review(pair, "member", pair.source.id)).status).toBe(200);
  const [target, source] = [await shown(pair, made.target.id), await shown(pair, made.source.id)];
  const done = await merge(clinic, target.id, source.id, { take: ALL, accept: ["not-alike"] });
  expect(done.status, done.text).toBe(200);
  const { fullName, birthDate, email, mrn, tags: own, sites: at, targetDevices } = done.body.patient;
  const { glycemicRanges, diagnosisType } = done.body.patient;
  const asMerged = {
    fullName,
    birthDate,
    email,
    mrn,
    tags: own,
    sites: at,
    targetDevices,
    glycemicRanges,
    diagnosisType,
  };
  return { ...pair, target, source, asMerged, mergeId: done.body.id };
}

let pair: Pair;
beforeEach(async () => {
  pair = await givenMerged();
});

/** Undoes the merge, as its dry run said; what both records are then. */
async function undone(notRestored: object[]) {
  const planned = await pair.clinic.admin.post(`${pair.clinic.path}/patient_merges/${pair.mergeId}/undo?dryRun=1`);
  const answer = await undo(pair);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.notRestored).toEqual(notRestored);
  expect(planned.body).toMatchObject({ allowed: true, notRestored });
  const target = await shown(pair, pair.target.id);
  const { updatedTime: _, createdTime: __, ...told } = answer.body.patient;
  expect(told).toEqual(target);
  return { target, source: await shown(pair, pair.source.id) };
}

const EDITS: Record<string, unknown> = {
  fullName: "Cy Dee",
  birthDate: "2000-03-03",
  email: "new@edits.test",
  mrn: "M-9",
  targetDevices: ["device-9"],
  glycemicRanges: preset("adaPregnancyType1"),
  diagnosisType: "lada",
};

describe("between a merge and its undo", () => {
  test.each(Object.entries(EDITS))("%s alone is changed: it stays, and is named", async (field, value) => {
    expect((await update(pair, { [field]: value })).status).toBe(200);
    const is = await undone([named("target", field)]);
    expect(is.target).toEqual({ ...pair.target, [field]: value });
    expect(is.source).toEqual(pair.source);
  });

  test("nothing is changed: all is as it was", async () => {
    const is = await undone([]);
    expect(is).toEqual({ target: pair.target, source: pair.source });
  });

  test("everything is changed: all stays, and all is named", async () => {
    const { tags, sites } = pair;
    const changed = {
      ...EDITS,
      email: "all@edits.test",
      tags: [tags[0]!.id, tags[1]!.id, tags[2]!.id],
      sites: [sites[2]],
    };
    expect((await update(pair, changed)).status).toBe(200);
    await review(pair, "admin", pair.target.id);
    const is = await undone([...ALL, "tags", "sites", "reviews"].map((field) => named("target", field)));
    expect(is.target).toMatchObject({
      ...EDITS,
      email: "all@edits.test",
      tags: [tags[0]!.id, tags[2]!.id],
      sites: [sites[2]],
    });
    expect(is.source).toEqual(pair.source);
  });

  test.each([
    ["a tag more", (it: Pair) => [0, 1, 2].map((n) => it.tags[n]!.id), [0, 2]],
    ["the target's tag away", (it: Pair) => [it.tags[1]!.id], []],
    ["the source's tag away", (it: Pair) => [it.tags[0]!.id], [0]],
    ["another order", (it: Pair) => [1, 2, 0].map((n) => it.tags[n]!.id), [2, 0]],
  ])("%s: what the merge added goes, the rest stays in its order", async (_, given, left) => {
    await update(pair, { tags: given(pair) });
    const is = await undone([named("target", "tags")]);
    expect(is.target.tags).toEqual(left.map((n) => pair.tags[n]!.id));
    expect({ ...is.target, tags: pair.target.tags }).toEqual(pair.target);
  });

  test("a site more", async () => {
    await update(pair, { sites: pair.sites });
    const is = await undone([named("target", "sites")]);
    expect(is.target.sites).toEqual([pair.sites[0], pair.sites[2]]);
  });

  test("a review more: the source's goes, and the one that was pushed out returns", async () => {
    const { body } = await review(pair, "admin", pair.target.id);
    const is = await undone([named("target", "reviews")]);
    expect(is.target.reviews).toEqual([body[0], pair.target.reviews[0]]);
    expect(is.source.reviews).toEqual(pair.source.reviews);
  });

  test("a review taken back stays taken back", async () => {
    const gone = await pair.clinic.member.delete(`${pair.clinic.path}/patients/${pair.target.id}/reviews`);
    expect(gone.status).toBe(200);
    const all = await pair.clinic.admin.delete(`${pair.clinic.path}/patients/${pair.target.id}/reviews`);
    expect(all.body).toEqual([]);
    const is = await undone([named("target", "reviews")]);
    expect(is.target.reviews).toEqual([]);
  });

  test("an order came: it goes back with the MRN it was for", async () => {
    const order = { summaryAndReports: { active: true, matchedMessages: [{ id: "m" }], createdAt: 1, updatedAt: 2 } };
    const text = JSON.stringify(order);
    await rows("UPDATE patients SET ehr_subscriptions = ? WHERE user_id = ? RETURNING 1", text, pair.target.id);
    await undone([named("source", "ehrSubscriptions")]);
    const kept = await rows("SELECT ehr_subscriptions AS it FROM patients WHERE user_id = ?", pair.source.id);
    expect(kept).toEqual([{ it: text }]);
  });
});

describe("what others have taken meanwhile", () => {
  const wantUnique = () =>
    pair.clinic.service.put(`${pair.clinic.path}/settings/mrn`, { required: false, unique: true });

  test("the target's MRN: it returns without one", async () => {
    await wantUnique();
    await givenPatient(pair.clinic, { mrn: "m-0" });
    const { target, source } = await undone([named("target", "mrn", "taken")]);
    expect([target.mrn, source.mrn]).toEqual([undefined, "M-1"]);
  });

  test("the source's MRN, by the target that was changed or by a third record", async () => {
    await wantUnique();
    await update(pair, { mrn: "m-1" });
    const { target, source } = await undone([named("target", "mrn"), named("source", "mrn", "taken")]);
    expect([target.mrn, source.mrn]).toEqual(["m-1", undefined]);
  });

  test("and where a clinic does not mind, both have it", async () => {
    await givenPatient(pair.clinic, { mrn: "M-1" });
    await givenPatient(pair.clinic, { mrn: "M-0" });
    expect(await undone([])).toEqual({ target: pair.target, source: pair.source });
  });

  test("the target's address: it returns without one", async () => {
    await givenPatient(pair.clinic, { email: pair.target.email });
    const { target, source } = await undone([named("target", "email", "taken")]);
    expect([target.email, source.email]).toEqual([undefined, pair.source.email]);
  });

  test("the source's address, once the target has another", async () => {
    await update(pair, { email: "free@edits.test" });
    const elsewhere = await givenClinic();
    await givenPatient(elsewhere, { email: pair.source.email });
    const { source } = await undone([named("target", "email"), named("source", "email", "taken")]);
    expect(source).toEqual({ ...pair.source, email: undefined });
    expect(await rows("SELECT email FROM users WHERE id = ?", source.id)).toEqual([{ email: null }]);
  });

  test("the source's account, claimed through another clinic: the clinic does not keep it any more", async () => {
    const { id } = pair.source;
    await givenAccount({ sub: id, email: `mine-${id}@edits.test` });
    const { source } = await undone([named("source", "permissions")]);
    const { custodian: _, ...left } = pair.source.permissions;
    expect(source).toEqual({ ...pair.source, email: `mine-${id}@edits.test`, permissions: left });
  });

  test("the source's tag and site are gone", async () => {
    const { clinic, tags, sites, target } = pair;
    await clinic.admin.delete(`${clinic.path}/patient_tags/${tags[1]!.id}`);
    await clinic.admin.delete(`${clinic.path}/sites/${sites[1]!.id}`);
    const is = await undone([
      named("target", "tags"),
      named("target", "sites"),
      named("source", "tags", "gone"),
      named("source", "sites", "gone"),
    ]);
    expect(is).toEqual({ target, source: { ...pair.source, tags: [], sites: [] } });
  });
});
