import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { sweeps } from "../../src/entry/sweeps.ts";
import { runSweeps } from "../../src/platform/cron/sweeps.ts";
import {
  type Answer,
  type Caller,
  countRows,
  type GivenClinic,
  givenClinic,
  person,
  rows,
  send,
  statuses,
} from "../harness.ts";
import { givenInvite } from "../invitations.ts";
import { servedIn } from "../served-in.ts";

const WRONG = "AAAA-BBBB-CCCC";
const through = servedIn({ LIMIT_GUESSES: "3", LIMIT_NETWORK_GUESSES: "5" });
let clinic: GivenClinic;
let code: string;
beforeAll(async () => {
  clinic = await givenClinic();
  code = (await clinic.admin.get(clinic.path)).body.shareCode;
});

let unused = 0;
/** An address nobody has used in this run. */
const newAddress = () => `2001:db8:aaaa:${(++unused).toString(16)}::1`;
const ask = (caller: Caller, method: string, path: string, address: string, body?: unknown) =>
  send(method, path, { token: caller.token, headers: { "cf-connecting-ip": address }, body, through });
const find = (caller: Caller, shareCode: string, address = newAddress()) =>
  ask(caller, "GET", `/v1/clinics/share_code/${shareCode}`, address);

/** The ways in which a code or a key can be tried, each with what it answers to a wrong one. */
const WAYS: [string, number, (caller: Caller, address?: string) => Promise<Answer>][] = [
  ["GetClinicByShareCode", 404, (caller, address) => find(caller, WRONG, address)],
  [
    "SendPatientInvitation",
    404,
    (caller, address = newAddress()) =>
      ask(caller, "POST", `/confirm/send/invite/${caller.id}/clinic`, address, {
        shareCode: WRONG,
        permissions: { view: {} },
      }),
  ],
  [
    "AcceptClinicianInvite",
    404,
    (caller, address = newAddress()) => ask(caller, "PUT", `/v1/clinicians/${caller.id}/invites/wrong`, address),
  ],
  [
    "DismissClinicianInvite",
    200,
    (caller, address = newAddress()) => ask(caller, "DELETE", `/v1/clinicians/${caller.id}/invites/wrong`, address),
  ],
];

/** As if this much time had passed since the last guess. */
const later = (who: string, ms: number) => rows("UPDATE guesses SET at = at - ? WHERE who = ? RETURNING who", ms, who);

describe("wrong codes and keys", () => {
  test.each(WAYS)("%s: 429 after as many as are allowed, with Retry-After", async (_, status, guess) => {
    const caller = await person();
    for (let i = 0; i < 3; i++) expect((await guess(caller)).status).toBe(status);
    const refused = await guess(caller);
    expect([refused.status, refused.body.message]).toEqual([429, "too many wrong guesses, try again later"]);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(1190);
    expect(seconds).toBeLessThanOrEqual(1200);
  });

  test.each(WAYS)("%s: eight at once get no more tries than eight in a row", async (_, status, guess) => {
    const caller = await person();
    const answers = await Promise.all(Array.from({ length: 8 }, () => guess(caller)));
    expect(statuses(answers)).toEqual([status, status, status, 429, 429, 429, 429, 429]);
  });

  test("are counted together, whatever they are guesses of", async () => {
    const caller = await person();
    const answers: number[] = [];
    for (const [, , guess] of WAYS) answers.push((await guess(caller)).status);
    expect(answers).toEqual([404, 404, 404, 429]);
  });

  test("make the right one be refused, too, and change nothing meanwhile", async () => {
    const caller = await person();
    for (let i = 0; i < 3; i++) await find(caller, WRONG);
    const before = await rows("SELECT * FROM guesses WHERE who = ?", `person ${caller.id}`);
    expect((await find(caller, code)).status).toBe(429);
    const invitation = { shareCode: code, permissions: { view: {} } };
    const path = `/confirm/send/invite/${caller.id}/clinic`;
    expect((await ask(caller, "POST", path, newAddress(), invitation)).status).toBe(429);
    expect(await countRows("patient_invitations WHERE creator_id = ?", caller.id)).toBe(0);
    expect(await rows("SELECT * FROM guesses WHERE who = ?", `person ${caller.id}`)).toEqual(before);
  });

  test("are forgiven evenly: one more after a third of the hour, all after the hour", async () => {
    const caller = await person();
    const tries = async () => (await find(caller, WRONG)).status;
    for (let i = 0; i < 3; i++) await tries();
    await later(`person ${caller.id}`, 1_190_000);
    expect(await tries()).toBe(429);
    await later(`person ${caller.id}`, 10_000);
    expect([await tries(), await tries()]).toEqual([404, 429]);
    await later(`person ${caller.id}`, 3_600_000);
    expect([await tries(), await tries(), await tries(), await tries()]).toEqual([404, 404, 404, 429]);
  });

  test("are told a time that holds, also where another isolate's clock was ahead", async () => {
    const caller = await person();
    for (let i = 0; i < 3; i++) await find(caller, WRONG);
    await later(`person ${caller.id}`, -600_000);
    const seconds = Number((await find(caller, WRONG)).headers.get("retry-after"));
    expect([seconds > 1790, seconds <= 1800]).toEqual([true, true]);
    // As if it had passed: what was owed is given back from the instant that is stored.
    await later(`person ${caller.id}`, seconds * 1000);
    expect((await find(caller, WRONG)).status).toBe(404);
  });

  test("from one network are counted, by many people or one; others on it are refused, others elsewhere not", async () => {
    const address = newAddress();
    const neighbour = address.replace("::1", ":1:2:3:4");
    for (let i = 0; i < 5; i++) expect((await find(await person(), WRONG, address)).status).toBe(404);
    const caller = await person();
    expect((await find(caller, WRONG, neighbour)).status).toBe(429);
    expect((await find(caller, code, neighbour)).status).toBe(429);
    expect((await find(caller, code)).status).toBe(200);
  });

  test("of services are not counted", async () => {
    for (let i = 0; i < 5; i++) expect((await find(clinic.service, WRONG)).status).toBe(404);
    expect(await countRows("guesses WHERE who LIKE ?", `%${clinic.service.id}%`)).toBe(0);
  });

  test("fail closed: without the database nobody learns anything", async () => {
    const prepared = { bind: () => prepared };
    const session = { prepare: () => prepared, batch: down, getBookmark: () => null };
    const broken = { withSession: () => session };
    const { token } = await person();
    const answer = await send("GET", `/v1/clinics/share_code/${code}`, { token, through: servedIn({ DB: broken }) });
    expect(answer.status).toBe(503);
  });
});

const down = async () => {
  throw new Error("Network connection lost");
};

describe("right codes and keys", () => {
  test("cost no further round trip, write nothing, and are not counted", async () => {
    const caller = await person();
    for (let i = 0; i < 5; i++) {
      const answer = await find(caller, code);
      expect([answer.status, answer.calls, answer.rowsWritten]).toEqual([200, 1, 0]);
    }
    expect(await countRows("guesses WHERE who = ?", `person ${caller.id}`)).toBe(0);
  });

  test("sent again after they were answered are no guesses", async () => {
    const { invitee, receivedPath } = await givenInvite(clinic);
    const answers: number[] = [];
    for (let i = 0; i < 5; i++) answers.push((await ask(invitee, "PUT", receivedPath, newAddress())).status);
    expect(answers).toEqual([200, 404, 404, 404, 404]);
    expect(await countRows("guesses WHERE who = ?", `person ${invitee.id}`)).toBe(0);
  });
});

describe("the cron run", () => {
  test("removes those who owe nothing any more, and nobody else", async () => {
    const [old, recent] = [await person(), await person()];
    for (const caller of [old, recent]) for (let i = 0; i < 3; i++) await find(caller, WRONG);
    await later(`person ${old.id}`, 3_600_000);
    const sweep = sweeps.filter(({ name }) => name === "forget guesses");
    await runSweeps(sweep, env, { cron: "* * * * *", now: Date.now() });
    expect(await countRows("guesses WHERE who = ?", `person ${old.id}`)).toBe(0);
    expect(await countRows("guesses WHERE who = ?", `person ${recent.id}`)).toBe(1);
    expect((await find(recent, WRONG)).status).toBe(429);
  });
});
