import { beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../src/platform/request/operation.ts";
import { openSet } from "../device-data.ts";
import { type Caller, type GivenClinic, givenClinic, newUserId, rows, UNKNOWN_ID } from "../harness.ts";
import { EXPECTED } from "./expected-access.ts";
import { refusalBody } from "./expected-refusals.ts";
import { operationsByName, pathOf, pathOfKnown, UNKNOWN_SET } from "./principals.ts";

/** What every operation refuses in the same way, asked of each one by somebody who may call it. */

const MEBIBYTE = 1024 * 1024;

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

/** Who may call, and the path that lets them. */
async function allowed(name: string, operation: Operation): Promise<{ caller: Caller; path: string }> {
  const rights = EXPECTED[name]!.allowed;
  const caller = rights.includes("service") ? clinic.service : clinic.admin;
  const isNamed = rights.every((right) => right === "self");
  return { caller, path: await pathOfKnown(operation, clinic.clinicId, isNamed ? caller.id : newUserId()) };
}

const withBody = operationsByName.filter(
  ([name, { route }]) => route.request?.body && EXPECTED[name]!.form !== "outcome",
);
const writes = operationsByName.filter(
  ([name, { route }]) => route.method !== "get" && EXPECTED[name]!.form !== "outcome",
);

describe("a body that can't be taken", () => {
  test.each(withBody)("%s: 415 for a text, 413 above its bound", async (name, operation) => {
    const { caller, path } = await allowed(name, operation);
    const method = operation.route.method.toUpperCase();
    const text = await caller.send(method, path, "name=x", { "content-type": "text/plain" });
    expect([text.status, text.body]).toEqual([
      415,
      refusalBody(name, 415, expect.stringContaining("application/json is expected")),
    ]);
    const bytesMax = (EXPECTED[name]!.bodyMebibytes ?? 1) * MEBIBYTE;
    const large = await caller.send(method, path, `"${"x".repeat(bytesMax - 1)}"`);
    expect([large.status, large.body]).toEqual([
      413,
      refusalBody(name, 413, `request body has an error: larger than ${bytesMax} bytes`),
    ]);
    const atBound = await caller.send(method, path, `"${"x".repeat(bytesMax - 2)}"`);
    expect(atBound.status).not.toBe(413);
  });
});

/** The name an answer is kept under, as docs/storage.md has it: SHA-256 of the kind and id of the caller, operation and key. */
async function keptUnder(kind: string, callerId: string, name: string, key: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([kind, callerId, name, key]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("an Idempotency-Key that was used for another request", () => {
  test.each(writes.filter(([name]) => !EXPECTED[name]!.form))(
    "%s: 422, and the answer to the other one stays",
    async (name, operation) => {
      const { caller, path } = await allowed(name, operation);
      const key = crypto.randomUUID();
      const id = await keptUnder(caller === clinic.service ? "service" : "person", caller.id, name, key);
      await rows(
        "INSERT INTO replays (id, fingerprint, status, body, created_at, expires_at) VALUES (?, 'another', 200, '{}', 0, ?) RETURNING id",
        id,
        Date.now() + 60_000,
      );
      const headers = { "idempotency-key": key };
      const answer = await caller.send(operation.route.method.toUpperCase(), path, EXPECTED[name]!.body, headers);
      expect([answer.status, answer.body.message]).toEqual([
        422,
        "constraint violation: the Idempotency-Key was used for another request",
      ]);
      expect(await rows("SELECT fingerprint FROM replays WHERE id = ?", id)).toEqual([{ fingerprint: "another" }]);
    },
  );

  /** What repeats without leaving anything to be repeated: a calculation, and a destruction that takes its answer along. */
  const KEEP_NOTHING = new Set(["DeleteUserData", "RecomputeSummary"]);
  const onData = writes.filter(([name]) => EXPECTED[name]!.form && !KEEP_NOTHING.has(name));

  test("is tried with every operation", () => {
    const forms = writes.filter(([name]) => EXPECTED[name]!.form).map(([name]) => name);
    expect(forms.filter((name) => !onData.some(([it]) => it === name))).toEqual([...KEEP_NOTHING]);
  });

  // Their answers are kept beside the data, in the object of the person.
  test.each(onData)("%s: 422, and the answer to the other one stays with the data", async (name, operation) => {
    const owner = newUserId();
    const [first, second] = [0, 1].map(() => openSet(clinic.service, owner, { dataSetType: "continuous" }));
    const pathWith = (setId: string) => pathOf(operation, UNKNOWN_ID, owner).replace(UNKNOWN_SET, setId);
    const method = operation.route.method.toUpperCase();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const { body } = EXPECTED[name]!;
    const send = (path: string, it: unknown) => clinic.service.send(method, path, it, headers);
    const path = pathWith(await first!);
    const answer = await send(path, body);
    expect(answer.status).toBeLessThan(300);
    const other =
      body === undefined
        ? await send(pathWith(await second!), body)
        : await send(path, Array.isArray(body) ? [...body, ...body] : { ...body, deviceModel: "other" });
    const message = "constraint violation: the Idempotency-Key was used for another request";
    expect([other.status, other.body]).toEqual([422, refusalBody(name, 422, message)]);
    const again = await send(path, body);
    expect([again.status, again.body.data]).toEqual([answer.status, answer.body.data]);
  });
});
