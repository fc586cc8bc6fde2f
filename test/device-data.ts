import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect } from "vitest";
import { type Answer, type Caller, person, rows } from "./harness.ts";

/** Everything tests need to send device data and to see what becomes of them. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The object of a person. */
export const objectOf = (userId: string): DurableObjectStub => env.DEVICE_DATA.getByName(userId);

/** Lets the object of a person do what it would do later. */
export const settle = async (userId: string): Promise<void> => {
  for (let n = 0; n < 5 && (await runDurableObjectAlarm(objectOf(userId))); n++);
};

/** Opens a data set; returns its id. */
export async function openSet(caller: Caller, userId: string, set: object = {}): Promise<string> {
  const { status, body } = await caller.post(`/v1/users/${userId}/data_sets`, set);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.data.id;
}

export const dataPath = (setId: string) => `/v1/data_sets/${setId}/data`;

/** Adds data, which must be taken. */
export async function add(caller: Caller, setId: string, data: readonly object[]): Promise<void> {
  const { status, body } = await caller.post(dataPath(setId), data);
  expect(status, JSON.stringify(body)).toBe(200);
}

export async function close(caller: Caller, setId: string): Promise<void> {
  const { status, body } = await caller.put(`/v1/data_sets/${setId}`, { dataState: "closed" });
  expect(status, JSON.stringify(body)).toBe(200);
}

/** What a reader sees of a person, without the data sets themselves. */
export async function dataOf(caller: Caller, userId: string, query = ""): Promise<Record<string, any>[]> {
  const { status, body } = await caller.get(`/data/${userId}${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.filter(({ type }: { type: string }) => type !== "upload");
}

export const iso = (ms: number): string => new Date(ms).toISOString();

export const prime = (values: object = {}) => ({
  type: "deviceEvent",
  subType: "prime",
  primeTarget: "cannula",
  volume: 0.5,
  time: "2024-05-01T20:15:30.000Z",
  deviceId: "PumpCo-900-771203",
  ...values,
});

export const cbg = (ms: number, value = 6.5, values: object = {}) => ({
  type: "cbg",
  units: "mmol/L",
  value,
  time: iso(ms),
  deviceId: "CgmCo-5-003",
  sampleInterval: 5 * MINUTE_MS,
  ...values,
});

export const smbg = (ms: number, value = 7.1, values: object = {}) => ({
  type: "smbg",
  units: "mmol/L",
  value,
  time: iso(ms),
  deviceId: "MeterCo-1-88",
  ...values,
});

/** A datum that has an origin, by which the deduplicators of origins tell it. */
export const withOrigin = (id: string, values: object = {}) => prime({ origin: { id }, ...values });

/** Removes the selected data of a set; the answer. */
export const remove = (caller: Caller, setId: string, selectors: unknown): Promise<Answer> =>
  caller.send("DELETE", dataPath(setId), selectors);

/** The names of the deduplicators. */
export const DEDUPLICATOR = {
  none: "org.tidepool.deduplicator.none",
  hash: "org.tidepool.deduplicator.device.deactivate.hash",
  truncate: "org.tidepool.deduplicator.device.truncate.dataset",
  origin: "org.tidepool.deduplicator.dataset.delete.origin",
  older: "org.tidepool.deduplicator.dataset.delete.origin.older",
  drop: "org.tidepool.deduplicator.dataset.drop.hash",
} as const;

/** An open set of a device with a deduplicator. */
export const openSetOf = (caller: Caller, name: keyof typeof DEDUPLICATOR, set: object = {}): Promise<string> =>
  openSet(caller, caller.id, { deduplicator: { name: DEDUPLICATOR[name] }, deviceId: "PumpCo-900-771203", ...set });

/** Opens a normal set, adds data and closes it; returns its id. */
export async function upload(caller: Caller, data: readonly object[], set: object = {}): Promise<string> {
  const setId = await openSet(caller, caller.id, set);
  await add(caller, setId, data);
  await close(caller, setId);
  return setId;
}

/** What clinics show of a person's readings: an entry for each record, without what there is none of. */
export const shownTo = (userId: string) =>
  rows<{ cgm: string | null; bgm: string | null }>(
    "SELECT cgm_summary_id AS cgm, bgm_summary_id AS bgm FROM patients WHERE user_id = ? ORDER BY clinic_id",
    userId,
  );

/** A well-formed id of no data set. */
export const NO_SET = "0123456789abcdef0123456789abcdef";

/** A refusal in an envelope. */
export const refusedInEnvelope = (status: number, code: string, title: string, detail = title) => ({
  errors: [{ code, title, detail, status: String(status) }],
  meta: { trace: { request: expect.stringMatching(/^[0-9a-f]{32}$/) } },
});
export const unknownSet = (setId: string) =>
  refusedInEnvelope(
    404,
    "data-set-id-not-found",
    "data set with specified id not found",
    `Data set with id ${setId} not found`,
  );
export const closedSet = (setId: string) =>
  refusedInEnvelope(
    409,
    "data-set-closed",
    "data set with specified id is closed for new data",
    `Data set with id ${setId} is closed for new data`,
  );
export const notAuthorized = refusedInEnvelope(
  403,
  "unauthorized",
  "auth token is not authorized for requested action",
);
export const malformedJson = refusedInEnvelope(400, "json-malformed", "json is malformed");

/** A fault at a place of the body, or in a parameter. */
export const fault = (code: string, title: string, detail: string, source?: object, meta?: object) => ({
  code,
  title,
  detail,
  ...(source && { source }),
  ...(meta && { meta }),
});

/**
 * What is told of a data set before a request to it is looked at: with an input that is wrong as well, 404 comes before 403
 * and 403 before 409. `set` is what the closed set is opened with.
 */
export async function expectRefusalsInOrder(
  write: (caller: Caller, setId: string) => Promise<Answer>,
  set: object = {},
): Promise<void> {
  const [owner, stranger] = [await person(), await person()];
  const [closed, deleted] = [await openSet(owner, owner.id, set), await openSet(owner, owner.id, set)];
  const { status } = await owner.put(`/v1/data_sets/${closed}`, { state: "closed" });
  expect(status).toBe(200);
  await owner.delete(`/v1/data_sets/${deleted}`);
  const told = async (caller: Caller, setId: string) => {
    const { status, body } = await write(caller, setId);
    return { status, body };
  };
  expect(await told(stranger, NO_SET)).toEqual({ status: 404, body: unknownSet(NO_SET) });
  expect(await told(stranger, closed)).toEqual({ status: 403, body: notAuthorized });
  expect(await told(owner, deleted)).toEqual({ status: 404, body: unknownSet(deleted) });
  expect(await told(owner, closed)).toEqual({ status: 409, body: closedSet(closed) });
}
