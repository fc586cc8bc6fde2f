import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { QueuedAccess } from "../../src/platform/audit/audit-store.ts";
import { newObjectId } from "../../src/platform/core/ids.ts";
import worker from "../../src/entry/worker.ts";
import { openSet } from "../device-data.ts";
import {
  auditRows,
  everythingStored,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  person,
  rows,
  send,
  UNKNOWN_ID,
} from "../harness.ts";
import { servedIn } from "../served-in.ts";
import { sweepAudit, untilOthersAreTold, ONCE_TOLD } from "../audit/trail.ts";
import { allOperationsByName } from "../every-operation/principals.ts";
import { isAboutPatients } from "../../src/platform/request/about-patients.ts";

const log = async () => (await auditRows()).filter(({ outcome }) => outcome !== "changed");
const entriesWritten = async () =>
  (await env.AUDIT_DB.prepare("SELECT count(*) AS n FROM accesses").first<number>("n"))!;
beforeAll(untilOthersAreTold);
beforeEach(async () => {
  await env.AUDIT_DB.prepare("DELETE FROM accesses").run();
});

const message = (fields: Partial<QueuedAccess> = {}): QueuedAccess => ({
  v: 1,
  id: newObjectId(Date.now()),
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

const entry = (it: QueuedAccess, patientId: string | null) => ({
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
  test("writes one entry that names its patients, or nobody, and acknowledges; the records' database does not change", async () => {
    const before = await everythingStored();
    const [read, refused] = [message({ patientIds: ["aaaaaaaaaa", "bbbbbbbbbb"] }), message({ outcome: "refused" })];
    const result = await deliver("audit", [read, refused]);
    expect(result).toMatchObject({ ackAll: true, retryBatch: { retry: false } });
    expect(await log()).toEqual([entry(read, "aaaaaaaaaa"), entry(read, "bbbbbbbbbb"), entry(refused, null)]);
    expect(await entriesWritten()).toBe(2);
    expect(await everythingStored()).toBe(before);
  });

  test("writes an entry once when it is delivered twice, with a patient and without", async () => {
    const twice = [message({ patientIds: ["aaaaaaaaaa"] }), message({ outcome: "refused" })];
    for (const bodies of [
      [...twice, ...twice],
      [...twice, message()],
    ])
      expect(await deliver("audit", bodies)).toMatchObject({ ackAll: true });
    expect(await log()).toHaveLength(3);
  });

  test("writes a message of a release without ids once, too, and what differs from it by itself", async () => {
    const { id: _, ...old } = message({ patientIds: ["aaaaaaaaaa"] });
    for (const it of [old, old, { ...old, clinicId: "0123456789abcdef01234568" }, { ...old, at: 2 }])
      await deliver("audit", [it]);
    expect(await log()).toHaveLength(3);
  });

  test("writes every one of several requests that a client gave one id", async () => {
    const requestId = "same-request-id";
    const patientIds = ["aaaaaaaaaa"];
    await deliver("audit", [message({ requestId, patientIds }), message({ requestId, patientIds })]);
    expect(await log()).toHaveLength(2);
  });

  test("writes deliveries of a hundred messages about a thousand patients each in one round trip", async () => {
    const patientIds = Array.from({ length: 1000 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`);
    const batch = vi.fn<(statements: D1PreparedStatement[]) => Promise<D1Result[]>>((it) => env.AUDIT_DB.batch(it));
    const AUDIT_DB = { withSession: () => ({ prepare: (it: string) => env.AUDIT_DB.prepare(it), batch }) };
    const messages = Array.from({ length: 100 }, () => ({ body: message({ patientIds }), attempts: 1 }));
    const ackAll = vi.fn<() => void>();
    await worker.queue({ queue: "audit", messages, ackAll } as never, { ...env, AUDIT_DB } as never);
    expect([batch.mock.calls.length, ackAll.mock.calls.length]).toEqual([1, 1]);
    expect(await entriesWritten()).toBe(100);
    expect((await log()).map(({ patient_id }) => patient_id)).toEqual(messages.flatMap(() => patientIds));
  });

  test("consumes the queue under its production name", async () => {
    await deliver("clinics-edge-audit", [message()]);
    expect(await log()).toHaveLength(1);
  });

  test("asks for another delivery, later and later, when the database can't take it", async () => {
    const AUDIT_DB = { withSession: () => ({ prepare: (it: string) => env.AUDIT_DB.prepare(it), batch: lost }) };
    const delays: (number | undefined)[] = [];
    const failed = [1, 2, 3, 20].map((attempts) => ({
      body: message(),
      attempts,
      retry: (options?: QueueRetryOptions) => delays.push(options?.delaySeconds),
    }));
    const ackAll = vi.fn<() => void>();
    await worker.queue({ queue: "audit", messages: failed, ackAll } as never, { ...env, AUDIT_DB } as never);
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
    await rows("DELETE FROM dead_letters");
  });
});

async function sentBy(call: (through: ReturnType<typeof servedIn>) => Promise<unknown>) {
  const sent: QueuedAccess[] = [];
  const sendBatch = async (messages: { body: QueuedAccess }[]) => {
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
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
      } as Partial<QueuedAccess>),
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

  test.each([
    ["GetPatientMerge", "GET", (path: string) => `${path}/patient_merges/${UNKNOWN_ID}`],
    ["UndoPatientMerge", "POST", (path: string) => `${path}/patient_merges/${UNKNOWN_ID}/undo`],
    ["DeletePatientTag", "DELETE", (path: string) => `${path}/patient_tags/${UNKNOWN_ID}`],
    ["ConvertPatientTagToSite", "POST", (path: string) => `${path}/patient_tags/${UNKNOWN_ID}/site`],
    ["DeleteSite", "DELETE", (path: string) => `${path}/sites/${UNKNOWN_ID}`],
    ["MergeSite", "POST", (path: string) => `${path}/sites/${UNKNOWN_ID}/merge`],
    ["ListClinicAudit", "GET", (path: string) => `${path}/audit`],
    ["GenerateMergeReport", "POST", (path: string) => `${path}/reports/merge`],
    ["MergeClinic", "POST", (path: string) => `${path}/merge`],
    ["GetMerge", "GET", (path: string) => `${path}/merges/${UNKNOWN_ID}`],
    ["UndoMerge", "POST", (path: string) => `${path}/merges/${UNKNOWN_ID}/undo`],
    ["SyncEHRData", "POST", (path: string) => `${path}/ehr/sync`],
    ["MatchClinicAndPatient", "POST", () => "/v1/redox/match"],
    ["ListAccesses", "GET", () => "/v1/audit/accesses"],
    ["GetAuditDay", "GET", () => "/v1/audit/days/2026-03-01"],
  ])("is a refusal about records that the path does not name: %s", async (operation, method, at) => {
    const path = at(clinic.path);
    const { token, id } = clinic.prescriber;
    const sent = await sentBy(async (through) => {
      expect((await send(method, path, { token, through })).status).toBe(403);
    });
    const clinicId = path.startsWith(clinic.path) ? clinic.clinicId : null;
    expect(sent).toEqual([
      expect.objectContaining({ operation, actorId: id, clinicId, patientIds: [], outcome: "refused" }),
    ]);
  });

  test("is a refusal about a person's records in all clinics, and about what they share, with whose they are", async () => {
    const { token } = clinic.admin;
    const patientId = newUserId();
    for (const [operation, method, path, status] of [
      ["DeleteUserFromClinics", "DELETE", `/v1/users/${patientId}/clinics`, 403],
      ["UpdateClinicUserDetails", "POST", `/v1/users/${patientId}/clinics`, 403],
      ["SendPatientInvitation", "POST", `/confirm/send/invite/${patientId}/clinic`, 401],
    ] as const) {
      const sent = await sentBy(async (through) => {
        expect((await send(method, path, { token, through })).status).toBe(status);
      });
      expect(sent).toEqual([expect.objectContaining({ operation, patientIds: [patientId], outcome: "refused" })]);
    }
  });

  test("is a refusal about a data set or a report, with whose it is", async () => {
    const [owner, stranger] = [await givenAccount(), await person()];
    const added = await clinic.service.post(`${clinic.path}/patients/${owner.id}`, { permissions: { upload: {} } });
    expect(added.status).toBe(200);
    const setId = await openSet(owner, owner.id);
    const report = await clinic.member.post(`${clinic.path}/patients/${owner.id}/reports`, {});
    expect(report.status, report.text).toBe(200);
    for (const [method, path, caller, about] of [
      ["POST", `/v1/data_sets/${setId}/data`, stranger, {}],
      ["GET", `/v1/data_sets/${setId}`, stranger, {}],
      ["GET", `/fhir/R4/Binary/${report.body.id}`, stranger, { clinicId: clinic.clinicId }],
      ["GET", `/fhir/R4/DocumentReference/${report.body.id}`, clinic.prescriber, { clinicId: clinic.clinicId }],
      // Who may do other things with the set.
      ["DELETE", `/v1/data_sets/${setId}`, clinic.member, {}],
    ] as const) {
      const sent = await sentBy(async (through) => {
        expect((await send(method, path, { token: caller.token, through })).status).toBe(403);
      });
      const expected = { clinicId: null, actorId: caller.id, outcome: "refused", patientIds: [owner.id], ...about };
      expect([method, path, sent]).toEqual([method, path, [expect.objectContaining(expected)]]);
    }
    const live = await openSet(owner, owner.id, { dataSetType: "continuous" });
    const sent = await sentBy(async (through) => {
      const { token } = clinic.member;
      const body = JSON.stringify({ deviceModel: "901" });
      expect((await send("PUT", `/v1/data_sets/${live}`, { token, body, through })).status).toBe(403);
    });
    expect(sent).toEqual([expect.objectContaining({ outcome: "refused", patientIds: [owner.id] })]);
  });

  test("is a refusal about a report that is not there, or can't be looked for, with nobody's id", async () => {
    const path = `/fhir/R4/Binary/${newObjectId(Date.now())}`;
    const sent = await sentBy((through) => send("GET", path, { token: clinic.outsider.token, through }));
    expect(sent).toEqual([expect.objectContaining({ clinicId: null, patientIds: [], outcome: "refused" })]);
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
  const AUDIT_QUEUE = { sendBatch: lost };
  const AUDIT_DB = { withSession: () => ({ prepare: (it: string) => env.AUDIT_DB.prepare(it), batch: lost }) };
  const listed = [expect.objectContaining({ operation: "ListPatients", outcome: "read" })];
  const list = async (replaced: object) => {
    const { path, member } = await givenClinic();
    const through = servedIn({ AUDIT_QUEUE, ...replaced });
    return send("GET", `${path}/patients`, { token: member.token, through });
  };

  test("leaves the entry written at once; the answer is not delayed by it nor changed", async () => {
    expect((await list({})).status).toBe(200);
    await vi.waitFor(async () => expect(await log()).toEqual(listed), ONCE_TOLD);
  });

  test("leaves the entry a dead letter where the trail takes nothing either, and the cron records it once", async () => {
    expect((await list({ AUDIT_DB })).status).toBe(200);
    expect(await log()).toEqual([]);
    const [dead] = await rows<{ body: string }>("SELECT body FROM dead_letters WHERE queue = 'audit-dead'");
    const body = JSON.parse(dead!.body) as QueuedAccess;
    for (let times = 0; times < 2; times++) await sweepAudit();
    expect(await log()).toEqual(listed);
    expect(await rows("SELECT 1 FROM dead_letters WHERE queue = 'audit-dead'")).toEqual([]);
    await deliver("audit", [body]);
    expect(await log()).toEqual(listed);
  });
});

describe("a message nobody can read", () => {
  test("stays a dead letter and holds up no other that the cron puts back", async () => {
    const good = message({ patientIds: ["aaaaaaaaaa"] });
    await deliver("audit-dead", [{ v: 9 }, good]);
    await sweepAudit();
    expect(await log()).toEqual([entry(good, "aaaaaaaaaa")]);
    expect(await rows("SELECT queue, body FROM dead_letters")).toEqual([{ queue: "audit", body: '{"v":9}' }]);
    await rows("DELETE FROM dead_letters");
  });

  test("ends among the dead letters at once and holds nothing up", async () => {
    const good = message({ patientIds: ["aaaaaaaaaa"] });
    const result = await deliver("audit", [{ v: 9 }, good, "text"]);
    expect(result).toMatchObject({ ackAll: true });
    expect(await log()).toEqual([entry(good, "aaaaaaaaaa")]);
    const kept = () => rows("SELECT body FROM dead_letters WHERE queue = 'audit' ORDER BY id");
    expect(await kept()).toEqual([{ body: '{"v":9}' }, { body: '"text"' }]);
  });
});

/** Operations whose refusals are not recorded: they show and change no record of a patient, but for the clinic's as a whole. */
const ABOUT_NOBODY = [
  // Members and their invitations.
  "AcceptClinicianInvite",
  "AddServiceAccount",
  "AssociateClinicianToUser",
  "CreateClinician",
  "DeleteClinician",
  "DeleteInvite",
  "DeleteInvitedClinician",
  "DismissClinicianInvite",
  "GetClinician",
  "GetClinicianInvite",
  "GetInvitedClinician",
  "InviteClinician",
  "ListAllClinicians",
  "ListClinicianInvites",
  "ListClinicians",
  "ListClinicsForClinician",
  "ListMembershipRestrictions",
  "ResendInvite",
  "UpdateClinician",
  "UpdateMembershipRestrictions",
  // Authenticated by secrets of their own: nobody is refused by a role.
  "GetTime",
  "ProcessEHRMessage",
  "VerifyEndpoint",
  "ViewPDFReport",
  "XealthGetProgramUrl",
  "XealthGetPrograms",
  "XealthNotification",
  "XealthPreorder",
  // The clinic, its settings and numbers.
  "CreateClinic",
  "DeleteClinic",
  "GetClinic",
  "GetClinicByShareCode",
  "GetEHRSettings",
  "GetMRNSettings",
  "GetPatientCount",
  "GetPatientCountSettings",
  "ListClinics",
  "RefreshPatientCount",
  "UpdateClinic",
  "UpdateEHRSettings",
  "UpdateMRNSettings",
  "UpdatePatientCountSettings",
  "UpdateSuppressedNotifications",
  "UpdateTier",
  // Migrations of legacy accounts.
  "EnableNewClinicExperience",
  "GetMigration",
  "ListMigrations",
  "MigrateLegacyClinicianPatients",
  "TriggerInitialMigration",
  "UpdateMigration",
  // Subscriptions of services, background work.
  "CreateEventSubscription",
  "DeleteEventSubscription",
  "GetEventSubscription",
  "GetOutboxEntry",
  "ListDeadLetters",
  "ListEventSubscriptions",
  "ListFailedEntries",
  "RequeueEntry",
  "RotateEventSubscriptionSecret",
  "UpdateEventSubscription",
];

test("refusals of every operation are recorded, or it is known why not", () => {
  const others = allOperationsByName.filter(([, { route }]) => !isAboutPatients(route.path)).map(([name]) => name);
  expect(others.toSorted()).toEqual(ABOUT_NOBODY.toSorted());
});
