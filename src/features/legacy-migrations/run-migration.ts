import { CLINIC_MIGRATION_COMPLETE, MIGRATE_PATIENT } from "./model/mails.ts";
import { followCustodialRecord } from "../accounts/custody-store.ts";
import { findWholeClinic } from "../clinics/model/store.ts";
import { Refusal, unavailable } from "../../platform/core/errors.ts";
import { showSummariesOf } from "../device-data/model/jobs-store.ts";
import { newObjectId } from "../../platform/core/ids.ts";
import { StaleRead } from "../../platform/core/stale.ts";
import { storedJson } from "../../platform/core/wire.ts";
import { auditChange } from "../../platform/audit/audit-store.ts";
import type { Db } from "../../platform/db/client.ts";
import { refuseIfUnchanged, refuseUnlessFound, type Step } from "../../platform/db/guard.ts";
import { refuseDuringMerge } from "../merges/model/merge-guards.ts";
import { askingOf } from "../../platform/db/read.ts";
import { insertOutboxEntry, type NewOutboxEntry } from "../../platform/outbox/store.ts";
import { storedMrn } from "../patients/model/mrn-guards.ts";
import { findPatient, onePatient } from "../patients/model/read.ts";
import { countsToPlan, newPatient } from "../patients/model/record.ts";
import { addLegacyClinician, insertPatient } from "../patients/model/store.ts";
import { copyFromElsewhere } from "../patients/summary/summary-store.ts";
import { adjustPatientCounters } from "../patients/model/counters-store.ts";
import type { User, UserDirectory } from "../../platform/accounts/directory.ts";
import { effectOfMigration } from "./model/jobs.ts";
import { LEGACY_ROLE, type MigrationStatus, OUTAGES_PER_RUN_MAX, PATIENTS_PER_RUN } from "./model/rules.ts";
import {
  endShare,
  findMigration,
  listShares,
  type MigrationRow,
  recordFailure,
  setMigrationStatus,
  type ShareRow,
  shareFrom,
} from "./model/store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

export interface MigrationWork {
  readonly db: Db;
  readonly users: UserDirectory;
  readonly demoPatientUserId: string | undefined;
  readonly now: number;
  /** What this run puts in the outbox carries this. */
  readonly outboxBatch: string;
}

export interface MigrationJob {
  readonly clinicId: string;
  readonly userId: string;
}

/** Thrown by a guard when another run has moved the patient already. */
class MovedAlready extends Error {
  static override readonly name: string = "MovedAlready";
}

/**
 * Moves the next patients of a legacy account into the clinic, each in a batch of its own: patient, ended share, mail
 * and audit row together, so that a run that is repeated or cut off moves nobody twice. A patient that can't be moved
 * is recorded and holds nobody up. Says whether there is more to do; throws where nobody could be asked about.
 */
export async function runMigration(work: MigrationWork, job: MigrationJob): Promise<"done" | "again"> {
  const { migration, clinic, legacyUser, shares } = await askingOf(work.db).read({
    migration: findMigration(job.clinicId, job.userId),
    clinic: findWholeClinic(job.clinicId),
    legacyUser: work.users.find(job.userId),
    shares: listShares(job.userId, PATIENTS_PER_RUN),
  });
  // The clinic was deleted, or somebody else has finished.
  if (!migration || !clinic || migration.status === "COMPLETED") return "done";
  // A service may have said that it runs before it did.
  if (migration.status === "PENDING" || legacyUser?.roles.includes(LEGACY_ROLE)) {
    const { steps } = await work.users.endLegacyRole(job.userId, work.now);
    await work.db.batch([setMigrationStatus(job.userId, "PENDING", "RUNNING", work.now), ...steps]);
  }
  const names = { ClinicName: clinic.clinic.name, LegacyClinicianName: legacyUser?.profile.fullName ?? "" };
  const outages: Refusal[] = [];
  let tried = 0;
  for (const share of shares) {
    if (outages.length === OUTAGES_PER_RUN_MAX) break;
    outages.push(...(await move(work, migration, share, names)));
    tried += 1;
  }
  // One whose account can't be read comes behind all others; what concerns everybody is over by a later attempt.
  if (outages[0] && outages.length === tried) throw outages[0];
  if (shares.length > 0) return "again";
  await work.db.batch([
    setMigrationStatus(job.userId, "RUNNING" satisfies MigrationStatus, "COMPLETED", work.now),
    insertOutboxEntry(sender(work), {
      kind: CLINIC_MIGRATION_COMPLETE,
      uniqueKey: effectOfMigration(CLINIC_MIGRATION_COMPLETE, migration),
      clinicId: job.clinicId,
      recipient: { userId: job.userId },
      variables: { ClinicName: clinic.clinic.name },
    }),
  ]);
  return "done";
}

/** Moves one patient; returns what could not answer, which says nothing about the patient. */
async function move(
  work: MigrationWork,
  job: MigrationRow,
  share: ShareRow,
  names: { ClinicName: string; LegacyClinicianName: string },
): Promise<readonly Refusal[]> {
  const patientId = share.fromUserId;
  try {
    const { user, existing } = await askingOf(work.db).read({
      user: work.users.find(patientId),
      existing: findPatient(job.clinicId, patientId),
    });
    const steps: Step[] = [
      // The merge ends before the next attempt.
      refuseDuringMerge(job.clinicId, () => unavailable("clinic merge in progress")),
      refuseUnlessFound(shareFrom(job.userId, patientId), () => new MovedAlready()),
    ];
    // An account that is gone has nothing to move.
    if (user) {
      steps.push(
        ...(existing
          ? [
              addLegacyClinician(job.clinicId, patientId, job.userId, existing.row.version, work.now),
              refuseIfUnchanged(() => new StaleRead()),
            ]
          : arrival(work, job, share, user)),
        insertOutboxEntry(sender(work), mailTo(job, patientId, names)),
        auditChange(actor(work), job.clinicId, patientId),
      );
    }
    await work.db.batch([...steps, ...endShare(job.userId, patientId)]);
  } catch (error) {
    if (error instanceof MovedAlready) return [];
    const outages = error instanceof Refusal && error.kind === "unavailable" ? [error] : [];
    const reason = error instanceof Error ? error.constructor.name : "unknown";
    await work.db.batch([recordFailure(job.userId, patientId, { reason, attempts: 1 - outages.length }, work.now)]);
    return outages;
  }
  return [];
}

/** Migrated patients are bound neither by the clinic's MRN rules nor by its plan: they were there before both. */
function arrival(work: MigrationWork, job: MigrationJob, share: ShareRow, user: User): readonly Step[] {
  const isDemo = user.id === work.demoPatientUserId;
  const { profile } = user;
  const patient = newPatient({
    clinicId: job.clinicId,
    userId: user.id,
    fullName: profile.patient?.fullName ?? profile.fullName ?? null,
    birthDate: profile.patient?.birthday ?? null,
    email: user.email ? addressKey(user.email) : null,
    mrn: storedMrn(profile.patient?.mrn),
    targetDevices: storedJson(profile.patient?.targetDevices),
    permissions: share.permissions,
    isMigrated: 1,
    legacyClinicianIds: JSON.stringify([job.userId]),
    isDemo: isDemo ? 1 : 0,
    countsToPlan: countsToPlan(isDemo, null),
    createdAt: work.now,
  });
  return [
    insertPatient(patient),
    ...copyFromElsewhere(job.clinicId, user.id),
    ...adjustPatientCounters(job.clinicId, user.id, 1),
    ...followCustodialRecord(sender(work), onePatient(job.clinicId, user.id)),
    showSummariesOf(sender(work), user.id),
  ];
}

const mailTo = (job: MigrationRow, patientId: string, variables: Record<string, string>): NewOutboxEntry => ({
  kind: MIGRATE_PATIENT,
  uniqueKey: `${effectOfMigration(MIGRATE_PATIENT, job)}:${patientId}`,
  clinicId: job.clinicId,
  recipient: { userId: patientId },
  variables,
});

const sender = ({ now, outboxBatch, users }: MigrationWork) => ({
  now,
  outboxBatch,
  users,
  newId: () => newObjectId(now),
});

const actor = ({ now, outboxBatch }: MigrationWork) => ({
  now,
  requestId: outboxBatch,
  operationId: "run_migration",
  caller: { kind: "service" as const, id: "migration", scopes: undefined },
});
