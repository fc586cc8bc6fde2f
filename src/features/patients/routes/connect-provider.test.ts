import { exports } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  newUserId,
  rows,
  statuses,
} from "../../../../test/harness.ts";
import { deliverRow, makeDue, outboxRow, type Posted, postOffice, sweep } from "../../../../test/mail/post-office.ts";
import { interrupted, unchanging } from "../../../../test/patient-rows.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BORN = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const PENDING = { providerName: "dexcom", state: "pending" };
const LOST = { providerName: "dexcom", state: "disconnected", modifiedTime: "2026-01-05T10:00:00.000Z" };
const address = () => `rosa.${newUserId()}@own.test`;

let clinic: GivenClinic;
let patient: any;
const given = async (...dataSources: object[]) => {
  patient = await givenPatient(clinic, { ...BORN, email: address(), dataSources });
};
beforeEach(async () => {
  clinic = await givenClinic({ name: "Harbor" });
  await given(PENDING, { providerName: "twiist", state: "connected" });
});
const path = () => `${clinic.path}/patients/${patient.id}`;
const connect = (provider = "dexcom", caller: Caller = clinic.member, id = patient.id) =>
  caller.post(`${clinic.path}/patients/${id}/connect/${provider}`);
const get = async () => (await clinic.member.get(path())).body;
const update = (fields: object) => clinic.member.put(path(), { ...BORN, ...fields });
const replaceSources = (...sources: object[]) => clinic.service.put(`/v1/patients/${patient.id}/data_sources`, sources);
interface Waiting {
  id: string;
  created_at: number;
  next_attempt_at: number;
  variables: string;
}
const waiting = (kind: "connection_request" | "connection_request_reminder") =>
  rows<Waiting>(
    "SELECT * FROM outbox WHERE recipient_user_id = ? AND kind = ? ORDER BY created_at, unique_key",
    patient.id,
    kind,
  );

/** The token of the link in a mail. */
const tokenIn = (mail: Posted | undefined, provider = "dexcom") =>
  decodeURIComponent(
    new RegExp(`/v1/oauth/${provider}\\?restricted_token=([\\w%-]+)\n`).exec(mail?.text ?? "")?.[1] ?? "",
  );
const holder = (token: string, provider = "dexcom") =>
  exports
    .InternalApi({ props: { caller: "accounts", scopes: ["findTokenHolder"] } })
    .findTokenHolder({ token, path: `/v1/oauth/${provider}` });
/** Asks as somebody who has not asked before, so that it is no repeat. */
const askAgain = async () => {
  await rows("DELETE FROM replays RETURNING id");
  expect((await connect()).status).toBe(204);
};

describe("ConnectProvider", () => {
  test("204 makes a source that was never connected wait for 30 days and puts the request first, in two round trips", async () => {
    const before = await get();
    const answer = await connect();
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 2]);
    const after = await get();
    const at = after.connectionRequests.dexcom[0].createdTime;
    expect(after).toEqual({
      ...before,
      updatedTime: at,
      dataSources: [
        { ...PENDING, expirationTime: new Date(Date.parse(at) + 30 * DAY).toISOString() },
        { providerName: "twiist", state: "connected" },
      ],
      connectionRequests: { abbott: [], twiist: [], dexcom: [{ providerName: "dexcom", createdTime: at }] },
    });
    expect(Date.parse(at)).toBeGreaterThan(Date.parse(before.updatedTime));
  });

  test.each(["connected", "disconnected", "error", "pendingReconnect"])(
    "204 makes a source that is %s and was connected once wait again",
    async (state) => {
      await given({ ...LOST, state });
      expect((await connect()).status).toBe(204);
      const { dataSources, updatedTime } = await get();
      const expirationTime = new Date(Date.parse(updatedTime) + 30 * DAY).toISOString();
      expect(dataSources).toEqual([{ ...LOST, state: "pendingReconnect", modifiedTime: updatedTime, expirationTime }]);
    },
  );

  test("204 decides on and writes the entry that was modified last, of several", async () => {
    const newer = { ...LOST, state: "error", modifiedTime: "2026-02-05T10:00:00.000Z" };
    await given(PENDING, LOST, newer, { ...PENDING, state: "connected" });
    await connect();
    const { dataSources, updatedTime } = await get();
    expect(dataSources).toEqual([
      PENDING,
      LOST,
      { ...newer, state: "pendingReconnect", modifiedTime: updatedTime, expirationTime: expect.any(String) },
      { ...PENDING, state: "connected" },
    ]);
  });

  test("204 keeps earlier requests behind the new one, each provider by itself, and the clinic's numbers right", async () => {
    await connect();
    await connect("dexcom", clinic.admin);
    await connect("twiist", clinic.service);
    const { connectionRequests } = await get();
    const [second, first] = connectionRequests.dexcom;
    expect(Date.parse(second.createdTime)).toBeGreaterThanOrEqual(Date.parse(first.createdTime));
    expect([connectionRequests.dexcom.length, connectionRequests.twiist.length]).toEqual([2, 1]);
    const count = async () => (await clinic.member.get(`${clinic.path}/patient_count`)).body;
    const shown = await count();
    expect(shown.providers).toEqual({
      dexcom: { total: 1, states: { pending: 1 } },
      twiist: { total: 1, states: { pending: 1 } },
    });
    await clinic.service.post(`${clinic.path}/patient_count/refresh`);
    expect(await count()).toEqual(shown);
  });

  test("204 again within 30 seconds asks and mails once, at once or later", async () => {
    expect(statuses(await Promise.all(Array.from({ length: 8 }, () => connect())))).toEqual(Array(8).fill(204));
    expect((await connect()).headers.get("idempotent-replayed")).toBe("true");
    expect((await get()).connectionRequests.dexcom).toHaveLength(1);
    expect([await waiting("connection_request"), await waiting("connection_request_reminder")]).toEqual([
      [expect.anything()],
      [expect.anything()],
    ]);
  });

  test("204 keeps the hundred newest of a provider", async () => {
    const createdTime = "2026-01-01T00:00:00.000Z";
    const requests = { dexcom: Array.from({ length: 200 }, () => ({ providerName: "dexcom", createdTime })) };
    await rows(
      "UPDATE patients SET connection_requests = ? WHERE user_id = ? RETURNING key",
      JSON.stringify(requests),
      patient.id,
    );
    expect((await connect()).status).toBe(204);
    const { dexcom } = (await get()).connectionRequests;
    expect([dexcom.length, dexcom[0].createdTime > createdTime, dexcom[99].createdTime]).toEqual([
      100,
      true,
      createdTime,
    ]);
  });

  test("of eight providers' and clinicians' requests at once none is lost", async () => {
    const callers = [clinic.member, clinic.admin, clinic.service];
    const asked = callers.flatMap((caller) => [connect("dexcom", caller), connect("twiist", caller)]);
    expect(statuses(await Promise.all([...asked, update({ email: patient.email })]))).toEqual([
      200,
      ...Array(6).fill(204),
    ]);
    const { connectionRequests } = await get();
    expect([connectionRequests.dexcom.length, connectionRequests.twiist.length]).toEqual([3, 3]);
  });

  test("404 in two ways: no such patient, no data source of the provider", async () => {
    const nobody = await unchanging(() => connect("dexcom", clinic.member, newUserId()));
    expect([nobody.status, nobody.body.message]).toEqual([404, "error finding patient: patient not found"]);
    const none = await unchanging(() => connect("abbott"));
    expect([none.status, none.body.message]).toEqual([404, "patient not found"]);
  });

  test("400 for another provider, 403 for who only prescribes and for the patient", async () => {
    for (const provider of ["libre", "Dexcom"]) {
      expect((await unchanging(() => connect(provider))).status).toBe(400);
    }
    const own = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${own.id}`, {});
    for (const caller of [clinic.prescriber, own]) {
      expect((await unchanging(() => connect("libre", caller, own.id))).status).toBe(403);
    }
  });

  test("204 decides on the source as it is at the write: one that was taken away meanwhile is 404", async () => {
    const request = { method: "POST", path: `${path()}/connect/dexcom` };
    const answer = await interrupted(clinic.member, request, () => replaceSources());
    expect(answer.status).toBe(404);
    expect(await waiting("connection_request")).toEqual([]);
  });
});

describe("the mail of a connection request", () => {
  test.each([
    ["connect_custodial", "asks you to connect an account", []],
    ["connect", "asks you to connect an account", ["custodian"]],
    ["reconnect", "asks you to connect an account again", []],
  ] as const)("is the one for %s, with a link that opens one page for the patient", async (kind, subject, taken) => {
    const office = postOffice();
    if (kind === "reconnect") await given(LOST);
    await connect();
    for (const permission of taken) await clinic.service.delete(`${path()}/permissions/${permission}`);
    const [mail] = await waiting("connection_request");
    expect(JSON.stringify(mail)).not.toMatch(/Rosa|1987|@own\.test/);
    await deliverRow(mail!.id, office.env);
    const [posted] = office.posted;
    expect([posted?.to, posted?.subject]).toEqual([patient.email, `Harbor ${subject}`]);
    expect(posted?.text.includes("looks after")).toBe(kind === "connect_custodial");
    expect(posted?.text).toContain("Dexcom");
    expect(`${posted?.subject} ${posted?.text}`).not.toMatch(/Rosa|1987|glucose|diabetes/i);
    const token = tokenIn(posted);
    expect(await holder(token)).toBe(patient.id);
    expect(await holder(token, "twiist")).toBeUndefined();
    const [stored] = await rows<{ expires_at: number; created_at: number }>(
      "SELECT * FROM restricted_tokens WHERE user_id = ?",
      patient.id,
    );
    expect(stored!.expires_at - stored!.created_at).toBe(30 * DAY);
    expect(JSON.stringify([stored, await outboxRow(mail!.id)])).not.toContain(token);
  });

  test.each(["twiist", "abbott"])("leads to %s where that is asked for", async (provider) => {
    const office = postOffice();
    await given({ providerName: provider, state: "pending" });
    await connect(provider);
    await deliverRow((await waiting("connection_request"))[0]!.id, office.env);
    expect(await holder(tokenIn(office.posted[0], provider), provider)).toBe(patient.id);
  });

  test("of a newer request ends the link of the one before; the older one is no longer sent", async () => {
    const office = postOffice();
    await connect();
    const [first] = await waiting("connection_request");
    await deliverRow(first!.id, office.env);
    await askAgain();
    await askAgain();
    const [, late, newest] = await waiting("connection_request");
    await deliverRow(newest!.id, office.env);
    await deliverRow(late!.id, office.env);
    expect(await outboxRow(late!.id)).toMatchObject({ state: "skipped", reason: "request_over" });
    expect(await Promise.all(office.posted.map((it) => holder(tokenIn(it))))).toEqual([undefined, patient.id]);
  });

  test("that was not taken at first has a link that works, and so has the one that may have arrived", async () => {
    const tried: Posted[] = [];
    const office = postOffice((attempt) => attempt === 1);
    const SANDBOX = {
      fetch: (url: string, init: { body: string }) => {
        tried.push(JSON.parse(init.body) as Posted);
        return office.env.SANDBOX.fetch(url, init);
      },
    };
    await connect();
    const [mail] = await waiting("connection_request");
    await deliverRow(mail!.id, { ...office.env, SANDBOX });
    await makeDue(mail!.id);
    await deliverRow(mail!.id, { ...office.env, SANDBOX });
    expect(await outboxRow(mail!.id)).toMatchObject({ state: "sent" });
    expect(await Promise.all(tried.map((it) => holder(tokenIn(it))))).toEqual([patient.id, patient.id]);
  });

  test.each([
    ["patient_gone", () => clinic.admin.delete(path())],
    ["request_over", () => replaceSources({ ...LOST, state: "connected" })],
    ["request_over", () => replaceSources()],
  ])("is skipped where it is over by then: %s", async (reason, meanwhile) => {
    const office = postOffice();
    await connect();
    const [mail] = await waiting("connection_request");
    expect((await meanwhile()).status).toBeLessThan(300);
    await deliverRow(mail!.id, office.env);
    expect(await outboxRow(mail!.id)).toMatchObject({ state: "skipped", reason });
    expect(office.posted).toEqual([]);
  });

  test("is skipped without an address, and the link of the request before opens nothing any more", async () => {
    const office = postOffice();
    await connect();
    await deliverRow((await waiting("connection_request"))[0]!.id, office.env);
    const token = tokenIn(office.posted[0]);
    await rows("UPDATE patients SET email = NULL WHERE user_id = ? RETURNING key", patient.id);
    await askAgain();
    const [, mail] = await waiting("connection_request");
    await deliverRow(mail!.id, office.env);
    expect(await outboxRow(mail!.id)).toMatchObject({ state: "skipped", reason: "record_without_address" });
    expect([office.posted.length, await holder(token)]).toEqual([1, undefined]);
  });
});

describe("the reminder of a connection request", () => {
  test("goes out after a week with a link of its own, while the patient is waited for", async () => {
    const office = postOffice();
    await connect();
    const [mail] = await waiting("connection_request");
    await deliverRow(mail!.id, office.env);
    const [reminder] = await waiting("connection_request_reminder");
    expect(reminder!.next_attempt_at - reminder!.created_at).toBe(168 * HOUR);
    await deliverRow(reminder!.id, office.env);
    expect(office.posted).toHaveLength(1);
    expect((await sweep(office.env, Date.now() + 169 * HOUR)).map(({ body }) => body)).toContainEqual({
      v: 1,
      id: reminder!.id,
    });
    await makeDue(reminder!.id);
    await deliverRow(reminder!.id, office.env);
    expect(office.posted.map(({ to }) => to)).toEqual([patient.email, patient.email]);
    expect(await Promise.all(office.posted.map((it) => holder(tokenIn(it))))).toEqual([patient.id, patient.id]);
  });

  test.each([
    ["was connected", () => replaceSources({ ...LOST, state: "connected" })],
    ["is gone", () => replaceSources({ providerName: "abbott", state: "connected" })],
    ["was asked for again", askAgain],
  ])("does not go out where the source %s", async (_, meanwhile) => {
    const office = postOffice();
    await connect();
    const [reminder] = await waiting("connection_request_reminder");
    await meanwhile();
    await makeDue(reminder!.id);
    await deliverRow(reminder!.id, office.env);
    expect(await outboxRow(reminder!.id)).toMatchObject({ state: "skipped", reason: "request_over" });
    expect(office.posted).toEqual([]);
  });
});

describe("an address that changes while requests exist", () => {
  const ask = async () => {
    const office = postOffice();
    await connect();
    await connect("twiist");
    for (const { id } of await waiting("connection_request")) await deliverRow(id, office.env);
    return { office, tokens: [tokenIn(office.posted[0]), tokenIn(office.posted[1], "twiist")] };
  };
  const holders = ([dexcom, twiist]: string[]) => Promise.all([holder(dexcom!), holder(twiist!, "twiist")]);
  /** By hand, whoever writes it: claimed accounts have theirs changed by the account service. */
  const changes: [string, (email: string) => Promise<{ status: number }>][] = [
    ["UpdatePatient", (email) => update({ email })],
    ["UpdateClinicUserDetails", (email) => clinic.service.post(`/v1/users/${patient.id}/clinics`, { email })],
  ];

  test.each(changes)("by %s gets the newest of each provider again; the old links open nothing", async (_, change) => {
    const { office, tokens } = await ask();
    expect(await holders(tokens)).toEqual([patient.id, patient.id]);
    const email = address();
    expect((await change(email)).status).toBe(200);
    expect(await holders(tokens)).toEqual([undefined, undefined]);
    for (const { id } of (await waiting("connection_request")).slice(2)) await deliverRow(id, office.env);
    expect(office.posted.slice(2).map(({ to }) => to)).toEqual([email, email]);
    expect(await holders([tokenIn(office.posted[2]), tokenIn(office.posted[3], "twiist")])).toEqual([
      patient.id,
      patient.id,
    ]);
    expect(await waiting("connection_request_reminder")).toHaveLength(2);
  });

  test.each(changes)("by %s to what it is mails nothing, and the links stay", async (_, change) => {
    const { tokens } = await ask();
    expect((await change(patient.email.toUpperCase())).status).toBe(200);
    expect(await holders(tokens)).toEqual([patient.id, patient.id]);
    expect(await waiting("connection_request")).toHaveLength(2);
  });

  test("to none ends the links and mails nobody", async () => {
    const { office, tokens } = await ask();
    expect((await update({})).status).toBe(200);
    expect(await holders(tokens)).toEqual([undefined, undefined]);
    expect(await waiting("connection_request")).toHaveLength(2);
    for (const { id } of await waiting("connection_request_reminder")) {
      await makeDue(id);
      await deliverRow(id, office.env);
      expect(await outboxRow(id)).toMatchObject({ state: "skipped", reason: "record_without_address" });
    }
    expect(office.posted).toHaveLength(2);
  });

  test("leaves other clinics' requests and other people's links alone", async () => {
    const { tokens } = await ask();
    const mine = patient;
    await given(PENDING);
    await connect();
    await update({ email: address() });
    patient = mine;
    expect(await holders(tokens)).toEqual([mine.id, mine.id]);
    expect(await waiting("connection_request")).toHaveLength(2);
  });
});
