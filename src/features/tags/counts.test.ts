import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type GivenClinic, givenClinic, statuses } from "../../../test/harness.ts";
import { carried, givenPatients, shownCounts } from "../../../test/patient-rows.ts";

/** What a clinic should look like: who carries what. Nothing here is taken from the implementation. */
class Model {
  readonly tags: string[] = [];
  readonly sites: string[] = [];
  readonly patients = new Map<string, { tags: Set<string>; sites: Set<string> }>();

  carriers(list: "tags" | "sites", id: string) {
    return [...this.patients.values()].filter((patient) => patient[list].has(id));
  }
  counts() {
    return Object.fromEntries([
      ...this.tags.map((id) => [id, this.carriers("tags", id).length]),
      ...this.sites.map((id) => [id, this.carriers("sites", id).length]),
    ]);
  }
  forget(list: "tags" | "sites", id: string) {
    for (const patient of this.patients.values()) patient[list].delete(id);
    this[list].splice(this[list].indexOf(id), 1);
  }
}

interface World {
  readonly clinic: GivenClinic;
  readonly model: Model;
  made: number;
}
type Action = (world: World) => Promise<void>;

const at = <T>(items: readonly T[], n: number): T | undefined => items[n % (items.length || 1)];
const subset = (model: Model, mask: number) => [...model.patients.keys()].filter((_, i) => (mask >> i) & 1);

const createTag: Action = async ({ clinic, model, ...world }) => {
  const answer = await clinic.member.post(`${clinic.path}/patient_tags`, {
    name: `T${model.tags.length}x${world.made}`,
  });
  expect(answer.status).toBe(200);
  model.tags.push(answer.body.id);
};
const createSite: Action = async ({ clinic, model, ...world }) => {
  const answer = await clinic.admin.post(`${clinic.path}/sites`, { name: `S${model.sites.length}x${world.made}` });
  expect(answer.status).toBe(200);
  model.sites.push(answer.body.id);
};
const assign =
  (tag: number, mask: number): Action =>
  async ({ clinic, model }) => {
    const tagId = at(model.tags, tag);
    const userIds = subset(model, mask);
    if (!tagId) return;
    const isForAll = userIds.length === 0;
    const answer = await clinic.admin.post(
      `${clinic.path}/patients/assign_tag/${tagId}`,
      isForAll ? undefined : userIds,
    );
    expect(answer.status).toBe(200);
    for (const [userId, patient] of model.patients) if (isForAll || userIds.includes(userId)) patient.tags.add(tagId);
  };
const unassign =
  (tag: number, mask: number): Action =>
  async ({ clinic, model }) => {
    const tagId = at(model.tags, tag);
    const userIds = subset(model, mask);
    if (!tagId || userIds.length === 0) return;
    expect((await clinic.admin.post(`${clinic.path}/patients/delete_tag/${tagId}`, userIds)).status).toBe(200);
    for (const userId of userIds) model.patients.get(userId)!.tags.delete(tagId);
  };
const deleteTag =
  (tag: number): Action =>
  async ({ clinic, model }) => {
    const tagId = at(model.tags, tag);
    if (!tagId) return;
    expect((await clinic.admin.delete(`${clinic.path}/patient_tags/${tagId}`)).status).toBe(204);
    model.forget("tags", tagId);
  };
const deleteSite =
  (site: number): Action =>
  async ({ clinic, model }) => {
    const siteId = at(model.sites, site);
    if (!siteId) return;
    expect((await clinic.admin.delete(`${clinic.path}/sites/${siteId}`)).status).toBe(204);
    model.forget("sites", siteId);
  };
const convert =
  (tag: number): Action =>
  async ({ clinic, model }) => {
    const tagId = at(model.tags, tag);
    if (!tagId) return;
    const answer = await clinic.service.post(`${clinic.path}/patient_tags/${tagId}/site`);
    expect(answer.body).toMatchObject({ name: expect.any(String) });
    expect(answer.body.numPatients ?? 0).toBe(model.carriers("tags", tagId).length);
    for (const patient of model.carriers("tags", tagId)) patient.sites.add(answer.body.id);
    model.sites.push(answer.body.id);
    model.forget("tags", tagId);
  };
const merge =
  (target: number, source: number): Action =>
  async ({ clinic, model }) => {
    const [targetId, sourceId] = [at(model.sites, target), at(model.sites, source)];
    if (!targetId || !sourceId || targetId === sourceId) return;
    const answer = await clinic.service.post(`${clinic.path}/sites/${targetId}/merge`, { id: sourceId });
    for (const patient of model.carriers("sites", sourceId)) patient.sites.add(targetId);
    model.forget("sites", sourceId);
    expect(answer.body.numPatients ?? 0).toBe(model.carriers("sites", targetId).length);
  };

const pick = <T>(items: readonly T[], mask: number) => items.filter((_, i) => (mask >> i) & 1);
const given = (model: Model, tags: number, sites: number) => {
  const [tagIds, siteIds] = [pick(model.tags, tags), pick(model.sites, sites)];
  return {
    tagIds,
    siteIds,
    body: { birthDate: "1980-01-31", tags: tagIds, sites: siteIds.map((id) => ({ id, name: "-" })) },
  };
};
const addPatient =
  (tags: number, sites: number): Action =>
  async ({ clinic, model, made }) => {
    const { tagIds, siteIds, body } = given(model, tags, sites);
    const answer = await clinic.member.post(`${clinic.path}/patients`, { ...body, fullName: `Patient ${made}` });
    expect(answer.status).toBe(200);
    model.patients.set(answer.body.id, { tags: new Set(tagIds), sites: new Set(siteIds) });
  };
const editPatient =
  (patient: number, tags: number, sites: number): Action =>
  async ({ clinic, model }) => {
    const userId = at([...model.patients.keys()].filter(isEditable), patient);
    if (!userId) return;
    const { tagIds, siteIds, body } = given(model, tags, sites);
    const answer = await clinic.member.put(`${clinic.path}/patients/${userId}`, { ...body, fullName: "Edited" });
    expect(answer.status).toBe(200);
    model.patients.set(userId, { tags: new Set(tagIds), sites: new Set(siteIds) });
  };
const removePatient =
  (patient: number): Action =>
  async ({ clinic, model }) => {
    const userId = at([...model.patients.keys()].filter(isEditable), patient);
    if (!userId) return;
    expect((await clinic.admin.delete(`${clinic.path}/patients/${userId}`)).status).toBe(204);
    model.patients.delete(userId);
  };
const isEditable = (userId: string) => userId !== "de30de30de";

const n = fc.nat(7);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constant(createTag),
  fc.constant(createSite),
  { arbitrary: fc.tuple(n, fc.nat(63)).map(([tag, mask]) => assign(tag, mask)), weight: 4 },
  { arbitrary: fc.tuple(n, fc.nat(63)).map(([tag, mask]) => unassign(tag, mask)), weight: 2 },
  n.map(deleteTag),
  n.map(deleteSite),
  { arbitrary: n.map(convert), weight: 2 },
  { arbitrary: fc.tuple(n, n).map(([target, source]) => merge(target, source)), weight: 2 },
  fc.tuple(fc.nat(15), fc.nat(15)).map(([tags, sites]) => addPatient(tags, sites)),
  fc.tuple(n, fc.nat(15), fc.nat(15)).map(([patient, tags, sites]) => editPatient(patient, tags, sites)),
  n.map(removePatient),
);

async function world(): Promise<World> {
  const clinic = await givenClinic();
  await givenPatients(clinic, {}, {}, {}, {}, {});
  const model = new Model();
  for (const userId of (await carried(clinic.clinicId)).keys()) {
    model.patients.set(userId, { tags: new Set(), sites: new Set() });
  }
  return { clinic, model, made: 0 };
}

test("after any sequence of tag, site and patient operations the numbers shown equal a recount of who carries what", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 30 }), async (actions) => {
      const state = await world();
      for (const act of [createTag, createTag, createSite, ...actions]) {
        state.made += 1;
        await act(state);
      }
      const { clinic, model } = state;
      const expected = [...model.patients].map(([userId, { tags, sites }]) => [
        userId,
        { tags: [...tags].toSorted(), sites: [...sites].toSorted() },
      ]);
      const stored = [...(await carried(clinic.clinicId))].map(([userId, { tags, sites }]) => [
        userId,
        { tags: tags.toSorted(), sites: sites.toSorted() },
      ]);
      expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(expected));
      expect(await shownCounts(clinic)).toEqual(model.counts());
    }),
    { numRuns: 25 },
  );
});

test("after operations at the same time the numbers shown equal a recount of who carries what", async () => {
  const { clinic, model } = await world();
  for (let made = 0; made < 4; made++) await createTag({ clinic, model, made });
  const userIds = [...model.patients.keys()];
  const [first, second, third, fourth] = model.tags;
  const racers = await Promise.all([
    clinic.admin.post(`${clinic.path}/patients/assign_tag/${first}`),
    clinic.admin.post(`${clinic.path}/patients/assign_tag/${first}`, userIds.slice(0, 3)),
    clinic.admin.post(`${clinic.path}/patients/delete_tag/${first}`, userIds.slice(2, 4)),
    clinic.admin.post(`${clinic.path}/patients/assign_tag/${second}`),
    clinic.service.post(`${clinic.path}/patient_tags/${second}/site`),
    clinic.admin.post(`${clinic.path}/patients/assign_tag/${third}`),
    clinic.admin.delete(`${clinic.path}/patient_tags/${third}`),
    clinic.admin.post(`${clinic.path}/patients/assign_tag/${fourth}`, userIds.slice(1)),
  ]);
  expect(statuses(racers).filter((status) => ![200, 204, 404].includes(status))).toEqual([]);
  const recounted: Record<string, number> = Object.fromEntries(
    Object.keys(await shownCounts(clinic)).map((id) => [id, 0]),
  );
  for (const { tags, sites } of (await carried(clinic.clinicId)).values()) {
    for (const id of [...tags, ...sites]) recounted[id] = (recounted[id] ?? 0) + 1;
  }
  expect(await shownCounts(clinic)).toEqual(recounted);
});
