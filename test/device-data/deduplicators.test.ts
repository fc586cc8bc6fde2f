import { beforeEach, describe, expect, test } from "vitest";
import {
  add,
  close,
  cbg,
  dataOf,
  DEDUPLICATOR,
  MINUTE_MS,
  openSet,
  openSetOf,
  prime,
  remove,
  settle,
  withOrigin,
} from "../device-data.ts";
import { type Caller, person } from "../harness.ts";

/** What each deduplicator does when data are added, a set is closed, a set is deleted, and data are removed. */

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
type Name = keyof typeof DEDUPLICATOR;
const DEVICE = "PumpCo-900-771203";
const live = { dataSetType: "continuous" };
const volumes = async () => (await dataOf(owner, owner.id)).map(({ volume }) => volume).toSorted((a, b) => a - b);
/** A datum of its own at each hour of a day. */
const at = (hour: number, values: object = {}) =>
  prime({ time: `2024-05-01T${String(hour).padStart(2, "0")}:00:00Z`, ...values });
const uploaded = async (name: Name, data: readonly object[], set: object = {}) => {
  const setId = await openSetOf(owner, name, set);
  await add(owner, setId, data);
  await close(owner, setId);
  return setId;
};
const deleteSet = async (setId: string) => expect((await owner.delete(`/v1/data_sets/${setId}`)).status).toBe(200);
/** What is seen, as `hour: set` by the order of the sets. */
const shown = async (...sets: readonly string[]) =>
  (await dataOf(owner, owner.id)).map(
    ({ time, uploadId }) => `${Number(time.slice(11, 13))}:${sets.indexOf(uploadId) + 1}`,
  );

describe.each(Object.keys(DEDUPLICATOR) as Name[])("%s", (name) => {
  test("is named by the set, with its version", async () => {
    const { body } = await owner.get(`/v1/data_sets/${await openSetOf(owner, name)}`);
    expect(body.deduplicator).toEqual({ name: DEDUPLICATOR[name], version: expect.stringMatching(/^1\.\d\.0$/) });
  });

  test("shows the data of a set once it is closed", async () => {
    const setId = await openSetOf(owner, name);
    await add(owner, setId, [at(1), at(2)]);
    expect(await dataOf(owner, owner.id)).toEqual([]);
    await close(owner, setId);
    expect(await shown(setId)).toEqual(["1:1", "2:1"]);
  });

  test("destroys the data of a set that is deleted", async () => {
    const setId = await uploaded(name, [at(1), at(2)]);
    await deleteSet(setId);
    expect(await dataOf(owner, owner.id)).toEqual([]);
  });

  test("removes what is selected, and nothing else", async () => {
    const setId = await openSetOf(owner, name);
    const id = "1".repeat(32);
    await add(owner, setId, [at(1, { id }), at(2)]);
    expect((await remove(owner, setId, [{ id }])).status).toBe(200);
    await close(owner, setId);
    expect(await shown(setId)).toEqual(["2:1"]);
  });
});

describe("none", () => {
  test("keeps every copy, within a set and across sets", async () => {
    const [one, two] = [await uploaded("none", [at(1), at(1)]), await uploaded("none", [at(1)])];
    expect((await shown(one, two)).toSorted()).toEqual(["1:1", "1:1", "1:2"]);
  });
});

describe("hash", () => {
  const upload = (hours: readonly number[], set: object = {}) =>
    uploaded(
      "hash",
      hours.map((hour) => at(hour)),
      set,
    );

  test("the newest upload wins, and what it does not have stays", async () => {
    const one = await upload([1, 2, 3]);
    const two = await upload([2, 3, 4]);
    expect(await shown(one, two)).toEqual(["1:1", "2:2", "3:2", "4:2"]);
  });

  test("nothing is hidden before the newer set is closed", async () => {
    const one = await upload([1]);
    const two = await openSetOf(owner, "hash");
    await add(owner, two, [at(1)]);
    expect(await shown(one, two)).toEqual(["1:1"]);
    await close(owner, two);
    expect(await shown(one, two)).toEqual(["1:2"]);
  });

  test("copies in one batch, or in one set, all stay", async () => {
    const one = await openSetOf(owner, "hash");
    await add(owner, one, [at(1), at(1)]);
    await add(owner, one, [at(1)]);
    await close(owner, one);
    expect(await shown(one)).toEqual(["1:1", "1:1", "1:1"]);
  });

  test("another device is no copy", async () => {
    const one = await upload([1]);
    const two = await uploaded("hash", [at(1, { deviceId: "Other-1" })], { deviceId: "Other-1" });
    expect((await shown(one, two)).toSorted()).toEqual(["1:1", "1:2"]);
  });

  test("a set without hashes is hidden by none", async () => {
    const one = await uploaded("none", [at(1)]);
    const two = await upload([1]);
    expect((await shown(one, two)).toSorted()).toEqual(["1:1", "1:2"]);
  });

  test("the data of another person are no copies", async () => {
    const other = await person();
    const foreign = await openSetOf(other, "hash");
    await add(other, foreign, [at(1)]);
    await close(other, foreign);
    await upload([1]);
    expect(await dataOf(other, other.id)).toHaveLength(1);
  });

  test("deleting the newest of three gives back what it hid, and the one before what that hid", async () => {
    const [one, two, three] = [await upload([1, 2, 3]), await upload([2, 3]), await upload([3])];
    const seen = () => shown(one, two, three);
    expect(await seen()).toEqual(["1:1", "2:2", "3:3"]);
    await deleteSet(three);
    expect(await seen()).toEqual(["1:1", "2:2", "3:2"]);
    await deleteSet(two);
    expect(await seen()).toEqual(["1:1", "2:1", "3:1"]);
    await deleteSet(one);
    expect(await seen()).toEqual([]);
  });

  test("deleting the one in the middle leaves the oldest hidden by the newest, which gives it back", async () => {
    const [one, two, three] = [await upload([1, 2, 3]), await upload([2, 3]), await upload([3])];
    const seen = () => shown(one, two, three);
    await deleteSet(two);
    expect(await seen()).toEqual(["1:1", "2:1", "3:3"]);
    await deleteSet(three);
    expect(await seen()).toEqual(["1:1", "2:1", "3:1"]);
  });

  test("deleting the oldest takes away what nothing gives back", async () => {
    const [one, two, three] = [await upload([1, 2]), await upload([2, 3]), await upload([3])];
    await deleteSet(one);
    expect(await shown(one, two, three)).toEqual(["2:2", "3:3"]);
    await deleteSet(three);
    expect(await shown(one, two, three)).toEqual(["2:2", "3:2"]);
  });

  test("deleting a set that was never closed gives nothing back", async () => {
    const one = await upload([1]);
    const open = await openSetOf(owner, "hash");
    await add(owner, open, [at(1)]);
    await deleteSet(open);
    expect(await shown(one)).toEqual(["1:1"]);
  });

  test("readings are told apart by their value in mmol/L, whatever unit they came in", async () => {
    const reading = (values: object) => ({ ...cbg(Date.parse("2024-05-01T01:00:00Z")), deviceId: DEVICE, ...values });
    const one = await uploaded("hash", [reading({ units: "mg/dL", value: 119 })]);
    const two = await uploaded("hash", [reading({ units: "mmol/L", value: 6.60539 })]);
    expect(await shown(one, two)).toEqual(["1:2"]);
    const three = await uploaded("hash", [reading({ units: "mmol/L", value: 6.6 })]);
    expect((await shown(one, two, three)).toSorted()).toEqual(["1:2", "1:3"]);
  });

  test("one instant has one identity, whatever zone it came in", async () => {
    const one = await uploaded("hash", [prime({ time: "2024-05-01T01:00:00Z" })]);
    const two = await uploaded("hash", [prime({ time: "2024-05-01T03:00:00.000+02:00" })]);
    expect(await shown(one, two)).toEqual(["1:2"]);
  });

  test("summaries count a reading that was uploaded twice once", async () => {
    const reading = { ...cbg(Date.now() - 60 * MINUTE_MS), deviceId: DEVICE };
    const one = await uploaded("hash", [reading]);
    const two = await uploaded("hash", [reading]);
    const records = async () => {
      await settle(owner.id);
      const { status, body } = await owner.get(`/v1/summaries/cgm/${owner.id}`);
      return status === 200 ? body.periods["1d"].total.records : status;
    };
    expect(await records()).toBe(1);
    await deleteSet(two);
    expect(await records()).toBe(1);
    await deleteSet(one);
    expect(await records()).toBe(404);
  });
});

describe("truncate", () => {
  test("closing destroys all data of the device in other sets, and marks these as deleted", async () => {
    const old = await uploaded("none", [at(1), at(2)]);
    const open = await openSetOf(owner, "truncate");
    await add(owner, open, [at(3)]);
    const other = await uploaded("none", [at(4, { deviceId: "Other-1" })], { deviceId: "Other-1" });
    const mixed = await uploaded("none", [at(5), at(6, { deviceId: "Other-1" })], { deviceId: "Other-1" });
    const latest = await uploaded("truncate", [at(7)]);
    expect(await shown(old, open, other, mixed, latest)).toEqual(["4:3", "6:4", "7:5"]);
    for (const setId of [old, open]) {
      expect((await owner.get(`/v1/data_sets/${setId}`)).body).toHaveProperty("deletedTime");
      expect((await owner.post(`/v1/data_sets/${setId}/data`, [at(1)])).status).toBe(404);
    }
    expect((await owner.get(`/v1/data_sets/${other}`)).body).not.toHaveProperty("deletedTime");
  });

  test("what a set that it deletes had hidden of another device is seen again", async () => {
    const other = { deviceId: "Other-1" };
    const old = await uploaded("hash", [at(1, other)], other);
    const hiding = await uploaded("hash", [at(1, other), at(2)]);
    expect(await shown(old, hiding)).toEqual(["1:2", "2:2"]);
    const latest = await uploaded("truncate", [at(3)]);
    expect(await shown(old, hiding, latest)).toEqual(["1:1", "3:3"]);
  });

  test("nothing is destroyed before it is closed, and deleting it brings nothing back", async () => {
    const old = await uploaded("none", [at(1)]);
    const latest = await openSetOf(owner, "truncate");
    await add(owner, latest, [at(2)]);
    expect(await shown(old)).toEqual(["1:1"]);
    await close(owner, latest);
    expect(await shown(old, latest)).toEqual(["2:2"]);
    await deleteSet(latest);
    expect(await shown(old, latest)).toEqual([]);
  });

  test("another person's data of the same device stay", async () => {
    const other = await person();
    const foreign = await openSetOf(other, "none");
    await add(other, foreign, [at(1)]);
    await close(other, foreign);
    await uploaded("truncate", [at(2)]);
    expect(await dataOf(other, other.id)).toHaveLength(1);
  });
});

describe.each(["origin", "older"] as const)("%s", (name) => {
  test("data replace earlier ones of the set with their origin; copies in one batch both stay", async () => {
    const setId = await openSetOf(owner, name, live);
    await add(owner, setId, [
      withOrigin("a", { volume: 1 }),
      withOrigin("a", { volume: 2 }),
      withOrigin("b", { volume: 3 }),
      prime({ volume: 4 }),
    ]);
    expect(await volumes()).toEqual([1, 2, 3, 4]);
    await add(owner, setId, [withOrigin("a", { volume: 5 }), prime({ volume: 6 })]);
    expect(await volumes()).toEqual([3, 4, 5, 6]);
  });

  test("data of other sets with the origin stay", async () => {
    const [one, two] = [await openSetOf(owner, name, live), await openSetOf(owner, name, live)];
    await add(owner, one, [withOrigin("a", { volume: 1 })]);
    await add(owner, two, [withOrigin("a", { volume: 2 })]);
    expect(await volumes()).toEqual([1, 2]);
  });

  test("in an open normal set as well", async () => {
    const setId = await openSetOf(owner, name);
    await add(owner, setId, [withOrigin("a", { volume: 1 })]);
    await add(owner, setId, [withOrigin("a", { volume: 2 })]);
    await close(owner, setId);
    expect(await volumes()).toEqual([2]);
  });

  test("what takes the place of a datum may have its id, another may not, and is told so before anything gives way", async () => {
    const setId = await openSetOf(owner, name, live);
    const id = "1".repeat(32);
    await add(owner, setId, [withOrigin("a", { id, volume: 1 }), withOrigin("b", { volume: 2 })]);
    await add(owner, setId, [withOrigin("a", { id, volume: 3 })]);
    expect(await volumes()).toEqual([2, 3]);
    const answer = await owner.post(`/v1/data_sets/${setId}/data`, [withOrigin("b", { id, volume: 4 })]);
    expect([answer.status, answer.body.code]).toEqual([400, "value-duplicate"]);
    expect(await volumes()).toEqual([2, 3]);
  });

  test("summaries know of what was replaced", async () => {
    const setId = await openSetOf(owner, name, live);
    const reading = (value: number) => ({ ...cbg(Date.now() - 60 * MINUTE_MS, value), origin: { id: "a" } });
    await add(owner, setId, [reading(5)]);
    await add(owner, setId, [reading(9)]);
    await settle(owner.id);
    const { body } = await owner.get(`/v1/summaries/cgm/${owner.id}`);
    expect([body.periods["1d"].total.records, body.periods["1d"].averageGlucoseMmol]).toEqual([1, 9]);
  });
});

describe("older", () => {
  const [EARLY, MIDDLE, LATE] = ["2024-05-01T01:00:00Z", "2024-05-01T02:00:00Z", "2024-05-01T03:00:00Z"];
  const timed = (type: "bolus" | "food", n: number, time: unknown) => ({
    type,
    time: "2024-05-01T12:00:00Z",
    deviceId: DEVICE,
    origin: { id: "a", ...(time === undefined ? {} : { time }) },
    ...(type === "bolus" ? { subType: "normal", normal: n } : { name: `meal ${n}` }),
  });
  const kept = async () => (await dataOf(owner, owner.id)).map(({ normal, name }) => normal ?? Number(name.slice(5)));

  test.each([
    ["bolus", "a later one replaces it", MIDDLE, LATE, 2],
    ["bolus", "an earlier one is dropped", MIDDLE, EARLY, 1],
    ["bolus", "one of the same time is dropped", MIDDLE, MIDDLE, 1],
    ["bolus", "one without a time is dropped", MIDDLE, undefined, 1],
    ["bolus", "a stored one without a time loses", undefined, EARLY, 2],
    ["bolus", "of two without a time the stored one stays", undefined, undefined, 1],
    ["bolus", "the same instant in another zone is no later", "2024-05-01T02:00:00Z", "2024-05-01T03:00:00+01:00", 1],
    ["bolus", "a later one by a part of a millisecond", "2024-05-01T02:00:00.0004Z", "2024-05-01T02:00:00.00050Z", 2],
    ["bolus", "an earlier one by as much is dropped", "2024-05-01T02:00:00.0004Z", "2024-05-01T03:00:00.0003+01:00", 1],
    ["bolus", "one with zeros at its end is no later", "2024-05-01T02:00:00.0004Z", "2024-05-01T02:00:00.000400Z", 1],
    ["food", "a later one replaces it", MIDDLE, LATE, 2],
    ["food", "an earlier one is dropped", MIDDLE, EARLY, 1],
    ["food", "one without a time is dropped", MIDDLE, undefined, 1],
  ] as const)("%s: %s", async (type, _, stored, given, expected) => {
    const setId = await openSetOf(owner, "older", live);
    await add(owner, setId, [timed(type, 1, stored)]);
    await add(owner, setId, [timed(type, 2, given)]);
    expect(await kept()).toEqual([expected]);
  });

  test("one that is dropped may have the id of what stays", async () => {
    const setId = await openSetOf(owner, "older", live);
    const id = "1".repeat(32);
    await add(owner, setId, [{ ...timed("bolus", 1, MIDDLE), id }]);
    await add(owner, setId, [{ ...timed("bolus", 2, MIDDLE), id }]);
    expect(await kept()).toEqual([1]);
  });

  test("data of other types are replaced whatever their time", async () => {
    const setId = await openSetOf(owner, "older", live);
    await add(owner, setId, [prime({ volume: 1, origin: { id: "a", time: LATE } })]);
    await add(owner, setId, [prime({ volume: 2, origin: { id: "a", time: EARLY } })]);
    expect(await volumes()).toEqual([2]);
  });

  test("what readers do not see yet does not hold back", async () => {
    const setId = await openSetOf(owner, "older");
    await add(owner, setId, [timed("bolus", 1, LATE)]);
    await add(owner, setId, [timed("bolus", 2, EARLY)]);
    await close(owner, setId);
    expect(await kept()).toEqual([2]);
  });
});

describe("drop", () => {
  test("in one batch the last copy wins", async () => {
    const setId = await openSetOf(owner, "drop", live);
    await add(owner, setId, [at(1, { volume: 1 }), at(2, { volume: 2 }), at(1, { volume: 3 })]);
    expect(await volumes()).toEqual([2, 3]);
  });

  test("a datum that the set has already is dropped", async () => {
    const setId = await openSetOf(owner, "drop", live);
    await add(owner, setId, [at(1, { volume: 1 })]);
    await add(owner, setId, [at(1, { volume: 2 }), at(2, { volume: 3 })]);
    expect(await volumes()).toEqual([1, 3]);
  });

  test("a repeat is dropped as well where its data have ids of their own", async () => {
    const setId = await openSetOf(owner, "drop", live);
    const data = [at(1, { id: "1".repeat(32), volume: 1 }), at(2, { id: "2".repeat(32), volume: 2 })];
    await add(owner, setId, data);
    await add(owner, setId, [...data, at(3, { id: "3".repeat(32), volume: 3 })]);
    expect(await volumes()).toEqual([1, 2, 3]);
    const answer = await owner.post(`/v1/data_sets/${setId}/data`, [at(4, { id: "1".repeat(32) })]);
    expect([answer.status, answer.body.source.pointer]).toEqual([400, "/0/id"]);
  });

  test("what other sets have does not count", async () => {
    const [one, two] = [await openSetOf(owner, "drop", live), await openSetOf(owner, "drop", live)];
    await add(owner, one, [at(1, { volume: 1 })]);
    await add(owner, two, [at(1, { volume: 2 })]);
    expect(await volumes()).toEqual([1, 2]);
  });

  test("in an open normal set only copies of one batch are dropped", async () => {
    const setId = await openSetOf(owner, "drop");
    await add(owner, setId, [at(1, { volume: 1 }), at(1, { volume: 2 })]);
    await add(owner, setId, [at(1, { volume: 3 })]);
    await close(owner, setId);
    expect(await volumes()).toEqual([2, 3]);
  });

  test("a datum needs no device", async () => {
    const setId = await openSet(owner, owner.id, { ...live, deduplicator: { name: DEDUPLICATOR.drop } });
    await add(owner, setId, [at(1, { deviceId: undefined, volume: 1 })]);
    await add(owner, setId, [at(1, { deviceId: undefined, volume: 2 })]);
    expect(await volumes()).toEqual([1]);
  });
});
