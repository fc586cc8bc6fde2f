import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { changeAccount } from "../accounts.ts";
import { countRows, givenAccount, newUserId, rows } from "../harness.ts";
import {
  deliver,
  deliverRow,
  givenOutboxEntry,
  makeDue,
  outboxRow,
  postOffice,
  sweep,
  withoutMailer,
} from "./post-office.ts";

beforeEach(async () => {
  await rows("DELETE FROM outbox RETURNING id");
  await rows("DELETE FROM dead_letters RETURNING id");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const SENT = { state: "sent", reason: null, recipient_email: null, variables: "{}", lease_until: null };

describe("a mail in the outbox", () => {
  test("is sent to its address, marked, and forgotten", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    expect(await deliverRow(id, office.env)).toEqual({ acked: 1, retriedAfter: [] });
    expect(office.posted).toEqual([
      expect.objectContaining({
        reference: id,
        to: "ana@own.test",
        from: "Clinics Edge <noreply@clinics-edge.example>",
      }),
    ]);
    expect(await outboxRow(id)).toMatchObject({ ...SENT, attempts: 1, finished_at: expect.any(Number) });
  });

  test("goes to the address the account has when it is sent", async () => {
    const office = postOffice();
    const account = await givenAccount();
    const id = await givenOutboxEntry({ recipient_user_id: account.id });
    await changeAccount(account.id, { email: "new@own.test" });
    await deliverRow(id, office.env);
    expect(office.posted.map(({ to }) => to)).toEqual(["new@own.test"]);
  });

  test.each([
    ["account_gone", async () => newUserId(), null],
    ["account_without_address", async () => (await givenAccount({ email: null })).id, null],
    ["no_valid_address", async () => null, "Ann <ann@own.test>, other@own.test"],
    ["no_valid_address", async () => null, "ann@own.test\r\nBcc: other@own.test"],
    ["no_recipient", async () => null, null],
  ])("is skipped, and forgotten: %s", async (reason, userId, email) => {
    const office = postOffice();
    const id = await givenOutboxEntry({ recipient_user_id: await userId(), recipient_email: email });
    expect(await deliverRow(id, office.env)).toEqual({ acked: 1, retriedAfter: [] });
    expect(await outboxRow(id)).toMatchObject({ ...SENT, state: "skipped", reason });
    expect(office.attempts()).toBe(0);
  });

  test("is sent once when its message comes twice, in one delivery, in two, or long after", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    await deliver(
      [
        { v: 1, id },
        { v: 1, id },
      ],
      office.env,
    );
    await deliverRow(id, office.env);
    const done = await outboxRow(id);
    await makeDue(id);
    expect(await deliverRow(id, office.env)).toEqual({ acked: 1, retriedAfter: [] });
    expect(office.posted).toHaveLength(1);
    expect(await outboxRow(id)).toEqual({ ...done, next_attempt_at: 0 });
  });

  test("is sent once by eight consumers at once", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    const deliveries = await Promise.all(Array.from({ length: 8 }, () => deliverRow(id, office.env)));
    expect(deliveries).toEqual(Array.from({ length: 8 }, () => ({ acked: 1, retriedAfter: [] })));
    expect(office.posted).toHaveLength(1);
    expect(await outboxRow(id)).toMatchObject({ ...SENT, attempts: 1 });
  });

  test("is left alone while somebody holds it or it waits, and taken over when the lease has run out", async () => {
    const office = postOffice();
    const held = await givenOutboxEntry({ state: "sending", attempts: 1, lease_until: Date.now() + 60_000 });
    const waiting = await givenOutboxEntry({ next_attempt_at: Date.now() + 60_000 });
    const before = [await outboxRow(held), await outboxRow(waiting)];
    const messages = [held, waiting].map((id) => ({ v: 1, id }));
    expect(await deliver(messages, office.env)).toEqual({ acked: 2, retriedAfter: [] });
    expect([await outboxRow(held), await outboxRow(waiting)]).toEqual(before);
    await makeDue(held);
    await deliverRow(held, office.env);
    expect(office.posted.map(({ reference }) => reference)).toEqual([held]);
    expect(await outboxRow(held)).toMatchObject({ ...SENT, attempts: 2 });
  });

  test("of an unknown row changes nothing", async () => {
    const office = postOffice();
    expect(await deliverRow("0123456789abcdef01234567", office.env)).toEqual({ acked: 1, retriedAfter: [] });
    expect(office.attempts()).toBe(0);
  });

  test("is consumed under the queue's production name", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    await deliver([{ v: 1, id }], office.env, "clinics-edge-notifications");
    expect(office.posted).toHaveLength(1);
  });
});

describe("a provider that fails", () => {
  test("three times and then works has sent one mail, later and later", async () => {
    const office = postOffice((attempt) => attempt <= 3);
    const id = await givenOutboxEntry();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { acked, retriedAfter } = await deliverRow(id, office.env);
      expect([acked, retriedAfter]).toEqual([0, [expect.any(Number)]]);
      const row = await outboxRow(id);
      expect(row).toMatchObject({
        state: "queued",
        reason: "sandbox_503",
        attempts: attempt,
        recipient_email: "ana@own.test",
      });
      expect(row.next_attempt_at).toBeGreaterThan(Date.now() + (retriedAfter[0]! - 30) * 1000);
      waits.push(retriedAfter[0]!);
      await makeDue(id);
    }
    for (const [i, base] of [60, 240, 960].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(base * 0.75);
      expect(waits[i]).toBeLessThanOrEqual(base * 1.25 + 1);
    }
    expect(await deliverRow(id, office.env)).toEqual({ acked: 1, retriedAfter: [] });
    await makeDue(id);
    await deliverRow(id, office.env);
    expect(office.posted.map(({ reference }) => reference)).toEqual([id]);
    expect(await outboxRow(id)).toMatchObject({ ...SENT, attempts: 4 });
  });

  test("for ever leaves the mail failed with its reason after five attempts, and its message among the dead letters", async () => {
    const office = postOffice(() => true);
    const id = await givenOutboxEntry();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const { acked } = await deliverRow(id, office.env);
      expect(acked).toBe(attempt === 5 ? 1 : 0);
      await makeDue(id);
    }
    expect(await outboxRow(id)).toMatchObject({
      state: "failed",
      reason: "sandbox_503",
      attempts: 5,
      recipient_email: "ana@own.test",
      finished_at: expect.any(Number),
    });
    expect(await rows("SELECT queue, body FROM dead_letters")).toEqual([
      { queue: "notifications", body: JSON.stringify({ v: 1, id }) },
    ]);
    await deliverRow(id, office.env);
    expect(office.attempts()).toBe(5);
  });

  test("for a reason that stays leaves it failed at once", async () => {
    const EMAIL = {
      send: async () => {
        throw Object.assign(new Error("ana@own.test is on the list"), { code: "E_RECIPIENT_SUPPRESSED" });
      },
    };
    const id = await givenOutboxEntry();
    await deliverRow(id, { ...postOffice().env, SANDBOX: undefined, EMAIL });
    expect(await outboxRow(id)).toMatchObject({ state: "failed", reason: "E_RECIPIENT_SUPPRESSED", attempts: 1 });
    expect(await countRows("dead_letters")).toBe(1);
  });

  test("in a way of its own is a failed attempt like another, without the provider's words", async () => {
    const EMAIL = { send: () => Promise.reject(new Error("550 ana@own.test unknown")) };
    const id = await givenOutboxEntry();
    await deliverRow(id, { ...postOffice().env, SANDBOX: undefined, EMAIL });
    expect(await outboxRow(id)).toMatchObject({ state: "queued", reason: "provider_error", attempts: 1 });
  });

  test("by ending the process every time is given up, too", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry({ state: "sending", attempts: 5, lease_until: 1 });
    await deliverRow(id, office.env);
    expect(await outboxRow(id)).toMatchObject({ state: "failed", reason: "interrupted" });
    expect(office.attempts()).toBe(0);
  });
});

describe("the mail service of production", () => {
  test("is given sender, recipient, subject and both parts", async () => {
    const send = vi.fn<(mail: Record<string, unknown>) => Promise<object>>(async () => ({ messageId: "1" }));
    const id = await givenOutboxEntry();
    await deliverRow(id, { ...postOffice().env, ENVIRONMENT: "production", EMAIL: { send } });
    expect(send.mock.calls).toEqual([
      [
        {
          from: { email: "noreply@clinics-edge.example", name: "Clinics Edge" },
          to: "ana@own.test",
          subject: "New Clinics Edge Clinic account created",
          html: expect.stringContaining("Harbor"),
          text: expect.stringContaining("Harbor"),
        },
      ],
    ]);
    expect(await outboxRow(id)).toMatchObject(SENT);
  });
});

describe("a database that fails", () => {
  const failing = (fails: (call: number) => boolean, base: D1Database = env.DB) => {
    let calls = 0;
    return {
      withSession: () => {
        const session = base.withSession("first-primary");
        return {
          prepare: (text: string) => session.prepare(text),
          batch: (statements: D1PreparedStatement[]) =>
            fails(++calls)
              ? Promise.reject(new Error("D1_ERROR: Network connection lost."))
              : session.batch(statements),
          getBookmark: () => session.getBookmark(),
        };
      },
    };
  };

  test("when the mail is to be marked does not send it twice: the mark is tried again", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    await deliverRow(id, { ...office.env, DB: failing((call) => call === 2 || call === 3) });
    expect(office.posted).toHaveLength(1);
    expect(await outboxRow(id)).toMatchObject(SENT);
  });

  test("when the row is to be claimed brings the message again", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    expect(await deliverRow(id, { ...office.env, DB: failing(() => true) })).toEqual({ acked: 0, retriedAfter: [10] });
    expect(office.attempts()).toBe(0);
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0 });
  });

  test("for good after the provider took the mail leaves it to the lease: it is sent again under the same reference", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    await deliverRow(id, { ...office.env, DB: failing((call) => call > 1) });
    expect(await outboxRow(id)).toMatchObject({ state: "sending", attempts: 1 });
    await makeDue(id);
    await deliverRow(id, office.env);
    expect(office.posted.map(({ reference }) => reference)).toEqual([id, id]);
    expect(await outboxRow(id)).toMatchObject(SENT);
  });
});

describe("a message nobody can read", () => {
  test("ends among the dead letters at once and holds nothing up", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    expect(await deliver([{ v: 9 }, { v: 1, id }, "text"], office.env)).toEqual({ acked: 3, retriedAfter: [] });
    expect(office.posted).toHaveLength(1);
    expect(await countRows("dead_letters")).toBe(2);
  });
});

describe("a deployment without a mailer", () => {
  test("keeps its mails, and sends them when it has one", async () => {
    const id = await givenOutboxEntry();
    const before = await outboxRow(id);
    expect(await deliverRow(id, withoutMailer)).toEqual({ acked: 1, retriedAfter: [] });
    expect(await sweep(withoutMailer)).toEqual([]);
    expect(await outboxRow(id)).toEqual(before);
    const office = postOffice();
    expect(await sweep(office.env)).toEqual([{ queue: "notifications", body: { v: 1, id } }]);
    await deliverRow(id, office.env);
    expect(office.posted).toHaveLength(1);
  });
});

describe("the sweep", () => {
  test("sends what has waited and what was left by a lease that ran out, not what is fresh, held, or done", async () => {
    const office = postOffice();
    const now = Date.now();
    const left = await givenOutboxEntry();
    const interrupted = await givenOutboxEntry({ state: "sending", attempts: 1, lease_until: now - 1 });
    await givenOutboxEntry({ next_attempt_at: now - 10_000 });
    await givenOutboxEntry({ next_attempt_at: now + 60_000 });
    await givenOutboxEntry({ state: "sending", attempts: 1, lease_until: now + 60_000 });
    for (const state of ["sent", "skipped", "failed"]) await givenOutboxEntry({ state, finished_at: now });
    const sent = await sweep(office.env, now);
    expect(sent.map(({ body }) => (body as { id: string }).id).toSorted()).toEqual([left, interrupted].toSorted());
    expect(sent.every(({ body }) => Object.keys(body as object).join() === "v,id")).toBe(true);
  });

  test("takes at most 500 a run, a hundred a batch, each in its turn", async () => {
    const office = postOffice();
    await rows(
      `INSERT INTO outbox (id, batch, unique_key, kind, variables, state, attempts, next_attempt_at, created_at)
       SELECT 'many-' || value, 'b', 'many-' || value, 'clinic_created', '{}', 'queued', 0, value, 0
       FROM json_each(?) RETURNING id`,
      JSON.stringify(Array.from({ length: 700 }, (_, i) => i)),
    );
    const ids = async () => (await sweep(office.env)).map(({ body }) => (body as { id: string }).id);
    const [first, second] = [await ids(), await ids()];
    expect([first.length, second.length]).toEqual([500, 200]);
    expect(new Set([...first, ...second]).size).toBe(700);
  });

  test("sends jobs to their own queue", async () => {
    const id = await givenOutboxEntry({ kind: "run_migration" });
    expect(await sweep(withoutMailer)).toEqual([{ queue: "migrations", body: { v: 1, id } }]);
  });

  test("leaves kinds this version does not know to the one that does", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry({ kind: "of_the_future" });
    expect(await sweep(office.env)).toEqual([]);
    expect(await deliverRow(id, office.env)).toEqual({ acked: 1, retriedAfter: [] });
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0 });
  });

  test("survives a queue that takes nothing; the next one sends", async () => {
    const office = postOffice();
    const id = await givenOutboxEntry();
    const full = { sendBatch: () => Promise.reject(new Error("queue is full")) };
    expect(await sweep(office.env, Date.now(), { NOTIFICATIONS_QUEUE: full })).toEqual([]);
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0 });
    expect(await sweep(office.env, Date.now() + 60_000)).toHaveLength(1);
  });

  test("forgets whom a mail was for thirty days after it was given up", async () => {
    const day = 86_400_000;
    const now = Date.now();
    const old = await givenOutboxEntry({ state: "failed", reason: "x", finished_at: now - 31 * day });
    const recent = await givenOutboxEntry({ state: "failed", reason: "x", finished_at: now - 29 * day });
    await sweep(postOffice().env, now);
    expect(await outboxRow(old)).toMatchObject({
      state: "skipped",
      reason: "expired",
      recipient_email: null,
      variables: "{}",
    });
    expect(await outboxRow(recent)).toMatchObject({ state: "failed", recipient_email: "ana@own.test" });
  });
});
