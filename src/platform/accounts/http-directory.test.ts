import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Bindings, Misconfigured, settingsOf } from "../core/settings.ts";
import {
  type Answer,
  type Caller,
  countRows,
  type GivenClinic,
  givenClinic,
  newUserId,
  person,
  rows,
  send,
} from "../../../test/harness.ts";
import { AccountService } from "../../../test/account-service.ts";
import { servedIn } from "../../../test/served-in.ts";
import { givenMigration } from "../../../test/legacy-accounts.ts";
import {
  deliver,
  deliverRow,
  givenOutboxEntry,
  makeDue,
  outboxRow,
  postOffice,
} from "../../../test/mail/post-office.ts";
import { shareCodeOf } from "../../../test/patient-invitations.ts";

const VARIABLES = { ACCOUNT_SERVICE_URL: "https://accounts.test/", ACCOUNT_SERVICE_TOKEN: "server-token" };
const PLACEHOLDER = expect.stringMatching(/^unclaimed-custodial-automation\+/);
const through = servedIn(VARIABLES);
let service: AccountService;
/** An account, with the given fields overriding the defaults. */
function add(fields: { email?: string; roles?: string[] } = {}, profile?: object): string {
  const userid = newUserId();
  service.put({ userid, email: `${userid}@accounts.test`, roles: [], ...fields }, profile);
  return userid;
}
let clinic: GivenClinic;
beforeEach(async () => {
  service = new AccountService();
  clinic = await givenClinic();
  vi.spyOn(globalThis, "fetch").mockImplementation(service.fetch);
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(service.unread()).toEqual([]);
});
const call = (caller: Caller, method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, path, { token: caller.token, body, through });
const create = (fields: Record<string, unknown> = {}) =>
  call(clinic.member, "POST", `${clinic.path}/patients`, { fullName: "Rosa Diaz", birthDate: "1987-02-03", ...fields });
const link = (userId: string) => call(clinic.service, "POST", `${clinic.path}/patients/${userId}`, {});
const patients = () => countRows("patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId);

const OUTAGES: [string, () => Response | Promise<Response>][] = [
  ["can't be reached", () => Promise.reject(new TypeError("network"))],
  ["answers 500", () => new Response("oops", { status: 500 })],
  ["does not know the token", () => new Response(null, { status: 401 })],
  ["leads elsewhere", () => new Response(null, { status: 302, headers: { location: "https://else.test" } })],
  ["answers no JSON", () => new Response("<html>")],
  ["does not stop answering", () => new Response(`${" ".repeat(2 * 1024 * 1024)}{"userid":"x"}`)],
  ["answers something else", () => Response.json({ id: 7 })],
  ["times out", () => Promise.reject(new DOMException("timed out", "TimeoutError"))],
];

describe("accounts of an account service", () => {
  test("are read with their profiles, using the server token", async () => {
    const profile = {
      fullName: "Carer",
      patient: { fullName: "Rosa", birthday: "1987-02-03", mrn: "P-1", targetDevices: ["omnipod"] },
    };
    const id = add({ email: "Rosa@Accounts.test" }, profile);
    const { status, body } = await link(id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      fullName: "Rosa",
      birthDate: "1987-02-03",
      mrn: "P-1",
      email: "rosa@accounts.test",
      targetDevices: ["omnipod"],
    });
    expect(service.asked.toSorted()).toEqual([`GET /auth/user/${id}`, `GET /metadata/${id}/profile`]);
    expect(await countRows("users WHERE id = ?", id)).toBe(0);
  });

  test("may have no profile or an unusable one", async () => {
    for (const profile of [
      undefined,
      { fullName: 7, patient: { birthday: null, targetDevices: "x" } },
      { fullName: "" },
      { patient: { birthday: "1987" } },
      { patient: { birthday: "03/02/1987" } },
      { patient: { birthday: "1987-02-30" } },
    ]) {
      const { status, body } = await link(add({}, profile));
      expect([status, body.fullName, body.birthDate]).toEqual([200, "", "0001-01-01"]);
    }
  });

  test("are no larger in a record than what a request may hold: names begin so, a longer number is none", async () => {
    const [long, devices] = ["Ж".repeat(100_000), Array.from({ length: 5000 }, (_, i) => `device ${i}`)];
    const { status, body } = await link(add({}, { patient: { fullName: long, mrn: long, targetDevices: devices } }));
    expect([status, body.fullName, body.mrn]).toEqual([200, "Ж".repeat(256), undefined]);
    expect(body.targetDevices).toEqual(devices.slice(0, 200));
  });

  test("404 for one the service does not have", async () => {
    const answer = await link(newUserId());
    expect([answer.status, answer.body.message]).toEqual([404, "not found"]);
  });

  test.each(OUTAGES)("503 when it %s, and nothing is stored", async (_, failure) => {
    const id = add();
    service.outage = failure;
    const answer = await link(id);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await patients()).toBe(0);
  });

  test("503 when only the profile can't be read, so that a patient does not lose its data", async () => {
    const id = add();
    service.outage = (_, path) => (path.startsWith("/metadata") ? new Response(null, { status: 500 }) : undefined);
    expect((await link(id)).status).toBe(503);
  });
});

describe("custodial accounts of an account service", () => {
  test("are created there only, with the id it assigns", async () => {
    const { status, body } = await create({ email: "Rosa@Example.org" });
    expect(status).toBe(200);
    expect(service.accounts.get(body.id)).toEqual({
      userid: body.id,
      username: "rosa@example.org",
      emails: ["rosa@example.org"],
      roles: ["custodial_account", "patient"],
    });
    expect(await countRows("users WHERE id = ?", body.id)).toBe(0);
  });

  test.each([false, true])(
    "may have no address; what the service writes in its place is shown to nobody (%j)",
    async (shows) => {
      service.showsPlaceholders = shows;
      const { body } = await create();
      expect(service.accounts.get(body.id)!.username).toEqual(PLACEHOLDER);
      const other = await givenClinic();
      const linked = await call(clinic.service, "POST", `${other.path}/patients/${body.id}`, {});
      expect([linked.status, linked.body.email]).toEqual([200, undefined]);
    },
  );

  test("409 for an address that another account has, and no patient", async () => {
    add({ email: "taken@example.org" });
    const answer = await create({ email: "taken@example.org" });
    expect([answer.status, answer.body.message]).toEqual([409, "duplicate: email address is already taken"]);
    expect([await patients(), service.accounts.size]).toEqual([0, 1]);
  });

  test("400 for an address it does not accept", async () => {
    service.outage = () => new Response("{}", { status: 400 });
    expect((await create({ email: "odd@example.org" })).status).toBe(400);
  });

  test("are removed when the patient is refused", async () => {
    await create({ mrn: "A-1" });
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
    const answer = await create({ mrn: "a-1", email: "second@example.org" });
    expect([answer.status, service.accounts.size]).toEqual([400, 1]);
    expect(service.asked.at(-1)).toMatch(/^DELETE \/auth\/user\//);
  });

  test("stay when it is unknown whether the patient was written", async () => {
    const session = env.DB.withSession("first-primary");
    const withSession = () => ({
      prepare: (text: string) => session.prepare(text),
      getBookmark: () => session.getBookmark(),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await session.batch(statements);
        // The response to the write is lost.
        if (statements.length > 8) throw new Error("D1_ERROR: Network connection lost.");
        return results;
      },
    });
    const lossy = servedIn({
      DB: { withSession },
      ...VARIABLES,
    });
    const body = { fullName: "Rosa Diaz", birthDate: "1987-02-03", email: "rosa@example.org" };
    const answer = await send("POST", `${clinic.path}/patients`, { token: clinic.member.token, body, through: lossy });
    expect([answer.status, await patients(), service.accounts.size]).toEqual([503, 1, 1]);
  });

  test("503 and no patient when the account can't be created; the same refusal when it can't be removed", async () => {
    service.outage = (method) => (method === "POST" ? new Response(null, { status: 500 }) : undefined);
    expect((await create()).status).toBe(503);
    expect(await patients()).toBe(0);
    service.outage = (method) => (method === "DELETE" ? new Response(null, { status: 500 }) : undefined);
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: false });
    expect((await create()).status).toBe(400);
  });
});

describe("addresses of custodial accounts of an account service", () => {
  let id: string;
  beforeEach(async () => {
    id = (await create({ email: "first@example.org", mrn: "A-1" })).body.id;
    service.asked.length = 0;
  });
  const update = (fields: Record<string, unknown>) =>
    call(clinic.member, "PUT", `${clinic.path}/patients/${id}`, {
      fullName: "Rosa",
      birthDate: "1987-02-03",
      ...fields,
    });

  test("follow the patient's address, and are removed with it", async () => {
    expect((await update({ email: "Next@example.org" })).status).toBe(200);
    expect(service.accounts.get(id)).toMatchObject({ username: "next@example.org", emails: ["next@example.org"] });
    expect((await update({})).status).toBe(200);
    expect(service.accounts.get(id)).toMatchObject({ username: PLACEHOLDER, emails: [] });
  });

  test("are not written when unchanged or when the account was claimed, which sends no second claim mail", async () => {
    await update({ email: "first@example.org" });
    service.accounts.get(id)!.roles = ["patient"];
    const answer = await update({ email: "other@example.org" });
    expect([answer.status, answer.body.email]).toEqual([200, "first@example.org"]);
    expect(service.asked.filter((it) => it.startsWith("PUT"))).toEqual([]);
    expect(await countRows("outbox WHERE kind = 'account_claim' AND recipient_user_id = ?", id)).toBe(1);
  });

  test("get no claim mail when the account was claimed before it was sent", async () => {
    service.accounts.get(id)!.roles = ["patient"];
    const office = postOffice();
    const [mail] = await rows<{ id: string }>(
      "SELECT id FROM outbox WHERE kind = 'account_claim' AND recipient_user_id = ?",
      id,
    );
    await deliverRow(mail!.id, { ...office.env, ...VARIABLES });
    expect([await outboxRow(mail!.id), office.posted]).toMatchObject([{ state: "skipped", reason: "claim_over" }, []]);
  });

  test("409 for one that another account has", async () => {
    add({ email: "taken@example.org" });
    const answer = await update({ email: "taken@example.org" });
    expect([answer.status, answer.body.message]).toEqual([
      409,
      "unable to update custodial user: duplicate: email address is already taken",
    ]);
    expect(await rows("SELECT email FROM patients WHERE user_id = ?", id)).toEqual([{ email: "first@example.org" }]);
  });

  test("are restored when the update is refused", async () => {
    const answer = await update({ email: "next@example.org", sites: [{ id: "0123456789abcdef01234567", name: "x" }] });
    expect([answer.status, service.accounts.get(id)!.username]).toEqual([422, "first@example.org"]);
  });
});

describe("custodial accounts of an account service", () => {
  const withService = { ...env, ...VARIABLES };
  /** Runs a job as this deployment would. */
  const work = async (kind: string, userId: string) => {
    const id = await givenOutboxEntry({ kind, clinic_id: clinic.clinicId, recipient_user_id: userId });
    await deliverRow(id, withService);
    return (await outboxRow(id)).state;
  };
  const given = async (fields: object = {}) =>
    (await create({ email: "first@example.org", ...fields })).body.id as string;

  test("get the clinic's data in their profile, which keeps fields the clinic does not have", async () => {
    const id = await given({ mrn: "A-1" });
    service.profiles.set(id, { bio: "x", patient: { about: "y", mrn: "old" } });
    expect(await work("copy_to_profile", id)).toBe("sent");
    expect(service.profiles.get(id)).toEqual({
      bio: "x",
      fullName: "Rosa Diaz",
      email: "first@example.org",
      patient: { about: "y", birthday: "1987-02-03", mrn: "A-1", emails: ["first@example.org"] },
    });
  });

  test("keep their owner's profile once claimed", async () => {
    const id = await given();
    service.accounts.get(id)!.roles = ["patient"];
    expect([await work("copy_to_profile", id), service.profiles.get(id)]).toEqual(["sent", undefined]);
  });

  test("are retried later when the service is unavailable", async () => {
    const id = await given();
    service.outage = (method) => (method === "PUT" ? new Response(null, { status: 500 }) : undefined);
    expect(await work("copy_to_profile", id)).toBe("queued");
  });

  test("are removed when the clinic deletes a patient without data, and lose their address otherwise", async () => {
    const [id, other] = [await given(), await given({ email: "second@example.org" })];
    await rows("UPDATE patients SET cgm_summary_id = 'ab' WHERE user_id = ? RETURNING key", other);
    for (const patient of [id, other]) {
      const { status } = await call(clinic.admin, "DELETE", `${clinic.path}/patients/${patient}`);
      expect([status, await work("close_account", patient)]).toEqual([204, "sent"]);
    }
    expect([service.accounts.get(id), service.accounts.get(other)]).toEqual([
      undefined,
      expect.objectContaining({ username: PLACEHOLDER, emails: [] }),
    ]);
  });
});

describe("accounts of patients who are merged, in an account service", () => {
  /** Delivers what waits of a kind for an account, and again after it is done. */
  const work = async (kind: string, userId: string, times = 1) => {
    const waiting = "SELECT id FROM outbox WHERE kind = ? AND recipient_user_id = ? AND state = 'queued'";
    const states: string[] = [];
    for (const { id } of await rows<{ id: string }>(waiting, kind, userId))
      for (let n = 0; n < times; n++) {
        if (n > 0) await rows("UPDATE outbox SET state = 'queued' WHERE id = ? RETURNING 1", id);
        await makeDue(id);
        await deliverRow(id, { ...env, ...VARIABLES });
        states.push((await outboxRow(id)).state);
      }
    return states;
  };
  const addressOf = (id: string) => service.accounts.get(id)?.emails[0];

  test.each(["PUT", "GET"])(
    "get their addresses one after the other, whenever %s works again, and back",
    async (method) => {
      const [mail, other] = [`${newUserId()}@moved.test`, `${newUserId()}@moved.test`];
      const [a, b] = [(await create({ email: mail })).body.id, (await create({ email: other, mrn: "B" })).body.id];
      const merged = await call(clinic.admin, "POST", `${clinic.path}/patients/${b}/merge`, {
        sourceId: a,
        take: ["email"],
      });
      expect([merged.status, merged.body.patient.email], merged.text).toEqual([200, mail]);
      // Nothing is done of a move that fails at its first account, nor at its second.
      service.outage = (asked, path) =>
        asked === method && path.startsWith("/auth/user") ? new Response(null, { status: 500 }) : undefined;
      expect([await work("move_address", b), addressOf(a), addressOf(b)]).toEqual([["queued"], mail, other]);
      service.outage = (asked, path) =>
        asked === method && path.includes(b) ? new Response(null, { status: 500 }) : undefined;
      expect([await work("move_address", b), addressOf(a), addressOf(b)]).toEqual([["queued"], undefined, other]);
      service.outage = undefined;
      expect([await work("move_address", b, 2), addressOf(a), addressOf(b)]).toEqual([
        ["sent", "sent"],
        undefined,
        mail,
      ]);

      const undone = await call(clinic.admin, "POST", `${clinic.path}/patient_merges/${merged.body.id}/undo`);
      expect([undone.status, undone.body.notRestored], undone.text).toEqual([200, []]);
      service.outage = (asked, path) =>
        asked === method && path.includes(a) ? new Response(null, { status: 500 }) : undefined;
      expect([await work("move_address", a), addressOf(a), addressOf(b)]).toEqual([["queued"], undefined, other]);
      service.outage = undefined;
      expect([await work("move_address", a, 2), addressOf(a), addressOf(b)]).toEqual([["sent", "sent"], mail, other]);
    },
  );
});

describe("legacy clinic accounts of an account service", () => {
  test("become ordinary clinician accounts there when their migration begins", async () => {
    const id = add({ roles: ["clinic"] });
    await givenMigration(clinic.clinicId, id);
    const job = await givenOutboxEntry({ kind: "run_migration", clinic_id: clinic.clinicId, recipient_user_id: id });
    service.outage = (method) => (method === "PUT" ? new Response(null, { status: 500 }) : undefined);
    await deliverRow(job, { ...env, ...VARIABLES });
    const status = () => rows("SELECT status FROM migrations WHERE user_id = ?", id);
    expect([await status(), service.accounts.get(id)!.roles]).toEqual([[{ status: "PENDING" }], ["clinic"]]);
    service.outage = undefined;
    await makeDue(job);
    await deliverRow(job, { ...env, ...VARIABLES });
    expect([await status(), service.accounts.get(id)!.roles]).toEqual([[{ status: "COMPLETED" }], ["clinician"]]);
  });
});

describe("mails to accounts of an account service", () => {
  test("go to the account's address in the service", async () => {
    const userId = add({ email: "Rosa@Accounts.test" });
    const office = postOffice();
    const id = await givenOutboxEntry({ recipient_user_id: userId });
    await deliverRow(id, { ...office.env, ...VARIABLES });
    expect(await outboxRow(id)).toMatchObject({ state: "sent", reason: null });
    expect(office.posted.map(({ to }) => to)).toEqual(["rosa@accounts.test"]);
  });
});

describe("invitations with an account service", () => {
  test("show their sender and are accepted, with the service's data", async () => {
    const id = add({}, { fullName: "Rosa Diaz", patient: { birthday: "1987-02-03" } });
    const unread = add();
    const shareCode = await shareCodeOf(clinic);
    const sender = await person({ sub: id });
    for (const userId of [id, unread]) {
      const body = { shareCode, permissions: { view: {} } };
      expect((await call(clinic.service, "POST", `/confirm/send/invite/${userId}/clinic`, body)).status).toBe(200);
    }
    service.outage = (_, path) => (path.includes(unread) ? new Response("oops", { status: 500 }) : undefined);
    const { body } = await call(clinic.member, "GET", `${clinic.path}/invites/patients`);
    expect(new Map(body.map((it: any) => [it.creatorId, it.creator?.profile.fullName]))).toEqual(
      new Map([
        [id, "Rosa Diaz"],
        [unread, undefined],
      ]),
    );
    const pathOf = (userId: string) =>
      `${clinic.path}/invites/patients/${body.find((it: any) => it.creatorId === userId).key}`;
    expect((await call(clinic.member, "PUT", pathOf(unread))).status).toBe(503);
    const accepted = await call(clinic.member, "PUT", pathOf(id));
    expect([accepted.status, accepted.body.fullName]).toEqual([200, "Rosa Diaz"]);
    expect((await call(sender, "GET", `/v1/patients/${id}/clinics`)).body).toHaveLength(1);
  });
});

describe("requests to an account service", () => {
  test("are about people only: none for an unconfigured demo patient, none for a service", async () => {
    const id = add();
    const user = await person({ sub: id });
    const withoutDemo = servedIn({ ...VARIABLES, CLINIC_DEMO_PATIENT_USER_ID: "" });
    const body = { name: "Harbor", preferredBgUnits: "mg/dL" };
    const made = await send("POST", "/v1/clinics", { token: user.token, body, through: withoutDemo });
    expect([made.status, service.asked.toSorted()]).toEqual([
      200,
      [`GET /auth/user/${id}`, `GET /metadata/${id}/profile`],
    ]);
    service.asked.length = 0;
    const invitation = { email: "bo@invited.test", roles: ["CLINIC_MEMBER"] };
    const invited = await call(clinic.service, "POST", `${clinic.path}/invites/clinicians`, invitation);
    expect([invited.status, service.asked]).toEqual([200, []]);
  });

  test("are at most four at once for any number of accounts", async () => {
    service.latencyMs = 5;
    const shareCode = await shareCodeOf(clinic);
    const senders = await Promise.all(Array.from({ length: 8 }, () => person({ sub: add({}, {}) })));
    for (const sender of senders) {
      const body = { shareCode, permissions: { view: {} } };
      expect((await call(sender, "POST", `/confirm/send/invite/${sender.id}/clinic`, body)).status).toBe(200);
    }
    service.peak = 0;
    const { body } = await call(clinic.member, "GET", `${clinic.path}/invites/patients`);
    expect([body.length, body.every((it: any) => it.creator), service.peak]).toEqual([8, true, 4]);
    service.peak = 0;
    const ids = await Promise.all(senders.map(({ id }) => givenOutboxEntry({ recipient_user_id: id })));
    const office = postOffice();
    await deliver(
      ids.map((id) => ({ v: 1, id })),
      { ...office.env, ...VARIABLES },
    );
    expect([office.posted.length, service.peak]).toEqual([8, 4]);
  });

  test("that nobody answers keep nobody waiting for longer than one more of them, for any number of accounts", async () => {
    const shareCode = await shareCodeOf(clinic);
    const senders = await Promise.all(Array.from({ length: 30 }, () => person({ sub: add({}, {}) })));
    for (const sender of senders) {
      const body = { shareCode, permissions: { view: {} } };
      expect((await call(sender, "POST", `/confirm/send/invite/${sender.id}/clinic`, body)).status).toBe(200);
    }
    const began = Date.now();
    let asked = 0;
    const clock = vi.spyOn(Date, "now");
    // Four at a time are given up together, five seconds later.
    service.outage = () => {
      clock.mockReturnValue(began + 5001 * Math.ceil(++asked / 4));
      return Promise.reject(new DOMException("timed out", "TimeoutError"));
    };
    const { status, body } = await call(clinic.member, "GET", `${clinic.path}/invites/patients`);
    clock.mockRestore();
    expect([status, body.length, body.some((it: any) => it.creator)]).toEqual([200, 30, false]);
    expect(asked).toBeLessThanOrEqual(8);
  });
});

describe("configuration", () => {
  const withVariables = (variables: Partial<Bindings>) => settingsOf({ ...(env as Bindings), ...variables });

  test("has the service's URL with its token, or neither", () => {
    expect(withVariables({}).accountService).toBeUndefined();
    expect(
      withVariables({ ACCOUNT_SERVICE_URL: "https://accounts.test/", ACCOUNT_SERVICE_TOKEN: "t" }).accountService,
    ).toEqual({
      url: "https://accounts.test",
      token: "t",
    });
    expect(() => withVariables({ ACCOUNT_SERVICE_URL: "https://accounts.test" })).toThrow(Misconfigured);
    expect(() => withVariables({ ACCOUNT_SERVICE_URL: "nowhere", ACCOUNT_SERVICE_TOKEN: "t" })).toThrow(Misconfigured);
  });
});
