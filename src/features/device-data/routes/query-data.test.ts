import { beforeEach, describe, expect, test, vi } from "vitest";
import { ONCE_TOLD } from "../../../../test/audit/trail.ts";
import {
  add,
  cbg,
  close,
  dataOf,
  DEDUPLICATOR,
  fault,
  NO_SET,
  openSet,
  prime,
  remove,
  smbg,
  upload,
} from "../../../../test/device-data.ts";
import {
  type Caller,
  givenClinic,
  givenPatient,
  person,
  rows,
  send,
  service,
  auditRows,
} from "../../../../test/harness.ts";
import { logged } from "../../../../test/logged.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { sha256 } from "../../../platform/core/ids.ts";

let owner: Caller;
beforeEach(async () => {
  owner = await person();
});
const query = (parameters = "", caller = owner) => caller.get(`/data/${owner.id}${parameters}`);
const AT = Date.parse("2024-05-01T20:00:00Z");
const bolus = (ms: number, values: object = {}) => ({
  type: "bolus",
  subType: "normal",
  normal: 1,
  time: new Date(ms).toISOString(),
  deviceId: "PumpCo-900-771203",
  ...values,
});
const idOf = (n: number) => n.toString(16).padStart(32, "0");
/** The ids of what a query finds, data sets included. */
const idsOf = async (parameters = "") => {
  const { status, body } = await query(parameters);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.map(({ id }: { id: string }) => id);
};
const continuous = { dataSetType: "continuous", time: "2024-04-01T00:00:00Z" };

describe("QueryData", () => {
  test("200 with visible data by time and id, the data sets among them, and nothing that is only stored", async () => {
    const setId = await openSet(owner, owner.id, { ...continuous, deviceId: "A-1" });
    await add(owner, setId, [prime({ id: idOf(3) }), cbg(AT - 1, 6.5, { id: idOf(2) }), prime({ id: idOf(1) })]);
    const answer = await query();
    expect([answer.status, answer.headers.get("content-type"), answer.calls]).toEqual([200, "application/json", 0]);
    expect(answer.body.map(({ id }: any) => id)).toEqual([setId, idOf(2), idOf(1), idOf(3)]);
    expect(answer.body[0]).toEqual({
      type: "upload",
      id: setId,
      uploadId: setId,
      guid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      time: "2024-04-01T00:00:00.000Z",
      deviceId: "A-1",
      dataSetType: "continuous",
      deduplicator: { name: DEDUPLICATOR.none, version: "1.0.0" },
      byUser: owner.id,
    });
    for (const datum of answer.body) {
      expect(Object.keys(datum).filter((name) => name.startsWith("_"))).toEqual([]);
      for (const name of ["createdTime", "modifiedTime", "provenance", "revision", "state"]) {
        expect(datum).not.toHaveProperty(name);
      }
    }
  });

  test("200 with [] for a person without data", async () => {
    const answer = await query();
    expect([answer.status, answer.text]).toEqual([200, "[]"]);
  });

  test("200 for a clinician in one round trip, and the reading is recorded", async () => {
    const clinic = await givenClinic();
    const patient = await givenPatient(clinic);
    const answer = await clinic.member.get(`/data/${patient.id}`);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    await vi.waitFor(
      async () =>
        expect(await auditRows({ patient_id: patient.id, operation: "QueryData" })).toEqual([
          expect.objectContaining({ actor_id: clinic.member.id, outcome: "read" }),
        ]),
      ONCE_TOLD,
    );
  });

  test("breaks the connection off where the object fails in the middle, so that nobody takes a part for the whole", async () => {
    const parts = ["[1", undefined];
    const answer = new ReadableStream({
      type: "bytes",
      pull(controller) {
        const part = parts.shift();
        if (part === undefined) throw new Error("lost");
        controller.enqueue(new TextEncoder().encode(part));
      },
    });
    const DEVICE_DATA = { getByName: () => ({ fetch: async () => new Response(answer) }) };
    const through = servedIn({ DEVICE_DATA });
    await expect(send("GET", `/data/${owner.id}`, { token: owner.token, through })).rejects.toThrow();
    await vi.waitFor(() => expect(logged().join("\n")).toContain("stream ended early"));
    expect(logged().join("\n")).not.toContain("lost");
  });

  test("200 with values to their last digit", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    const values = Array.from({ length: 361 }, (_, i) => (i + 40) / 18.01559);
    const data = values.map((value, i) => cbg(AT - 300_000 * (values.length - i), value));
    await add(owner, setId, data);
    const seen = await dataOf(owner, owner.id);
    expect(seen.filter(({ type }) => type === "cbg").map(({ value }) => value)).toEqual(values);
  });

  test.each([
    ["small ones", ""],
    ["a large one", "-".repeat(200)],
  ])("200 with the further members of each, where some have none: %s", async (_, more) => {
    const setId = await openSet(owner, owner.id, continuous);
    const payloads = [undefined, { n: 1 }, undefined, undefined, { n: 4, more }, { n: 5 }, undefined];
    await add(
      owner,
      setId,
      payloads.map((payload, i) => cbg(AT - 300_000 * (9 - i), 6, payload && { payload })),
    );
    for (const parameters of ["?type=cbg", "?type=cbg&limit=6"]) {
      const seen = await dataOf(owner, owner.id, parameters);
      expect(seen.map(({ payload }) => payload)).toEqual(payloads.slice(0, seen.length));
    }
    expect((await dataOf(owner, owner.id, "?type=cbg&latest=true")).map(({ payload }) => payload)).toEqual([undefined]);
  });

  test("200 with more data than are read at once, each of them once and in order", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    const all = Array.from({ length: 11_000 }, (_, i) => cbg(AT - Math.floor(i / 3) * 300_000, 6.5, { id: idOf(i) }));
    for (let at = 0; at < all.length; at += 1000) await add(owner, setId, all.slice(at, at + 1000));
    const seen = await dataOf(owner, owner.id);
    expect(seen).toHaveLength(11_000);
    const places = seen.map(({ time, id }) => `${time} ${id}`);
    expect(places).toEqual(places.toSorted());
    expect(new Set(seen.map(({ id }) => id)).size).toBe(11_000);
  });
});

describe("a filter", () => {
  let pump: string;
  let sensor: string;
  beforeEach(async () => {
    pump = await openSet(owner, owner.id, { ...continuous, deviceId: "PumpCo-900-771203" });
    sensor = await openSet(owner, owner.id, { ...continuous, deviceId: "CgmCo-5-003" });
    await add(owner, pump, [
      bolus(AT, { id: idOf(1) }),
      bolus(AT + 1000, { id: idOf(2), subType: "square", normal: undefined, extended: 1, duration: 60_000 }),
      prime({ id: idOf(3), time: new Date(AT + 2000).toISOString() }),
    ]);
    await add(owner, sensor, [
      cbg(AT, 6.5, { id: idOf(4) }),
      cbg(AT + 3000, 6.5, { id: idOf(5) }),
      smbg(AT + 1000, 7, { id: idOf(6), subType: "manual" }),
    ]);
  });

  test.each([
    ["type=cbg", [4, 5]],
    ["type=cbg,smbg", [4, 6, 5]],
    ["type=cbg,nothing", [4, 5]],
    ["type=nothing", []],
    ["type=CBG", []],
    ["subType=square", [2]],
    ["subType=square,manual", [2, 6]],
    ["subType=prime", [3]],
    ["subType=prime&type=deviceEvent,bolus", [3]],
    ["subType=prime&type=bolus", []],
    ["type=bolus&subType=normal", [1]],
    ["type=cbg&subtype=normal", [4, 5]],
    ["type=bolus&deviceId=PumpCo-900-771203", [1, 2]],
    ["type=cbg,bolus&deviceId=CgmCo-5-003", [4, 5]],
    ["deviceId=None", []],
    ["type=bolus,cbg&startDate=2024-05-01T20:00:00.001Z", [2, 5]],
    ["type=bolus,cbg&startDate=2024-05-01T20:00:00Z&endDate=2024-05-01T20:00:01Z", [1, 4, 2]],
    ["type=bolus,cbg&endDate=2024-05-01T20:00:00.999Z", [1, 4]],
    ["type=bolus,cbg&startDate=2024-05-01T13:00:01-07:00", [2, 5]],
    ["type=cbg&startDate=2024-05-02T00:00:00Z&endDate=2024-05-01T00:00:00Z", []],
    ["type=cbg&unheardOf=1", [4, 5]],
    [
      "type=cbg&cbgFilter=false&dexcom=true&medtronic=1&sampleIntervalMinimum=600000&dosingDecision.reason=loop",
      [4, 5],
    ],
  ])("?%s", async (parameters, numbers) => {
    expect(await idsOf(`?${parameters.replaceAll("+", "%2B")}`)).toEqual(numbers.map(idOf));
  });

  test.each(["type=", "subType=", "deviceId=", "uploadId=", "startDate=", "type=&subType="])(
    "?%s is as absent",
    async (parameters) => {
      expect(await idsOf(`?${parameters}`)).toEqual(await idsOf());
    },
  );

  test("?uploadId has the data of one set, and the set itself; an unknown one nothing", async () => {
    expect(await idsOf(`?uploadId=${sensor}`)).toEqual([sensor, idOf(4), idOf(6), idOf(5)]);
    expect(await idsOf(`?uploadId=${sensor}&type=cbg`)).toEqual([idOf(4), idOf(5)]);
    expect(await idsOf(`?uploadId=${NO_SET}`)).toEqual([]);
    const other = await person();
    const foreign = await upload(other, [prime()]);
    expect(await idsOf(`?uploadId=${foreign}`)).toEqual([]);
  });

  test("?type=upload has the data sets that readers see, narrowed like others", async () => {
    expect((await idsOf("?type=upload")).toSorted()).toEqual([pump, sensor].toSorted());
    expect(await idsOf("?type=upload&deviceId=CgmCo-5-003")).toEqual([sensor]);
    expect(await idsOf("?type=upload&startDate=2024-04-01T00:00:00.001Z")).toEqual([]);
    expect(await idsOf("?type=upload&subType=normal")).toEqual([]);
    const normal = await openSet(owner, owner.id, { time: "2024-04-02T00:00:00Z" });
    expect(await idsOf("?type=upload")).not.toContain(normal);
    await close(owner, normal);
    expect(await idsOf("?type=upload&startDate=2024-04-02T00:00:00Z")).toEqual([normal]);
  });

  test.each([
    ["latest=true&type=cbg,smbg", [6, 5]],
    ["latest=true&type=bolus", [2]],
    ["latest=true&type=bolus&subType=normal", [1]],
    ["latest=true&type=bolus,cbg&endDate=2024-05-01T20:00:00.500Z", [1, 4]],
    ["latest=true&type=cbg&deviceId=PumpCo-900-771203", []],
    ["latest=false&type=cbg", [4, 5]],
    ["latest=false&latest=1&type=cbg", [5]],
  ])("?%s", async (parameters, numbers) => {
    expect(await idsOf(`?${parameters}`)).toEqual(numbers.map(idOf));
  });

  test("?latest has the newest of each type, and of the data sets", async () => {
    const newer = await upload(owner, [], { time: "2024-04-03T00:00:00Z" });
    expect(await idsOf("?latest=true")).toEqual([newer, idOf(2), idOf(6), idOf(3), idOf(5)]);
    expect(await idsOf("?latest=true&type=upload")).toEqual([newer]);
  });
});

describe("?carelink", () => {
  const sources = async (parameters = "") =>
    (await dataOf(owner, owner.id, parameters)).map(({ source }) => source ?? "own");
  const medtronic = { deviceManufacturers: ["Other", "Medtronic"], deviceModel: "none of the list" };
  beforeEach(async () => {
    await upload(owner, [prime({ id: idOf(1), source: "carelink" }), prime({ id: idOf(2), primeTarget: "tubing" })]);
  });

  test("is true by default, unless a closed set of a Medtronic device is there", async () => {
    expect(await sources()).toEqual(["carelink", "own"]);
    const setId = await openSet(owner, owner.id, medtronic);
    expect(await sources()).toEqual(["carelink", "own"]);
    await close(owner, setId);
    expect(await sources()).toEqual(["own"]);
    await owner.delete(`/v1/data_sets/${setId}`);
    expect(await sources()).toEqual(["carelink", "own"]);
  });

  test("decides where it is given", async () => {
    expect(await sources("?carelink=false")).toEqual(["own"]);
    await upload(owner, [], medtronic);
    expect(await sources("?carelink=true")).toEqual(["carelink", "own"]);
    expect(await sources("?carelink=false&carelink=T")).toEqual(["carelink", "own"]);
  });
});

describe("what readers see", () => {
  test("of a normal set its data once it is closed, of a continuous one at once", async () => {
    const [normal, live] = [await openSet(owner, owner.id), await openSet(owner, owner.id, continuous)];
    await add(owner, normal, [prime({ id: idOf(1), volume: 1 })]);
    await add(owner, live, [prime({ id: idOf(2), volume: 2 })]);
    const volumes = async (parameters = "") => (await dataOf(owner, owner.id, parameters)).map(({ volume }) => volume);
    expect(await volumes()).toEqual([2]);
    expect(await volumes(`?uploadId=${normal}`)).toEqual([]);
    expect(await volumes("?latest=true")).toEqual([2]);
    await close(owner, normal);
    expect(await volumes()).toEqual([1, 2]);
  });
});

describe("pages", () => {
  /** All pages of a query, by the ids they have. */
  async function pagesOf(parameters: string, limit: number): Promise<string[][]> {
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const after = cursor === null ? "" : `&cursor=${cursor}`;
      const answer = await query(`?limit=${limit}${parameters}${after}`);
      expect(answer.status, answer.text).toBe(200);
      pages.push(answer.body.map(({ id }: { id: string }) => id));
      cursor = answer.headers.get("x-next-cursor");
      expect(pages.length).toBeLessThan(100);
    } while (cursor !== null);
    return pages;
  }

  test("have each datum once, in the order of the whole, though many have one time", async () => {
    const setId = await openSet(owner, owner.id, { ...continuous, time: new Date(AT).toISOString() });
    const data = Array.from({ length: 20 }, (_, i) => {
      const values = { id: idOf(7 * (20 - i)), time: new Date(AT + (i % 2)).toISOString() };
      return i % 3 === 0 ? cbg(AT, 6, values) : i % 3 === 1 ? prime(values) : bolus(AT, values);
    });
    await add(owner, setId, data);
    const whole = await idsOf();
    expect(whole).toHaveLength(21);
    for (const limit of [1, 2, 3, 7, 20, 21]) expect((await pagesOf("", limit)).flat()).toEqual(whole);
    expect(await pagesOf("&type=cbg", 100)).toEqual([await idsOf("?type=cbg")]);
    expect((await pagesOf("&type=bolus,upload", 2)).flat()).toEqual(await idsOf("?type=bolus,upload"));
  });

  test("miss nothing where ids are texts as well as hexadecimal numbers", async () => {
    const setId = await openSet(owner, owner.id, { ...continuous, time: new Date(AT).toISOString() });
    const time = new Date(AT).toISOString();
    const ids = ["0", "5", "a", "f", "g", "m", "z"].map((it) => it.repeat(32));
    await add(
      owner,
      setId,
      ids.map((id, i) => (i % 2 === 0 ? cbg(AT, 6, { id }) : prime({ id, time }))),
    );
    const whole = await idsOf();
    expect(whole).toEqual([...ids, setId].toSorted());
    for (const limit of [1, 2, 3, 5]) expect((await pagesOf("", limit)).flat()).toEqual(whole);
  });

  test("end where there is no more: without a header", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(owner, setId, [prime({ id: idOf(1) }), prime({ id: idOf(2) })]);
    const first = await query("?type=deviceEvent&limit=1");
    expect([first.body.length, first.headers.get("x-next-cursor")]).toEqual([
      1,
      `${Date.parse(first.body[0].time)}.${idOf(1)}`,
    ]);
    const all = await query("?type=deviceEvent&limit=3");
    expect([all.body.length, all.headers.get("x-next-cursor")]).toEqual([2, null]);
    expect((await query("?type=deviceEvent")).headers.get("x-next-cursor")).toBeNull();
  });

  test("go on after data that came meanwhile", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(owner, setId, [cbg(AT, 6, { id: idOf(1) }), cbg(AT + 2, 6, { id: idOf(3) })]);
    const first = await query("?type=cbg&limit=1");
    await add(owner, setId, [cbg(AT - 1, 6, { id: idOf(9) }), cbg(AT + 1, 6, { id: idOf(2) })]);
    const cursor = first.headers.get("x-next-cursor");
    expect(await idsOf(`?type=cbg&limit=5&cursor=${cursor}`)).toEqual([idOf(2), idOf(3)]);
  });

  test("go on behind data that are gone since", async () => {
    const setId = await openSet(owner, owner.id, continuous);
    await add(
      owner,
      setId,
      [1, 2, 3].map((n) => cbg(AT + n, 6, { id: idOf(n) })),
    );
    const first = await query("?type=cbg&limit=2");
    expect((await remove(owner, setId, [{ id: idOf(2) }])).status).toBe(200);
    const cursor = first.headers.get("x-next-cursor");
    expect(await idsOf(`?type=cbg&limit=2&cursor=${cursor}`)).toEqual([idOf(3)]);
    expect((await (await service()).delete(`/v1/users/${owner.id}/data`)).status).toBe(200);
    expect(await idsOf(`?type=cbg&limit=2&cursor=${cursor}`)).toEqual([]);
  });

  test("400 for what is no cursor", async () => {
    await upload(owner, [prime()]);
    for (const cursor of [NO_SET, "nothing", ".a", "1.", "1e3.a", "1234567890123456.a"]) {
      const answer = await query(`?limit=1&cursor=${cursor}`);
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { code: "invalid_parameters", errors: [{ code: "value-not-valid", source: { parameter: "cursor" } }] },
      ]);
    }
  });
});

describe("a refusal", () => {
  const refused = (errors: unknown[]) => ({
    status: 400,
    id: expect.any(String),
    code: "invalid_parameters",
    message: "one or more parameters are invalid",
    errors,
  });
  const notParsable = (value: string, parameter: string) =>
    fault(
      "value-not-parsable",
      "value is not a parsable time",
      `value "${value}" is not a parsable time of format "2006-01-02T15:04:05.999999999Z07:00"`,
      { parameter },
    );
  const notBool = (parameter: string) =>
    fault("type-not-bool", "type is not bool", "type is not bool, but string", { parameter });

  test.each([
    ["startDate=yesterday", [notParsable("yesterday", "startDate")]],
    ["endDate=2024-05-01", [notParsable("2024-05-01", "endDate")]],
    ["startDate=2024-05-01T20:00:00", [notParsable("2024-05-01T20:00:00", "startDate")]],
    ["startDate=2024-02-30T20:00:00Z", [notParsable("2024-02-30T20:00:00Z", "startDate")]],
    ["latest=yes", [notBool("latest")]],
    ["latest=", [notBool("latest")]],
    ["carelink=2", [notBool("carelink")]],
    ["cbgFilter=x", [notBool("cbgFilter")]],
    ["startDate=x&latest=y", [notParsable("x", "startDate"), notBool("latest")]],
    [
      "limit=0",
      [
        fault("value-out-of-range", "value is out of range", "value 0 is not between 1 and 10000", {
          parameter: "limit",
        }),
      ],
    ],
    ["limit=x", [fault("type-not-int", "type is not int", "type is not int, but string", { parameter: "limit" })]],
  ])("400 for ?%s, in its own form", async (parameters, errors) => {
    const answer = await query(`?${parameters}`);
    expect([answer.status, answer.body]).toEqual([400, refused(errors)]);
    expect(answer.body.id).toBe(answer.headers.get("x-request-id"));
  });

  test("403 before 400 for a stranger, and for a person nobody knows", async () => {
    const stranger = await person();
    for (const path of [`/data/${owner.id}`, `/data/${owner.id}?latest=x`, "/data/ffffffffff", "/data/NOT-AN-ID"]) {
      const answer = await stranger.get(path);
      expect([answer.status, answer.body]).toEqual([
        403,
        { status: 403, id: expect.any(String), code: "data_cant_view", message: "user is not authorized to view data" },
      ]);
    }
  });

  test("401 without a token and with a bad one", async () => {
    for (const token of [undefined, "nonsense"]) {
      const answer = await send("GET", `/data/${owner.id}`, token === undefined ? {} : { token });
      expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
    }
  });
});

describe("a restricted token", () => {
  const given = async (userId: string, path: string, expiresAt = Date.now() + 60_000) => {
    const token = `token-${crypto.randomUUID()}`;
    await rows(
      "INSERT INTO restricted_tokens (hash, user_id, path, created_at, expires_at) VALUES (?, ?, ?, ?, ?) RETURNING hash",
      await sha256(token),
      userId,
      path,
      Date.now(),
      expiresAt,
    );
    return token;
  };
  const asked = (path: string, token: string, parameters = "") =>
    send("GET", `${path}?restricted_token=${token}${parameters}`);

  test("opens the path for its person, without a session token", async () => {
    await upload(owner, [prime()]);
    const path = `/data/${owner.id}`;
    const answer = await asked(path, await given(owner.id, path), "&type=deviceEvent");
    expect([answer.status, answer.body.length]).toEqual([200, 1]);
  });

  test("gives no more than its person has: 403", async () => {
    const path = `/data/${owner.id}`;
    const stranger = await person();
    expect((await asked(path, await given(stranger.id, path))).status).toBe(403);
  });

  test("401 for another path, after its time, when it is unknown, empty or long; a session token does not help", async () => {
    const path = `/data/${owner.id}`;
    const other = await given(owner.id, "/data/ffffffffff");
    const late = await given(owner.id, path, Date.now() - 1);
    for (const token of [other, late, "unknown", "", "x".repeat(500)]) {
      for (const session of [undefined, owner.token]) {
        const answer = await send(
          "GET",
          `${path}?restricted_token=${token}`,
          session === undefined ? {} : { token: session },
        );
        expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
      }
    }
  });

  test("401 for any other operation", async () => {
    const path = `/v1/users/${owner.id}/data_sets`;
    const answer = await asked(path, await given(owner.id, path));
    expect(answer.status).toBe(401);
  });
});
