import { beforeAll, describe, expect, test } from "vitest";
import { type Caller, everythingStored, rows, service, UNKNOWN_ID } from "../../../../test/harness.ts";
import { deliverRow, givenOutboxEntry, outboxRow, postOffice } from "../../../../test/mail/post-office.ts";

let backend: Caller;
beforeAll(async () => {
  backend = await service();
});
const requeue = (id: string, key?: string) =>
  backend.post(`/v1/outbox/${id}/requeue`, undefined, key === undefined ? {} : { "idempotency-key": key });
const failed = (fields: object = {}) =>
  givenOutboxEntry({ state: "failed", finished_at: 1, attempts: 5, reason: "timeout", ...fields });
const audited = (id: string) =>
  rows("SELECT clinic_id FROM audit_log WHERE operation = 'RequeueEntry' AND clinic_id = ?", id);
const unchanging = async (call: () => Promise<{ status: number }>) => {
  const before = await everythingStored();
  const answer = await call();
  expect(await everythingStored()).toBe(before);
  return answer;
};

describe("RequeueEntry", () => {
  test("204 in one round trip gives it all attempts again and sends it to its queue, and the mail is sent", async () => {
    const id = await failed();
    const answer = await requeue(id);
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    expect(await outboxRow(id)).toMatchObject({ state: "queued", attempts: 0, reason: null, finished_at: null });
    const office = postOffice();
    await deliverRow(id, office.env);
    expect(office.posted.map(({ to }) => to)).toEqual(["ana@own.test"]);
  });

  test("204 leaves one audit row with the clinic of the entry, however often it is asked", async () => {
    const clinicId = "0123456789abcdef00000a0d";
    const id = await failed({ clinic_id: clinicId });
    const answers = await Promise.all(Array.from({ length: 8 }, () => requeue(id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(204));
    expect(await audited(clinicId)).toHaveLength(1);
  });

  test.each(["queued", "sending"])("204 leaves one that is %s as it is", async (state) => {
    const id = await givenOutboxEntry({ state, attempts: 2, next_attempt_at: 5 });
    expect((await unchanging(() => requeue(id))).status).toBe(204);
  });

  test("204 again for a repeat with its key, also when the mail was sent meanwhile", async () => {
    const id = await failed();
    await requeue(id, "requeue-1");
    await deliverRow(id, postOffice().env);
    const repeat = await requeue(id, "requeue-1");
    expect([repeat.status, repeat.headers.get("idempotent-replayed")]).toEqual([204, "true"]);
  });

  test.each(["sent", "skipped"])("409 for one that was %s, which stays so", async (state) => {
    const id = await givenOutboxEntry({ state, finished_at: 1 });
    expect((await unchanging(() => requeue(id))).status).toBe(409);
  });

  test("400 for what is no id, 404 for one that is not there; nothing is stored", async () => {
    expect((await unchanging(() => requeue("x"))).status).toBe(400);
    expect((await unchanging(() => requeue(UNKNOWN_ID))).status).toBe(404);
  });
});
