import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { AuditMessage } from "../../src/platform/audit/audit-store.ts";
import worker from "../../src/entry/worker.ts";
import { type GivenClinic, givenClinic, newUserId, rows, send } from "../harness.ts";
import { servedIn } from "../served-in.ts";

const log = () => rows("SELECT * FROM audit_log WHERE outcome <> 'changed' ORDER BY id");
beforeEach(async () => {
  await rows("DELETE FROM audit_log RETURNING id");
});

const message = (fields: Partial<AuditMessage> = {}): AuditMessage => ({
  v: 1,
  at: 1_772_355_600_000,
  requestId: crypto.randomUUID(),
  actorKind: "person",
  actorId: newUserId(),
  operation: "ListPatients",
  clinicId: "0123456789abcdef01234567",
  patientIds: [],
  outcome: "read",
  ...fields,
});

async function deliver(queue: string, bodies: readonly unknown[]) {
  const messages = bodies.map((body, i) => ({
    id: `${queue}-${i}-${JSON.stringify(body).length}`,
    timestamp: new Date(1_772_355_600_000),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch(queue, messages);
  const ctx = createExecutionContext();
  await worker.queue(batch, env);
  return getQueueResult(batch, ctx);
}

const entry = (it: AuditMessage, patientId: string | null) => ({
  id: expect.any(Number),
  at: it.at,
  request_id: it.requestId,
  actor_kind: it.actorKind,
  actor_id: it.actorId,
  operation: it.operation,
  clinic_id: it.clinicId,
  patient_id: patientId,
  outcome: it.outcome,
});

const lost = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));

describe("the audit queue's consumer", () => {
  test("writes one row for every patient, or one without a patient, and acknowledges", async () => {
    const [read, refused] = [message({ patientIds: ["aaaaaaaaaa", "bbbbbbbbbb"] }), message({ outcome: "refused" })];
    const result = await deliver("audit", [read, refused]);
    expect(result).toMatchObject({ ackAll: true, retryBatch: { retry: false } });
    expect(await log()).toEqual([entry(read, "aaaaaaaaaa"), entry(read, "bbbbbbbbbb"), entry(refused, null)]);
  });

  test("writes an entry once when it is delivered twice, with a patient and without", async () => {
    const twice = [message({ patientIds: ["aaaaaaaaaa"] }), message({ outcome: "refused" })];
    await deliver("audit", twice);
    await deliver("audit", twice);
    expect(await log()).toHaveLength(2);
  });

  test("writes a patient of several clinics once for each", async () => {
    const read = message({ patientIds: ["aaaaaaaaaa"] });
    const other = { ...read, clinicId: "0123456789abcdef01234568" };
    await deliver("audit", [read, other, other]);
    expect(await log()).toEqual([entry(read, "aaaaaaaaaa"), entry(other, "aaaaaaaaaa")]);
  });

  test("writes every one of several requests that a client gave one id", async () => {
    const requestId = "same-request-id";
    await deliver("audit", [
      message({ requestId, patientIds: ["aaaaaaaaaa"], at: 1 }),
      message({ requestId, patientIds: ["aaaaaaaaaa"], at: 2 }),
      message({ requestId, patientIds: ["aaaaaaaaaa"], at: 2 }),
    ]);
    expect(await log()).toHaveLength(3);
  });

  test("writes a thousand patients of one page", async () => {
    const patientIds = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(10, "0"));
    await deliver("audit", [message({ patientIds })]);
    expect(await log()).toHaveLength(1000);
  });

  test("consumes the queue under its production name", async () => {
    await deliver("clinics-edge-audit", [message()]);
    expect(await log()).toHaveLength(1);
  });

  test("asks for another delivery, later and later, when the database can't take it", async () => {
    const DB = { withSession: () => ({ prepare: (it: string) => env.DB.prepare(it), batch: lost }) };
    const delays: (number | undefined)[] = [];
    const failed = [1, 2, 3, 20].map((attempts) => ({
      body: message(),
      attempts,
      retry: (options?: QueueRetryOptions) => delays.push(options?.delaySeconds),
    }));
    const ackAll = vi.fn<() => void>();
    await worker.queue({ queue: "audit", messages: failed, ackAll } as never, { ...env, DB } as never);
    expect(delays).toEqual([10, 20, 40, 3600]);
    expect(ackAll).not.toHaveBeenCalled();
    expect(await log()).toEqual([]);
  });

  test("keeps dead letters whole, once each", async () => {
    const dead = message({ patientIds: ["aaaaaaaaaa"] });
    await deliver("audit-dead", [dead]);
    await deliver("audit-dead", [dead]);
    const kept = await rows("SELECT queue, body, at FROM dead_letters");
    expect(kept).toEqual([{ queue: "audit-dead", body: JSON.stringify(dead), at: 1_772_355_600_000 }]);
  });
});

async function sentBy(call: (through: ReturnType<typeof servedIn>) => Promise<unknown>) {
  const sent: AuditMessage[] = [];
  const sendBatch = async (messages: { body: AuditMessage }[]) => {
    sent.push(...messages.map(({ body }) => body));
  };
  await call(servedIn({ AUDIT_QUEUE: { sendBatch } }));
  return sent;
}

describe("what is sent to the audit queue", () => {
  let clinic: GivenClinic;
  beforeAll(async () => {
    clinic = await givenClinic();
  });

  test("is a refusal about a patient, with ids only", async () => {
    const patientId = newUserId();
    const { token, id } = clinic.outsider;
    const path = `${clinic.path}/patients/${patientId}`;
    const sent = await sentBy((through) => send("GET", path, { token, through }));
    const expected = { actorKind: "person", actorId: id, operation: "GetPatient", clinicId: clinic.clinicId };
    expect(sent).toEqual([
      message({
        ...expected,
        patientIds: [patientId],
        outcome: "refused",
        at: expect.any(Number),
        requestId: expect.any(String),
      } as Partial<AuditMessage>),
    ]);
  });

  test("is a refusal about a patient whose id is malformed, without what was typed", async () => {
    const path = `${clinic.path}/patients/Jane-Doe`;
    const sent = await sentBy((through) => send("GET", path, { token: clinic.outsider.token, through }));
    expect(sent).toEqual([expect.objectContaining({ patientIds: [], outcome: "refused" })]);
  });

  test("is a refusal about a summary", async () => {
    const { token } = clinic.admin;
    const sent = await sentBy((through) => send("DELETE", "/v1/summaries/abc/clinics", { token, through }));
    expect(sent).toEqual([expect.objectContaining({ operation: "DeletePatientSummary", outcome: "refused" })]);
  });

  test("is nothing for what is not about patients", async () => {
    const { token } = clinic.outsider;
    const sent = await sentBy(async (through) => {
      await send("GET", `${clinic.path}/clinicians`, { token, through });
      await send("GET", clinic.path, { token, through });
    });
    expect(sent).toEqual([]);
  });
});

describe("an audit queue that takes nothing", () => {
  test("leaves the entry written at once; the answer is not delayed by it nor changed", async () => {
    const clinic = await givenClinic();
    const full = { ...env.AUDIT_QUEUE, sendBatch: lost };
    const answer = await send("GET", `${clinic.path}/patients`, {
      token: clinic.member.token,
      through: servedIn({ AUDIT_QUEUE: full }),
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(async () =>
      expect(await log()).toEqual([expect.objectContaining({ operation: "ListPatients", outcome: "read" })]),
    );
  });
});

describe("a message nobody can read", () => {
  test("ends among the dead letters at once and holds nothing up", async () => {
    const good = message({ patientIds: ["aaaaaaaaaa"] });
    const result = await deliver("audit", [{ v: 9 }, good, "text"]);
    expect(result).toMatchObject({ ackAll: true });
    expect(await log()).toEqual([entry(good, "aaaaaaaaaa")]);
    expect(await rows("SELECT body FROM dead_letters WHERE queue = 'audit' ORDER BY id")).toEqual([
      { body: '{"v":9}' },
      { body: '"text"' },
    ]);
  });
});
