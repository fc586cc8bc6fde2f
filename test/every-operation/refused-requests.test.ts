import { beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../src/platform/request/operation.ts";
import { type Caller, type GivenClinic, givenClinic, newUserId, rows } from "../harness.ts";
import { EXPECTED } from "./expected-access.ts";
import { operationsByName, pathOf } from "./principals.ts";

/** What every operation refuses in the same way, asked of each one by somebody who may call it. */

const MEBIBYTE = 1024 * 1024;

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

/** Who may call, and the path that lets them. */
function allowed(name: string, operation: Operation): { caller: Caller; path: string } {
  const rights = EXPECTED[name]!.allowed;
  const caller = rights.includes("service") ? clinic.service : clinic.admin;
  const isNamed = rights.every((right) => right === "self");
  return { caller, path: pathOf(operation, clinic.clinicId, isNamed ? caller.id : newUserId()) };
}

const withBody = operationsByName.filter(([, { route }]) => route.request?.body);
const writes = operationsByName.filter(([, { route }]) => route.method !== "get");

describe("a body that can't be taken", () => {
  test.each(withBody)("%s: 415 for a text, 413 above 1 MiB", async (name, operation) => {
    const { caller, path } = allowed(name, operation);
    const method = operation.route.method.toUpperCase();
    const text = await caller.send(method, path, "name=x", { "content-type": "text/plain" });
    expect([text.status, text.body.code]).toEqual([415, 415]);
    const large = await caller.send(method, path, `"${"x".repeat(MEBIBYTE)}"`);
    expect([large.status, large.body.code]).toEqual([413, 413]);
  });
});

/** The name an answer is kept under, as docs/storage.md has it: SHA-256 of the kind and id of the caller, operation and key. */
async function keptUnder(kind: string, callerId: string, name: string, key: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([kind, callerId, name, key]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("an Idempotency-Key that was used for another request", () => {
  test.each(writes)("%s: 422, and the answer to the other one stays", async (name, operation) => {
    const { caller, path } = allowed(name, operation);
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
  });
});
