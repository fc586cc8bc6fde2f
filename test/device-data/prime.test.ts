import { expect, test } from "vitest";
import { runInDurableObject } from "cloudflare:test";
import { add, close, dataOf, dataPath, fault, objectOf, openSet, prime } from "../device-data.ts";
import { type Caller, givenClinic, givenPatient, person, rows } from "../harness.ts";

const HASH = "org.tidepool.deduplicator.device.deactivate.hash";

const META = { type: "deviceEvent", subType: "prime" };
const missing = (name: string) =>
  fault("value-not-exists", "value does not exist", "value does not exist", { pointer: `/0/${name}` }, META);

/** Takes primes through a normal set that is closed; returns what readers see. */
async function throughSet(data: readonly object[]) {
  const owner = await person();
  const setId = await openSet(owner, owner.id);
  await add(owner, setId, data);
  await close(owner, setId);
  return { owner, setId, seen: await dataOf(owner, owner.id) };
}

/** Sends data to an open set; the answer. */
async function sent(data: unknown) {
  const owner = await person();
  const setId = await openSet(owner, owner.id);
  return { owner, setId, answer: await owner.post(dataPath(setId), data) };
}

test("1: a cannula prime of 0.5 is read as the number 0.5", async () => {
  const { seen } = await throughSet([prime()]);
  expect(seen).toMatchObject([{ subType: "prime", primeTarget: "cannula", volume: 0.5 }]);
});

test("2: what a client says of the upload is ignored", async () => {
  const { seen, setId } = await throughSet([prime({ primeTarget: "tubing", volume: 12, uploadId: "SampleUploadId" })]);
  expect(seen).toMatchObject([{ volume: 12, uploadId: setId }]);
});

test.each(["cannula", "tubing"])("3: a %s prime without volume is refused", async (primeTarget) => {
  const { answer } = await sent([prime({ primeTarget, volume: undefined })]);
  expect([answer.status, answer.body]).toEqual([400, missing("volume")]);
});

test("4: volumes at the bounds are taken", async () => {
  const { seen } = await throughSet([
    prime({ volume: 0 }),
    prime({ volume: 10 }),
    ...[0, 10.01, 100].map((volume) => prime({ primeTarget: "tubing", volume })),
  ]);
  expect(seen.map(({ volume }) => volume).toSorted((a, b) => a - b)).toEqual([0, 0, 10, 10.01, 100]);
});

test.each([
  ["cannula", -0.01, "value -0.01 is not between 0 and 10"],
  ["tubing", -0.01, "value -0.01 is not between 0 and 100"],
  ["cannula", 10.01, "value 10.01 is not between 0 and 10"],
  ["tubing", 100.01, "value 100.01 is not between 0 and 100"],
])("5: a %s prime of %f is out of range", async (primeTarget, volume, detail) => {
  const { answer } = await sent([prime({ primeTarget, volume })]);
  expect([answer.status, answer.body]).toEqual([
    400,
    fault("value-out-of-range", "value is out of range", detail, { pointer: "/0/volume" }, META),
  ]);
});

test("6: a volume as text is refused", async () => {
  const { answer } = await sent([prime({ volume: "0.5" })]);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({
    code: "type-not-float64",
    title: "type is not float64",
    detail: "type is not float64, but string",
    source: { pointer: "/0/volume" },
    meta: { type: "deviceEvent", subType: "prime" },
  });
});

test("7: null is as absent", async () => {
  const { answer } = await sent([prime({ volume: null })]);
  expect([answer.status, answer.body]).toEqual([400, missing("volume")]);
});

test("8: the target is required, and its case counts; the volume of an unknown one is not looked at", async () => {
  const { answer } = await sent([prime({ primeTarget: undefined })]);
  expect([answer.status, answer.body]).toEqual([400, missing("primeTarget")]);
  for (const [primeTarget, volume] of [
    ["Cannula", 0.5],
    ["needle", 5000],
  ]) {
    const wrong = await sent([prime({ primeTarget, volume })]);
    const detail = `value "${primeTarget}" is not one of ["cannula", "tubing"]`;
    const title = "value is not one of the allowed values";
    expect([wrong.answer.status, wrong.answer.body]).toEqual([
      400,
      fault("value-not-allowed", title, detail, { pointer: "/0/primeTarget" }, META),
    ]);
  }
});

test("8: two errors come in a list, the common members first", async () => {
  const { answer } = await sent([prime({ time: undefined, primeTarget: undefined })]);
  expect([answer.status, answer.body]).toEqual([400, { errors: [missing("time"), missing("primeTarget")] }]);
});

test("9: one wrong datum of 500 refuses all, and nothing is stored", async () => {
  const data = Array.from({ length: 500 }, (_, i) => prime({ volume: i === 417 ? 11 : 1 }));
  const { owner, setId, answer } = await sent(data);
  expect(answer.status).toBe(400);
  expect(answer.body.source.pointer).toBe("/417/volume");
  await close(owner, setId);
  expect(await dataOf(owner, owner.id)).toEqual([]);
});

test("10: the data of a normal set are seen when it is closed", async () => {
  const owner = await person();
  const setId = await openSet(owner, owner.id);
  await add(owner, setId, [prime()]);
  expect(await dataOf(owner, owner.id)).toEqual([]);
  await close(owner, setId);
  expect(await dataOf(owner, owner.id)).toHaveLength(1);
});

test("11: of the same prime uploaded twice the newer is seen; the older comes back when its set is deleted", async () => {
  const owner = await person();
  const upload = async () => {
    const set = { deduplicator: { name: HASH }, deviceId: "PumpCo-900-771203" };
    const setId = await openSet(owner, owner.id, set);
    await add(owner, setId, [prime(), prime({ primeTarget: "tubing", volume: 14.2 })]);
    await close(owner, setId);
    return setId;
  };
  const [first, second] = [await upload(), await upload()];
  // Tubing and cannula of one second are two data, not copies of each other.
  expect((await dataOf(owner, owner.id)).map(({ uploadId }) => uploadId)).toEqual([second, second]);
  await owner.delete(`/v1/data_sets/${second}`);
  const left = await dataOf(owner, owner.id);
  expect(left.map(({ uploadId }) => uploadId)).toEqual([first, first]);
  expect(left.map(({ primeTarget }) => primeTarget as string).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "cannula",
    "tubing",
  ]);
});

test("12: members that only the server sets are ignored", async () => {
  const { seen } = await throughSet([
    prime({ _active: false, createdTime: "2001-01-01T00:00:00Z", _userId: "0123456789" }),
  ]);
  expect(seen).toHaveLength(1);
  expect(Object.keys(seen[0]!).filter((name) => name.startsWith("_") || name === "createdTime")).toEqual([]);
});

test("13: who may upload and not view may add and not read", async () => {
  const clinic = await givenClinic();
  const patient = await givenPatient(clinic);
  await rows("UPDATE patients SET permissions = 4 WHERE user_id = ?", patient.id);
  const setId = await openSet(clinic.member, patient.id);
  await add(clinic.member, setId, [prime()]);
  const refused = await clinic.member.get(`/data/${patient.id}`);
  expect(refused.status).toBe(403);
  expect(refused.body).toMatchObject({
    status: 403,
    code: "data_cant_view",
    message: "user is not authorized to view data",
  });
});

test("14: unknown members are dropped", async () => {
  const { seen } = await throughSet([prime({ unheardOf: 1 })]);
  expect(seen[0]).not.toHaveProperty("unheardOf");
});

/** As it is published to be sent. */
const INGESTED = {
  ...prime({ primeTarget: "tubing", volume: 14.2, time: "2024-05-01T13:15:30-07:00" }),
  deviceTime: "2024-05-01T13:15:30",
  timezoneOffset: -420,
  conversionOffset: 0,
  clockDriftOffset: 0,
  uploadId: "ignored",
};

test("the published example as it is sent, and as it is read", async () => {
  const { seen, setId } = await throughSet([INGESTED]);
  expect(seen).toEqual([
    {
      type: "deviceEvent",
      subType: "prime",
      primeTarget: "tubing",
      volume: 14.2,
      time: "2024-05-01T20:15:30.000Z",
      deviceTime: "2024-05-01T13:15:30",
      timezoneOffset: -420,
      conversionOffset: 0,
      clockDriftOffset: 0,
      deviceId: "PumpCo-900-771203",
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      guid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      uploadId: setId,
    },
  ]);
});

test("the published example as it is read may be sent, but not with its volume as a text", async () => {
  const { seen, owner } = await throughSet([INGESTED]);
  const [client] = seen;
  // Ids of data are unique for a person.
  const other = await person();
  const setId = await openSet(other, other.id, { dataSetType: "continuous" });
  const refused = await other.post(dataPath(setId), [{ ...client, volume: "14.2" }]);
  expect([refused.status, refused.body]).toMatchObject([400, { code: "type-not-float64" }]);
  expect(await dataOf(other, other.id)).toEqual([]);
  await add(other, setId, [client!]);
  expect(await dataOf(other, other.id)).toEqual([{ ...client, uploadId: setId }]);
  expect(await dataOf(owner, owner.id)).toEqual(seen);
});

/** The published storage form of the only datum of a person, from what their object keeps. */
const storedOf = (owner: Caller) =>
  runInDurableObject(objectOf(owner.id), (_, { storage }) => {
    const one = (text: string) => storage.sql.exec<Record<string, any>>(text).one();
    const it = one(
      `SELECT data.time, data.created_at, data.is_archived, data.rest, lower(hex(data.id)) AS id, data.hash,
         shapes.text, sets.id AS upload_id, sets.closed_at, provenances.text AS provenance
       FROM data JOIN shapes ON shapes.key = data.shape JOIN sets ON sets.key = data.set_key
         JOIN additions ON data.key BETWEEN additions.first_key AND additions.last_key
         JOIN provenances ON provenances.key = additions.provenance`,
    );
    return {
      ...(JSON.parse(`{${it.text}${it.rest ?? ""}}`) as object),
      time: new Date(it.time).toISOString(),
      id: it.id,
      uploadId: it.upload_id,
      _active: it.is_archived === 0 && it.closed_at !== null,
      _userId: storage.kv.get("ownerId"),
      hasHash: it.hash !== null,
      createdTime: new Date(it.created_at).toISOString(),
      provenance: JSON.parse(it.provenance),
    };
  });

test("the published example as it is stored: hidden until its set is closed, with its identity and who sent it", async () => {
  const owner = await person();
  const before = Date.now();
  const setId = await openSet(owner, owner.id, { deduplicator: { name: HASH }, deviceId: INGESTED.deviceId });
  await add(owner, setId, [INGESTED]);
  const { uploadId: _, deviceTime: __, ...kept } = INGESTED;
  const stored = await storedOf(owner);
  expect(stored).toEqual({
    ...kept,
    time: "2024-05-01T20:15:30.000Z",
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    uploadId: setId,
    _active: false,
    _userId: owner.id,
    hasHash: true,
    createdTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    provenance: expect.objectContaining({ byUserID: owner.id }),
  });
  expect(Date.parse(stored.createdTime)).toBeGreaterThanOrEqual(before - 1000);
  await close(owner, setId);
  expect(await storedOf(owner)).toEqual({ ...stored, _active: true });
});
