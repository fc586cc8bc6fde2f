import { env } from "cloudflare:workers";
import { connectedClinic } from "../ehr/fake-redox.ts";
import { givenPatient, rows, UNKNOWN_ID } from "../harness.ts";

const DAY_MS = 86_400_000;

/** Something for every sweep: what is due, and what is older than it is kept. */
export async function givenOldRecords(now: number): Promise<void> {
  const clinic = await connectedClinic();
  const { id } = await givenPatient(clinic);
  const [{ key }] = (await rows<{ key: number }>("SELECT key FROM patients WHERE user_id = ?", id)) as [
    { key: number },
  ];
  const old = now - 400 * DAY_MS;
  const put = (table: string, row: Record<string, unknown>) =>
    rows(
      `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
        .map(() => "?")
        .join(", ")}) RETURNING 1`,
      ...Object.values(row),
    );
  await rows("UPDATE ehr_schedules SET next_run_at = 1 WHERE clinic_id = ? RETURNING 1", clinic.clinicId);
  await put("ehr_jobs", {
    id: "0e".repeat(12),
    patient_key: key,
    message_id: "0a".repeat(12),
    cause: "patient",
    state: "skipped",
    created_at: old,
    expires_at: old,
  });
  await put("restricted_tokens", { hash: "f0".repeat(32), user_id: id, path: "/x", created_at: old, expires_at: old });
  for (const [n, state] of ["ready", "making"].entries())
    await put("reports", {
      id: `0${n}`.repeat(12),
      patient_key: key,
      state,
      cause: "request",
      size: 1,
      sha256: "x",
      created_at: old,
    });
  const merge = {
    id: UNKNOWN_ID,
    source_id: "0b".repeat(12),
    target_id: clinic.clinicId,
    source_name: "a",
    target_name: "b",
  };
  const times = { created_at: old, heartbeat_at: old, merged_at: old };
  const counts = { cursor: 0, records_done: 0, records_total: 0, requested_by: "x", request_id: "y" };
  await put("merges", { ...merge, phase: "done", ...counts, ...times });
  await put("merge_belongings", { merge_id: UNKNOWN_ID, kind: "report", id: "0c".repeat(12), from_key: key });
  await put("replays", { id: "e0".repeat(32), fingerprint: "x", status: 200, created_at: old, expires_at: old });
  const subscription = {
    events: 127,
    is_active: 1,
    secret_version: 1,
    secret_key_id: "x",
    created_at: old,
    updated_at: old,
  };
  const address = { clinic_id: clinic.clinicId, url: "https://receiver.example/" };
  await put("event_subscriptions", { id: "0d".repeat(12), ...address, ...subscription });
  await put("event_subscriptions", {
    id: "0f".repeat(12),
    clinic_id: UNKNOWN_ID,
    url: "x",
    ...subscription,
    ends_at: old,
  });
  for (const name of ["0d", "0f"])
    await put("waiting_events", {
      subscription_id: name.repeat(12),
      type: "patient.changed",
      patient_id: id,
      detail: "",
      at: old,
    });
  await put("patient_merges", {
    id: "0a".repeat(12),
    clinic_id: clinic.clinicId,
    source_key: 0,
    target_key: key,
    source_user_id: "0000000000",
    target_user_id: id,
    take: "[]",
    accept: "[]",
    plan: JSON.stringify({ fields: [] }),
    before: "{}",
    after: "{}",
    merged_at: old,
    merged_by: "x",
  });
  await put("guesses", { who: "somebody", owed: 1, at: old });
  const access = { at: old, requestId: "old", actorKind: "service", actorId: "old", operation: "GetPatient" };
  const body = JSON.stringify({ v: 1, ...access, clinicId: clinic.clinicId, patientIds: [id], outcome: "read" });
  await put("dead_letters", { queue: "audit-dead", message_id: "old", body, at: old });
  // As many as the trail indexes and seals together.
  await rows(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
     INSERT INTO audit_log (at, request_id, actor_kind, actor_id, operation, clinic_id, patient_id, outcome)
     SELECT ?1, 'r' || i, 'service', 'old', 'UpdatePatient', ?2, ?3, 'changed' FROM n RETURNING 1`,
    old,
    clinic.clinicId,
    id,
  );
}

/** A seal after all others: the last one is what the next builds on, and stays. */
export const givenLaterSeal = () =>
  env.AUDIT_DB.prepare(
    "INSERT INTO seals SELECT seq + 1, seq + 1, 1, hash, 'x', sealed_at FROM seals ORDER BY seq DESC LIMIT 1",
  ).run();
