import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { everythingStored, type GivenClinic, givenClinic, givenPatient, newUserId, rows } from "../../test/harness.ts";
import { givenTwo, merge } from "../../test/patient-merges.ts";
import { carryOut, lockPair, beginUndo } from "../../test/merge-rows.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
const bound = (...scopes: string[]) => exports.InternalApi({ props: { caller: "mailer", scopes } });
const request = (path: string, init?: RequestInit) => new Request(`http://clinics.test${path}`, init);
const posting = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
/** The message of a call's refusal; undefined when it succeeds. */
const refusalOf = (call: PromiseLike<unknown>): PromiseLike<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
const user = (id: string) => rows("SELECT * FROM users WHERE id = ?", id);

describe("InternalApi.fetch", () => {
  test("200 serves an operation to the bound service without a token, and names it in the audit row", async () => {
    const answer = await bound("*").fetch(request(`${clinic.path}/sites`, posting({ name: "By Service" })));
    expect([answer.status, (await answer.json<{ name: string }>()).name]).toEqual([200, "By Service"]);
    expect(await rows("SELECT actor_kind, actor_id FROM audit_log WHERE operation = 'CreateSite'")).toEqual([
      { actor_kind: "service", actor_id: "mailer" },
    ]);
  });

  test("403 for what is outside its scopes, 200 for what is inside", async () => {
    const limited = bound("GetClinic", "putUser");
    const inside = await limited.fetch(request(clinic.path));
    const outside = await limited.fetch(request(`${clinic.path}/clinicians`));
    expect([inside.status, outside.status]).toEqual([200, 403]);
    expect(await outside.json()).toMatchObject({ code: 403 });
    await inside.text();
  });

  test("403 for everything when it has no scopes, and for what services may not do when it has all", async () => {
    const nothing = await bound().fetch(request(clinic.path));
    const clinicBody = { name: "C", preferredBgUnits: "mg/dL" };
    const person = await bound("*").fetch(request("/v1/clinics", posting(clinicBody)));
    expect([nothing.status, person.status]).toEqual([403, 403]);
    await Promise.all([nothing.text(), person.text()]);
  });

  test("403 beyond its scopes, even with a person's token in the request", async () => {
    const headers = { "x-tidepool-session-token": clinic.admin.token };
    const answer = await bound("GetClinic").fetch(request(`${clinic.path}/clinicians`, { headers }));
    expect(answer.status).toBe(403);
    await answer.text();
  });

  test("404 for an unknown path", async () => {
    const answer = await bound("*").fetch(request("/v1/nothing"));
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { code: 404, message: "no matching operation was found" },
    ]);
  });

  test.each([{}, { caller: "", scopes: ["*"] }, { caller: "mailer" }, { caller: "mailer", scopes: "*" }])(
    "401 for a binding with the props %j, whose RPC calls are refused as well",
    async (props) => {
      const api = exports.InternalApi({ props: props as never });
      const answer = await api.fetch(request(clinic.path));
      expect([answer.status, await answer.json()]).toEqual([401, { code: 401, message: "no caller in props" }]);
      expect(await refusalOf(api.putUser({ id: newUserId() }))).toBe("no caller in props");
    },
  );
});

describe("InternalApi.putUser", () => {
  test("creates or replaces the whole user, with the address in lower case", async () => {
    const id = newUserId();
    const profile = { fullName: "Ann", patient: { birthday: "1980-01-31", mrn: "M1", targetDevices: ["x"] } };
    await bound("putUser").putUser({
      id,
      email: "Ann@Own.test",
      emailVerified: true,
      name: "Ann",
      profile,
      roles: ["clinic"],
    });
    expect(await user(id)).toMatchObject([
      { email: "ann@own.test", email_verified: 1, name: "Ann", profile: JSON.stringify(profile), roles: '["clinic"]' },
    ]);
    await bound("*").putUser({ id, isCustodial: true });
    expect(await user(id)).toMatchObject([
      { email: null, email_verified: 0, name: null, profile: "{}", roles: "[]", is_custodial: 1 },
    ]);
  });

  test("refuses an address another user has, in any case, and stores nothing", async () => {
    const [one, two] = [newUserId(), newUserId()];
    await bound("*").putUser({ id: one, email: "taken@own.test" });
    expect(await refusalOf(bound("*").putUser({ id: two, email: "TAKEN@own.test" }))).toBe(
      "duplicate: email address is already taken",
    );
    expect(await user(two)).toEqual([]);
    await bound("*").putUser({ id: one, email: "taken@own.test", name: "Same" });
    // The same address to its reader, as some systems write it: the accent is a character of its own.
    await bound("*").putUser({ id: one, email: "Jose\u0301@own.test" });
    expect(await refusalOf(bound("*").putUser({ id: two, email: "JOS\u00c9@own.test" }))).toBe(
      "duplicate: email address is already taken",
    );
    expect(await rows("SELECT email FROM users WHERE id = ?", one)).toEqual([{ email: "jos\u00e9@own.test" }]);
  });

  test("writes one of eight concurrent users with the same address", async () => {
    const ids = Array.from({ length: 8 }, newUserId);
    const refusals = await Promise.all(ids.map((id) => refusalOf(bound("*").putUser({ id, email: "race@own.test" }))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(await rows("SELECT id FROM users WHERE email = 'race@own.test'")).toHaveLength(1);
  });

  test.each([
    [{}, "user.id"],
    [{ id: "NOT-AN-ID" }, "user.id"],
    [{ id: "0123456789", email: "nobody" }, "user.email"],
    [{ id: "0123456789", name: "" }, "user.name"],
    [{ id: "0123456789", profile: { patient: { mrn: 7 } } }, "user.profile.patient.mrn"],
  ])("refuses %j, naming %s and no value, and stores nothing", async (input, field) => {
    const before = await everythingStored();
    const refusal = await refusalOf(bound("*").putUser(input as never));
    expect(refusal).toContain(field);
    expect(refusal).not.toContain("nobody");
    expect(await everythingStored()).toBe(before);
    expect(await user("0123456789")).toEqual([]);
  });

  test("refuses a service that does not have it in its scopes", async () => {
    expect(await refusalOf(bound("GetClinic").putUser({ id: newUserId() }))).toContain("not authorized");
  });
});

describe("InternalApi.putAccountShare", () => {
  test("creates or replaces a share; refuses a missing scope and a malformed id", async () => {
    const [from, to] = [newUserId(), newUserId()];
    await bound("putAccountShare").putAccountShare({ fromUserId: from, toUserId: to, permissions: ["view"] });
    await bound("*").putAccountShare({ fromUserId: from, toUserId: to, permissions: ["view", "upload"] });
    expect(await rows("SELECT from_user_id, permissions FROM account_shares WHERE to_user_id = ?", to)).toEqual([
      { from_user_id: from, permissions: 6 },
    ]);
    const share = { fromUserId: "x", toUserId: to, permissions: ["view" as const] };
    expect(await refusalOf(bound("*").putAccountShare(share))).toMatch(/^fromUserId: /);
    expect(await refusalOf(bound("putUser").putAccountShare({ ...share, fromUserId: from }))).toMatch(/not authorized/);
  });
});

describe("InternalApi.findProvenance", () => {
  test("returns the merges that moved a person's records, and which of them were undone", async () => {
    const [source, target] = [await givenClinic(), await givenClinic()];
    const [moved, joined] = [await givenPatient(source), await givenPatient(source)];
    await target.service.post(`${target.path}/patients/${joined.id}`, { permissions: { view: {} } });
    const mergeId = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    await carryOut(mergeId);
    const entry = {
      kind: "clinic",
      mergeId,
      sourceId: source.clinicId,
      targetId: target.clinicId,
      mergedAt: expect.any(Number),
    };
    const api = bound("findProvenance");
    expect(await api.findProvenance({ userId: moved.id })).toEqual([{ ...entry, isJoined: false, undoneAt: null }]);
    await beginUndo(mergeId);
    await carryOut(mergeId);
    expect(await api.findProvenance({ userId: joined.id })).toEqual([
      { ...entry, isJoined: true, undoneAt: expect.any(Number) },
    ]);
    expect(await api.findProvenance({ userId: newUserId() })).toEqual([]);
    expect(await refusalOf(bound("putUser").findProvenance({ userId: moved.id }))).toMatch(/not authorized/);
  });

  test("tells of merges of two patients beside them, to either", async () => {
    const { clinic, a, b } = await givenTwo();
    const { body: merged } = await merge(clinic, b.id, a.id, { accept: ["not-alike"] });
    const entry = {
      kind: "patient",
      mergeId: merged.id,
      clinicId: clinic.clinicId,
      sourceId: a.id,
      targetId: b.id,
      mergedAt: Date.parse(merged.mergedTime),
    };
    const api = bound("findProvenance");
    for (const { id } of [a, b])
      expect(await api.findProvenance({ userId: id })).toEqual([{ ...entry, undoneAt: null }]);
    await clinic.admin.post(`${clinic.path}/patient_merges/${merged.id}/undo`);
    expect(await api.findProvenance({ userId: a.id })).toEqual([{ ...entry, undoneAt: expect.any(Number) }]);
  });
});
