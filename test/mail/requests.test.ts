import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { onlyWithOwnDirectory } from "../accounts.ts";
import { Misconfigured, settingsOf } from "../../src/platform/core/settings.ts";
import { publishEntries } from "../../src/platform/outbox/publish.ts";
import { person, rows, send, UNKNOWN_ID } from "../harness.ts";
import { servedIn } from "../served-in.ts";
import { deliverRow, givenOutboxEntry, makeDue, outboxRow, postOffice, sweep } from "./post-office.ts";

beforeEach(async () => {
  await rows("DELETE FROM outbox RETURNING id");
  await rows("DELETE FROM dead_letters RETURNING id");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const CLINIC = { name: "Zq7Marked Clinic", preferredBgUnits: "mg/dL" };
const MARK = /zq7marked/i;
const creator = (email = "zq7marked@own.test") => person({ email, name: "Zq7Marked" });
const waiting = () => rows<{ id: string; kind: string }>("SELECT id, kind FROM outbox WHERE state = 'queued'");

describe("a request that puts a mail in the outbox", () => {
  test("sends its id, and nothing else, to the queue once it is answered", async () => {
    const sent: unknown[] = [];
    const sendBatch = async (messages: { body: unknown }[]) => void sent.push(...messages.map(({ body }) => body));
    const { token } = await creator();
    const through = servedIn({ NOTIFICATIONS_QUEUE: { sendBatch } });
    expect((await send("POST", "/v1/clinics", { token, body: CLINIC, through })).status).toBe(200);
    const [row] = await waiting();
    expect(row?.kind).toBe("clinic_created");
    expect(sent).toEqual([{ v: 1, id: row!.id }]);
  });

  test("is answered all the same when the queue takes nothing; the sweep sends the mail, once", async () => {
    const office = postOffice();
    const { token } = await creator("zq7marked.two@own.test");
    const full = { sendBatch: () => Promise.reject(new Error("queue is full")) };
    const through = servedIn({ NOTIFICATIONS_QUEUE: full });
    expect((await send("POST", "/v1/clinics", { token, body: CLINIC, through })).status).toBe(200);
    const [row] = await waiting();
    expect(await sweep(office.env, Date.now() + 20_000)).toEqual([]);
    expect(await sweep(office.env, Date.now() + 40_000)).toEqual([
      { queue: "notifications", body: { v: 1, id: row!.id } },
    ]);
    await makeDue(row!.id);
    await deliverRow(row!.id, office.env);
    await deliverRow(row!.id, office.env);
    expect(office.posted.map(({ to }) => to)).toEqual(["zq7marked.two@own.test"]);
  });

  test("and ends between commit and send has written the row: the sweep finds it", async () => {
    const office = postOffice();
    const { token } = await creator("zq7marked.three@own.test");
    // The process ends: what was to happen after the answer never does.
    const through = servedIn({ NOTIFICATIONS_QUEUE: { sendBatch: () => new Promise(() => {}) } });
    const request = send("POST", "/v1/clinics", { token, body: CLINIC, through });
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1));
    void request;
    const [row] = await waiting();
    expect(office.posted).toEqual([]);
    expect(await sweep(office.env, Date.now() + 60_000)).toHaveLength(1);
    await makeDue(row!.id);
    await deliverRow(row!.id, office.env);
    expect(office.posted).toHaveLength(1);
  });

  onlyWithOwnDirectory("the account is written with the clinic")(
    "sends it when the account is there that it goes to, though this is the person's first request",
    async () => {
      const office = postOffice();
      const caller = await creator("zq7marked.first@own.test");
      const sendBatch = async ([message]: { body: { id: string } }[]) =>
        void (await deliverRow(message!.body.id, office.env));
      // What is written after the response never is.
      const withSession = (constraint: D1SessionConstraint) => {
        const session = env.DB.withSession(constraint);
        const batch = (statements: D1PreparedStatement[]) =>
          statements.length > 1 ? session.batch(statements) : Promise.reject(new Error("too late"));
        return { prepare: (text: string) => session.prepare(text), batch, getBookmark: () => session.getBookmark() };
      };
      const through = servedIn({ NOTIFICATIONS_QUEUE: { sendBatch }, DB: { withSession } });
      await send("POST", "/v1/clinics", { token: caller.token, body: CLINIC, through });
      expect(office.posted.map(({ to }) => to)).toEqual(["zq7marked.first@own.test"]);
    },
  );

  test("sends a hundred at most at once, and goes on after a batch that was not taken", async () => {
    const sizes: number[] = [];
    const sendBatch = async (messages: unknown[]) => {
      sizes.push(messages.length);
      if (sizes.length === 1) throw new Error("queue is full");
    };
    const queue = { sendBatch } as unknown as Queue;
    const entries = Array.from({ length: 250 }, (_, i) => ({ id: String(i), kind: "migrate_patient" }));
    await publishEntries(
      { NOTIFICATIONS_QUEUE: queue, MIGRATIONS_QUEUE: queue, EHR_QUEUE: queue, EVENTS_QUEUE: queue },
      [...entries, { id: "job", kind: "run_migration" }],
    );
    expect(sizes).toEqual([100, 100, 50, 1]);
  });
});

describe("nothing personal", () => {
  test("is logged or kept on the way of a mail, whether it is sent, put off or given up", async () => {
    const written: string[] = [];
    for (const method of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => written.push(JSON.stringify(values)));
    }
    const fields = {
      recipient_email: "zq7marked@own.test",
      variables: JSON.stringify({ ClinicName: "Zq7Marked" }),
    };
    const broken = {
      ...postOffice().env,
      SANDBOX: undefined,
      EMAIL: { send: () => Promise.reject(new TypeError("550 zq7marked@own.test is unknown")) },
    };
    const [good, bad, last] = [
      await givenOutboxEntry(fields),
      await givenOutboxEntry(fields),
      await givenOutboxEntry({ ...fields, attempts: 4 }),
    ];
    await deliverRow(good, postOffice().env);
    await deliverRow(bad, broken);
    await deliverRow(last, broken);
    await deliverRow(await givenOutboxEntry({ ...fields, variables: "Zq7Marked is no JSON" }), postOffice().env);
    await sweep(postOffice().env, Date.now() + 60_000);
    expect([await outboxRow(good), await outboxRow(bad), await outboxRow(last)].map(({ state }) => state)).toEqual([
      "sent",
      "queued",
      "failed",
    ]);
    expect(written.length).toBeGreaterThanOrEqual(6);
    expect(written.join("\n")).toContain(last);
    expect(written.join("\n")).not.toMatch(MARK);
    expect(JSON.stringify(await rows("SELECT * FROM dead_letters"))).not.toMatch(MARK);
    expect(JSON.stringify(await rows("SELECT reason FROM outbox"))).not.toMatch(MARK);
    expect(JSON.stringify(await outboxRow(good))).not.toMatch(MARK);
  });
});

const bound = (...scopes: string[]) => exports.InternalApi({ props: { caller: "operator", scopes } });
const refusalOf = (call: PromiseLike<unknown>): PromiseLike<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );

describe("an operator", () => {
  test("sees what failed without recipients, lets it start over, and it is sent", async () => {
    const failing = postOffice(() => true);
    const id = await givenOutboxEntry({ clinic_id: UNKNOWN_ID, attempts: 4 });
    await deliverRow(id, failing.env);
    await givenOutboxEntry();
    const operator = bound("listFailedEntries", "requeueEntry", "listDeadLetters");
    const failed = await operator.listFailedEntries();
    expect(failed).toEqual([
      {
        id,
        kind: "clinic_created",
        state: "failed",
        clinicId: UNKNOWN_ID,
        messageId: null,
        jobId: null,
        reason: "sandbox_503",
        attempts: 5,
        createdAt: 0,
        finishedAt: expect.any(Number),
        cursor: expect.stringMatching(/^\d+-[0-9a-f]{24}$/),
      },
    ]);
    const dead = await operator.listDeadLetters({});
    expect(dead).toEqual([
      {
        id: expect.any(Number),
        queue: "notifications",
        messageId: expect.any(String),
        body: JSON.stringify({ v: 1, id }),
        at: expect.any(Number),
      },
    ]);
    expect(JSON.stringify([failed, dead])).not.toContain("@");

    await operator.requeueEntry({ id });
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0, reason: null, finished_at: null });
    expect(await operator.listFailedEntries()).toEqual([]);
    expect(await operator.listDeadLetters({})).toEqual(dead);
    const office = postOffice();
    await deliverRow(id, office.env);
    expect(office.posted.map(({ to }) => to)).toEqual(["ana@own.test"]);
    expect(await refusalOf(operator.requeueEntry({ id }))).toBe("conflict: the outbox entry was sent or skipped");
    await deliverRow(id, office.env);
    expect(office.posted).toHaveLength(1);
  });

  test("sees which message or job of an EHR an entry is about, and nothing else of it", async () => {
    const about = (kind: string, variables: object) =>
      givenOutboxEntry({ state: "failed", finished_at: 1, kind, variables: JSON.stringify(variables) });
    await about("ehr_order", { messageId: "m1" });
    await about("ehr_job", { jobId: "j1", other: "secret" });
    const failed = await bound("*").listFailedEntries();
    expect(failed.map(({ kind, messageId, jobId }) => ({ kind, messageId, jobId }))).toEqual([
      { kind: "ehr_order", messageId: "m1", jobId: null },
      { kind: "ehr_job", messageId: null, jobId: "j1" },
    ]);
    expect(JSON.stringify(failed)).not.toContain("secret");
  });

  test("reads them in pages", async () => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await givenOutboxEntry({ state: "failed", finished_at: 1 }));
    await rows(
      "INSERT INTO dead_letters (queue, message_id, body, at) VALUES ('a', 'm1', '1', 1), ('a', 'm2', '2', 2) RETURNING id",
    );
    const operator = bound("*");
    const first = await operator.listFailedEntries({ limit: 3 });
    const second = await operator.listFailedEntries({ limit: 3, after: first.at(-1)!.cursor! });
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids.toSorted());
    const [one] = await operator.listDeadLetters({ limit: 1 });
    expect((await operator.listDeadLetters({ after: one!.id })).map(({ body }) => body)).toEqual(["2"]);
  });

  test("can't start over what is on its way or done, and is told what was done", async () => {
    for (const state of ["queued", "sending", "sent", "skipped"]) {
      const id = await givenOutboxEntry({ state });
      const stored = await outboxRow(id);
      const refusal = ["sent", "skipped"].includes(state)
        ? "conflict: the outbox entry was sent or skipped"
        : undefined;
      expect(await refusalOf(bound("*").requeueEntry({ id }))).toBe(refusal);
      expect(await outboxRow(id)).toEqual(stored);
    }
    expect(await refusalOf(bound("*").requeueEntry({ id: UNKNOWN_ID }))).toBe("outbox entry not found");
  });

  test.each([
    ["listFailedEntries", { limit: 0 }, "limit"],
    ["listFailedEntries", { limit: 1001 }, "limit"],
    ["listFailedEntries", { after: "x" }, "after"],
    ["listDeadLetters", { after: "x" }, "after"],
    ["requeueEntry", {}, "id"],
  ] as const)("is told what is wrong with %s(%j)", async (method, input, field) => {
    expect(await refusalOf(bound("*")[method](input as never))).toMatch(new RegExp(`^${field}: `));
  });

  test.each(["listFailedEntries", "requeueEntry", "listDeadLetters"] as const)("needs the scope %s", async (method) => {
    const others = ["listFailedEntries", "requeueEntry", "listDeadLetters"].filter((name) => name !== method);
    expect(await refusalOf(bound(...others)[method]({ id: UNKNOWN_ID }))).toContain("not authorized");
  });
});

describe("the pages of local development", () => {
  const SANDBOX = { fetch: async () => new Response("page") };

  test("are served on a developer's machine, without a token", async () => {
    for (const path of ["/sandbox", "/sandbox/", "/sandbox/mailbox"]) {
      const answer = await send("GET", path, { through: servedIn({ ENVIRONMENT: "local", SANDBOX }) });
      expect([answer.status, answer.text]).toEqual([200, "page"]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test.each([
    ["production", SANDBOX],
    ["staging", SANDBOX],
    ["test", SANDBOX],
    ["local", undefined],
  ])("are not there in %s", async (ENVIRONMENT, sandbox) => {
    const through = servedIn({ ENVIRONMENT, SANDBOX: sandbox });
    const { token } = await person();
    expect((await send("GET", "/sandbox/mailbox", { through })).body).toEqual({
      code: 400,
      message: "session token is missing",
    });
    expect((await send("GET", "/sandbox/mailbox", { token, through })).body).toEqual({
      code: 404,
      message: "no matching operation was found",
    });
  });

  test("get no mail in production, even where they are bound", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    await deliverRow(id, { ...office.env, ENVIRONMENT: "production" });
    expect(office.attempts()).toBe(0);
    expect(await outboxRow(id)).toMatchObject({ state: "queued" });
  });
});

describe("the settings of mails", () => {
  const mailOf = (variables: Record<string, string | undefined>) => settingsOf({ ...env, ...variables }).mail;
  const WHOLE = { MAIL_FROM: "no@own.test", WEB_APP_URL: "https://app.own.test/", PRODUCT_NAME: "", SUPPORT_EMAIL: "" };

  test("are whole or none", () => {
    expect(mailOf(WHOLE)).toEqual({
      from: "no@own.test",
      webAppUrl: "https://app.own.test",
      productName: "Clinics Edge",
      support: { url: undefined, email: undefined },
    });
    expect(mailOf({ ...WHOLE, MAIL_FROM: "" })).toBeUndefined();
  });

  test.each([
    ["MAIL_FROM", "nobody"],
    ["WEB_APP_URL", "javascript:alert(1)"],
    ["WEB_APP_URL", ""],
    ["PRODUCT_NAME", "Two\nLines"],
    ["SUPPORT_URL", "javascript:alert(1)"],
  ])("refuse %s=%j", (name, value) => {
    const refused = () => mailOf({ ...WHOLE, [name]: value });
    expect(refused).toThrow(Misconfigured);
    expect(refused).toThrow(name);
  });
});
