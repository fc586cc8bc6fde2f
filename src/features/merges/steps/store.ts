import { PATIENT_NOTIFICATION, SOURCE_CLINICIAN_NOTIFICATION, TARGET_ADMIN_NOTIFICATION } from "../model/mails.ts";
import { type SQL, sql } from "drizzle-orm";
import { wholeMember } from "../../clinicians/model/merge-store.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { type Guard, refuseIfUnchanged } from "../../../platform/db/guard.ts";
import { mapped, type Read, rowOf, rowsOf, together } from "../../../platform/db/read.ts";
import { clinicians, clinics } from "../../tables/clinics.ts";
import { allColumns } from "../../../platform/db/columns.ts";
import { mergeBelongings } from "../../tables/ehr.ts";
import { mergeClinicians, mergeKept, mergeParticipants, mergePatients, merges } from "../../tables/merges.ts";
import { patientMerges } from "../../tables/patient-merges.ts";
import { deletedPatients, patients } from "../../tables/patients.ts";
import { insertOutboxEntries, type OutboxWriter } from "../../../platform/outbox/store.ts";
import {
  clinicsPart,
  type KeyRange,
  nextPatients,
  patientsInRange,
  recordsEver,
  toldPart,
} from "../../patients/model/merge-store.ts";
import { type Kept, type Phase, UNDO_MS } from "../plan/rules.ts";
import { isAdmin } from "../../tables/admins-store.ts";

/** Our choice: a request that came in time is not overtaken. */
const UNDO_GRACE_MS = 24 * 3_600_000;
const RECORDS_SWEPT_AT_ONCE = 1000;

export type MergeRow = Omit<typeof merges.$inferSelect, "phase"> & { readonly phase: Phase };

const row = allColumns(merges);

export const findMerge = (mergeId: string): Read<MergeRow | undefined> =>
  rowOf(sql`SELECT ${row} FROM ${merges} WHERE ${merges.id} = ${mergeId}`);

/** The merge of this target, whatever has become of it. */
export const findMergeInto = (targetId: string, mergeId: string): Read<MergeRow | undefined> =>
  rowOf(sql`SELECT ${row} FROM ${merges} WHERE ${merges.id} = ${mergeId} AND ${merges.targetId} = ${targetId}`);

/** The merge, if it was done at that time or later. */
export const mergeMergedSince = (mergeId: string, since: number): SQL =>
  sql`SELECT 1 FROM ${merges} WHERE ${merges.id} = ${mergeId} AND ${merges.mergedAt} >= ${since}`;

/** A merge of two patients in the target since then that stands and has a record in it which this merge has brought or joined. */
export const patientsMergedSince = ({ id, targetId }: { id: string; targetId: string }): SQL =>
  sql`SELECT 1 FROM ${patientMerges} JOIN ${merges} ON ${merges.id} = ${id}
      WHERE ${patientMerges.clinicId} = ${targetId} AND ${patientMerges.mergedAt} >= ${merges.mergedAt}
        AND ${patientMerges.undoneAt} IS NULL
        AND EXISTS (SELECT 1 FROM ${mergePatients} WHERE ${mergePatients.mergeId} = ${id} AND ${mergePatients.sourceKey} IN (
          SELECT ${patientMerges.sourceKey} UNION ALL SELECT ${patientMerges.targetKey}
          UNION ALL SELECT ${deletedPatients.key} FROM ${deletedPatients}
            WHERE ${deletedPatients.userId} IN (${patientMerges.sourceUserId}, ${patientMerges.targetUserId})))`;

/**
 * A later merge into the target that stands and has joined somebody to a record, or found a member, that this merge has brought
 * and the target still has.
 */
export const mergeJoinedSince = ({ id, targetId }: { id: string; targetId: string }): SQL =>
  sql`SELECT 1 FROM merges AS own JOIN merges AS later ON later.target_id = own.target_id AND later.merged_at >= own.merged_at
        AND later.undone_at IS NULL AND later.id <> own.id
      WHERE own.id = ${id} AND (
        EXISTS (SELECT 1 FROM merge_patients AS joined
          CROSS JOIN merge_patients AS brought ON brought.merge_id = own.id AND brought.source_key = joined.target_key
          CROSS JOIN patients ON patients.key = joined.target_key AND patients.clinic_id = ${targetId}
          WHERE joined.merge_id = later.id)
        OR EXISTS (SELECT 1 FROM merge_clinicians AS joined
          CROSS JOIN merge_clinicians AS brought ON brought.merge_id = own.id AND brought.action = 'moved' AND brought.user_id = joined.user_id
          CROSS JOIN clinicians ON clinicians.id = brought.clinician_id AND clinicians.clinic_id = ${targetId}
          WHERE joined.merge_id = later.id AND joined.action = 'merged'))`;

/** The merge of just this pair that is under way. */
export const findMergeUnderWay = (sourceId: string, targetId: string): Read<MergeRow | undefined> =>
  rowOf(
    sql`SELECT ${row} FROM ${merges} WHERE ${merges.sourceId} = ${sourceId} AND ${merges.targetId} = ${targetId}
        AND ${merges.id} IN (SELECT ${mergeParticipants.mergeId} FROM ${mergeParticipants} WHERE ${mergeParticipants.clinicId} = ${sourceId})`,
  );

/** The ids of both clinics. */
export const clinicsOfMerge = (mergeId: string): SQL =>
  sql`SELECT ${merges.sourceId} AS id FROM ${merges} WHERE ${merges.id} = ${mergeId}
      UNION ALL SELECT ${merges.targetId} FROM ${merges} WHERE ${merges.id} = ${mergeId}`;

export type StuckMerge = Pick<MergeRow, "id" | "sourceId">;

/** Merges nobody has worked on for a while. */
export const findStuckMerges = (before: number, limit: number): Read<StuckMerge[]> =>
  rowsOf(
    sql`SELECT ${merges.id} AS id, ${merges.sourceId} AS "sourceId" FROM ${merges}
        WHERE ${merges.phase} NOT IN ('refused', 'done', 'undone') AND ${merges.heartbeatAt} < ${before}
        ORDER BY ${merges.heartbeatAt} LIMIT ${limit}`,
  );

export interface NewMerge {
  readonly id: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly requestedBy: string;
  readonly requestId: string;
  readonly answerKey: string | null;
}

/** Takes both clinics for a merge: from here on nobody else writes to them. A clinic that takes part already refuses. */
export const lockClinics = (mergeId: string, clinicIds: readonly string[]): SQL =>
  sql`INSERT INTO ${mergeParticipants} (clinic_id, merge_id)
      SELECT value, ${mergeId} FROM json_each(${JSON.stringify(clinicIds)})`;

/** Takes both clinics of a merge that is to be undone. */
export const lockMergedClinics = (mergeId: string): SQL =>
  sql`INSERT INTO ${mergeParticipants} (clinic_id, merge_id)
      SELECT ${merges.sourceId}, ${merges.id} FROM ${merges} WHERE ${merges.id} = ${mergeId}
      UNION ALL SELECT ${merges.targetId}, ${merges.id} FROM ${merges} WHERE ${merges.id} = ${mergeId}`;

export const insertMerge = (it: NewMerge, now: number): SQL =>
  sql`INSERT INTO ${merges} (id, source_id, target_id, source_name, target_name, phase, cursor, records_done, records_total,
        requested_by, request_id, answer_key, created_at, heartbeat_at)
      SELECT ${it.id}, ${it.sourceId}, ${it.targetId}, source.name, target.name, 'planning', 0, 0,
             source.patient_total - source.patient_demo, ${it.requestedBy}, ${it.requestId}, ${it.answerKey}, ${now}, ${now}
      FROM ${clinics} AS source, ${clinics} AS target WHERE source.id = ${it.sourceId} AND target.id = ${it.targetId}`;

export const unlockClinics = (mergeId: string): SQL =>
  sql`DELETE FROM ${mergeParticipants} WHERE ${mergeParticipants.mergeId} = ${mergeId}`;

/** Somebody else has taken this step: what was read is no longer so. */
export class StepTaken extends Error {
  static override readonly name: string = "StepTaken";
}

const taken = (): Guard => refuseIfUnchanged(() => new StepTaken());

/** Moves a merge from one phase to the next; the batch is undone when somebody has done that already. */
export const enterPhase = (mergeId: string, from: Phase, to: Phase, now: number): readonly (SQL | Guard)[] => [
  sql`UPDATE ${merges} SET phase = ${to}, cursor = 0, heartbeat_at = ${now},
        merged_at = CASE WHEN ${to} = 'notifying' THEN ${now} ELSE merged_at END,
        undone_at = CASE WHEN ${to} = 'undone' THEN ${now} ELSE undone_at END
      WHERE ${merges.id} = ${mergeId} AND ${merges.phase} = ${from}`,
  taken(),
];

/** Moves the cursor of a phase over a page; the batch is undone when somebody has moved it already. */
export const advanceCursor = (
  merge: Pick<MergeRow, "id" | "phase" | "cursor">,
  until: number,
  records: number,
  now: number,
): readonly (SQL | Guard)[] => [
  sql`UPDATE ${merges} SET cursor = ${until}, records_done = records_done + ${records}, heartbeat_at = ${now}
      WHERE ${merges.id} = ${merge.id} AND ${merges.phase} = ${merge.phase} AND ${merges.cursor} = ${merge.cursor}`,
  taken(),
];

export const writePlan = (mergeId: string, plan: string): SQL =>
  sql`UPDATE ${merges} SET plan = ${plan} WHERE ${merges.id} = ${mergeId}`;

export const writeErrors = (mergeId: string, errors: string): SQL =>
  sql`UPDATE ${merges} SET errors = ${errors} WHERE ${merges.id} = ${mergeId}`;

/** Keeps what leads to the source besides its records, for the time when it comes back. */
export const writeLinks = (mergeId: string, shareCodes: SQL, invitations: SQL, migrations: SQL): SQL =>
  sql`UPDATE ${merges} SET share_codes = (${shareCodes}), invitations = (${invitations}), migrations = (${migrations})
      WHERE ${merges.id} = ${mergeId}`;

export const startUndo = (mergeId: string, requestedBy: string, requestId: string): SQL =>
  sql`UPDATE ${merges} SET undo_requested_by = ${requestedBy}, undo_request_id = ${requestId}, answer_key = NULL, records_done = 0,
        records_total = (SELECT count(*) FROM ${mergePatients} WHERE ${mergePatients.mergeId} = ${mergeId})
      WHERE ${merges.id} = ${mergeId}`;

/** Adds records to those that an undo did not restore; the query gives their ids. */
export const reportKept = (mergeId: string, kind: Kept["kind"], reason: Kept["reason"], ids: SQL): SQL =>
  sql`INSERT INTO ${mergeKept} (merge_id, kind, id, reason)
      SELECT ${mergeId}, ${kind}, kept.id, ${reason} FROM (${ids}) AS kept WHERE true
      ON CONFLICT (merge_id, kind, id) DO NOTHING`;

/** A page of what an undo did not restore, and the total. */
export const listKept = (mergeId: string, page: Page): Read<Kept[]> =>
  rowsOf(
    sql`SELECT ${mergeKept.kind} AS kind, ${mergeKept.id} AS id, ${mergeKept.reason} AS reason FROM ${mergeKept}
        WHERE ${mergeKept.mergeId} = ${mergeId} ORDER BY ${mergeKept.kind}, ${mergeKept.id} LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
export const countKept = (mergeId: string): Read<{ n: number } | undefined> =>
  rowOf(sql`SELECT count(*) AS n FROM ${mergeKept} WHERE ${mergeKept.mergeId} = ${mergeId}`);

/** Records members, or invitations that give way, before the merge changes them. */
export const recordMembers = (mergeId: string, action: "moved" | "merged" | "superseded", which: SQL): SQL =>
  sql`INSERT INTO ${mergeClinicians} (merge_id, clinician_id, user_id, action, record)
      SELECT ${mergeId}, ${clinicians.id}, ${clinicians.userId}, ${action}, ${wholeMember} FROM ${clinicians} WHERE ${which}`;

/** Records how the merge has left the members it has moved, and those who were the target's before. */
export const recordMembersAsMerged = (mergeId: string, targetId: string): SQL =>
  sql`UPDATE ${mergeClinicians} SET as_merged = ${wholeMember} FROM ${clinicians}
      WHERE ${mergeClinicians.mergeId} = ${mergeId} AND ${mergeClinicians.action} IN ('moved', 'merged')
        AND ${clinicians.clinicId} = ${targetId} AND ${clinicians.userId} = ${mergeClinicians.userId}`;

/** Records where each patient of a page comes from, with what the merge will change of the record that stays. */
export const recordPatients = (merge: MergeRow, range: KeyRange, now: number): SQL =>
  sql`INSERT INTO ${mergePatients} (merge_id, user_id, source_key, target_key, merged_at, before)
      SELECT ${merge.id}, ${patients.userId}, ${patients.key}, counterpart.key, ${now},
        json_object('tags', json(coalesce(counterpart.tags, ${patients.tags})), 'sites', json(coalesce(counterpart.sites, ${patients.sites})),
                    'mrnUnique', coalesce(counterpart.mrn_unique, ${patients.mrnUnique}),
                    'ehr', json(CASE WHEN counterpart.key IS NULL THEN ${patients.ehrSubscriptions} ELSE counterpart.ehr_subscriptions END))
      FROM ${patients} LEFT JOIN ${patients} AS counterpart ON counterpart.clinic_id = ${merge.targetId} AND counterpart.user_id = ${patients.userId}
      WHERE ${patientsInRange(merge.sourceId, range)}`;

/** Records how the merge has left the records of a page. */
export const recordAsMerged = (merge: MergeRow, range: KeyRange): SQL =>
  sql`UPDATE ${mergePatients} SET as_merged = ${clinicsPart("merged")},
        after = json_object('tags', json(merged.tags), 'sites', json(merged.sites), 'ehr', json(merged.ehr_subscriptions),
                            'told', CASE WHEN ${mergePatients.targetKey} IS NOT NULL THEN ${toldPart("merged")} END)
      FROM ${patients} AS merged
      WHERE ${mergedInRange(merge.id, range)}
        AND merged.clinic_id = ${merge.targetId} AND merged.key = coalesce(${mergePatients.targetKey}, ${mergePatients.sourceKey})`;

/** Picks a page of a merge's patients. */
export const mergedInRange = (mergeId: string, { after, until }: KeyRange): SQL =>
  sql`${mergePatients.mergeId} = ${mergeId} AND ${mergePatients.sourceKey} > ${after} AND ${mergePatients.sourceKey} <= ${until}`;

/** The users of a page. */
export const usersOfPage = (merge: MergeRow, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.userId} FROM ${mergePatients} WHERE ${mergedInRange(merge.id, range)}`;

/** The users of a page whose record went over whole, where it is this clinic's now. */
export const usersMovedTo = (clinicId: string, merge: MergeRow, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.userId} FROM ${mergePatients}
      CROSS JOIN ${patients} ON ${patients.key} = ${mergePatients.sourceKey} AND ${patients.clinicId} = ${clinicId}
      WHERE ${mergedInRange(merge.id, range)} AND ${mergePatients.targetKey} IS NULL`;

/** The records of a page that the source has or had; `counterparts`: of those users who had one in the target, too. */
export const sourceKeysOfPage = (merge: MergeRow, range: KeyRange, which: "all" | "counterparts"): SQL =>
  sql`SELECT ${mergePatients.sourceKey} FROM ${mergePatients} WHERE ${mergedInRange(merge.id, range)}
      ${which === "counterparts" ? sql`AND ${mergePatients.targetKey} IS NOT NULL` : sql``}`;

/** The records of a page that are the target's after the merge; `counterparts`: those that were before. */
export const targetKeysOfPage = (merge: MergeRow, range: KeyRange, which: "all" | "counterparts"): SQL =>
  which === "all"
    ? sql`SELECT coalesce(${mergePatients.targetKey}, ${mergePatients.sourceKey}) FROM ${mergePatients}
          WHERE ${mergedInRange(merge.id, range)}`
    : sql`SELECT ${mergePatients.targetKey} FROM ${mergePatients}
          WHERE ${mergedInRange(merge.id, range)} AND ${mergePatients.targetKey} IS NOT NULL`;

/** The records of a page that became one with a record of the target, each with that. */
export const pairsOfPage = (merge: MergeRow, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.sourceKey} AS source_key, ${mergePatients.targetKey} AS target_key FROM ${mergePatients}
      WHERE ${mergedInRange(merge.id, range)} AND ${mergePatients.targetKey} IS NOT NULL`;

/** What goes from a record to the one that stays. */
export type Belonging = "report" | "ehrJob" | "ehrMessage";

/** Records whose these were; the query gives id and from_key. */
export const recordBelongings = (mergeId: string, kind: Belonging, given: SQL): SQL =>
  sql`INSERT INTO ${mergeBelongings} (merge_id, kind, id, from_key)
      SELECT ${mergeId}, ${kind}, given.id, given.from_key FROM (${given}) AS given WHERE true ON CONFLICT DO NOTHING`;

/** What of a page goes back to records that are there again: id, from_key and target_key. */
export const belongingsToReturn = (merge: MergeRow, range: KeyRange, kind: Belonging): SQL =>
  sql`SELECT ${mergeBelongings.id} AS id, ${mergeBelongings.fromKey} AS from_key, ${mergePatients.targetKey} AS target_key
      FROM ${mergePatients} CROSS JOIN ${mergeBelongings} ON ${mergeBelongings.mergeId} = ${mergePatients.mergeId}
        AND ${mergeBelongings.fromKey} = ${mergePatients.sourceKey} AND ${mergeBelongings.kind} = ${kind}
        CROSS JOIN ${patients} ON ${patients.key} = ${mergePatients.sourceKey} AND ${patients.clinicId} = ${merge.sourceId}
      WHERE ${mergedInRange(merge.id, range)} AND ${mergePatients.targetKey} IS NOT NULL`;

/** How a merge stands, and the page of records that its phase works on next, if there is one. */
export interface Standing {
  readonly merge: MergeRow;
  readonly page: (KeyRange & { readonly n: number }) | undefined;
}

/** Rides in the batch of a step, so that the next one needs no question of its own. */
export function readStanding(mergeId: string, patientsPerStep: number): Read<Standing | undefined> {
  const ofMerge = (column: SQL, phases: SQL) =>
    sql`SELECT ${column} FROM ${merges} WHERE ${merges.id} = ${mergeId} AND ${merges.phase} IN (${phases})`;
  const moving = sql`'moving'`;
  const following = sql`'notifying', 'returning'`;
  type Next = { until: number | null; n: number } | undefined;
  return mapped(
    together({
      merge: findMerge(mergeId),
      ofSource: rowOf<Next>(
        nextPatients(ofMerge(sql`${merges.sourceId}`, moving), ofMerge(sql`${merges.cursor}`, moving), patientsPerStep),
      ),
      ofMerge: rowOf<Next>(
        sql`SELECT max(key) AS until, count(*) AS n FROM
              (SELECT ${mergePatients.sourceKey} AS key FROM ${mergePatients}
               WHERE ${mergePatients.mergeId} = ${mergeId}
                 AND ${mergePatients.sourceKey} > (${ofMerge(sql`${merges.cursor}`, following)})
               ORDER BY ${mergePatients.sourceKey} LIMIT ${patientsPerStep})`,
      ),
    }),
    ({ merge, ofSource, ofMerge: ofThose }) => {
      const next = [ofSource, ofThose].find((it) => it && it.until !== null);
      return merge && { merge, page: next && { after: merge.cursor, until: next.until!, n: next.n } };
    },
  );
}

/** A mail to every patient of a page. */
export const mailPatients = (ctx: OutboxWriter, merge: MergeRow, range: KeyRange): SQL =>
  insertOutboxEntries(
    ctx,
    PATIENT_NOTIFICATION,
    sql`SELECT ${`merge:${merge.id}:patient:`} || ${mergePatients.userId} AS unique_key, ${merge.targetId} AS clinic_id,
          ${mergePatients.userId} AS recipient_user_id, NULL AS recipient_email, json_object('MergeId', ${merge.id}) AS variables
        FROM ${mergePatients} WHERE ${mergedInRange(merge.id, range)}`,
  );

/** A mail to every member who came with the source, and to every admin of the target who did not. Machines get none. */
export const mailMembers = (ctx: OutboxWriter, merge: MergeRow): readonly SQL[] => {
  const cameAlong = sql`SELECT ${mergeClinicians.userId} FROM ${mergeClinicians}
      WHERE ${mergeClinicians.mergeId} = ${merge.id} AND ${mergeClinicians.action} IN ('moved', 'merged')`;
  const mailTo = (which: SQL, role: string) =>
    sql`SELECT ${`merge:${merge.id}:${role}:`} || ${clinicians.userId} AS unique_key, ${merge.targetId} AS clinic_id,
          ${clinicians.userId} AS recipient_user_id, NULL AS recipient_email, json_object('MergeId', ${merge.id}) AS variables
        FROM ${clinicians} WHERE ${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.userId} IS NOT NULL
          AND ${clinicians.isServiceAccount} = 0 AND ${which}`;
  return [
    insertOutboxEntries(
      ctx,
      SOURCE_CLINICIAN_NOTIFICATION,
      mailTo(sql`${clinicians.userId} IN (${cameAlong})`, "member"),
    ),
    insertOutboxEntries(
      ctx,
      TARGET_ADMIN_NOTIFICATION,
      mailTo(
        sql`${isAdmin} AND ${clinicians.userId} NOT IN
            (${cameAlong} AND ${mergeClinicians.action} = 'moved')`,
        "admin",
      ),
    ),
  ];
};

/** A merge of clinics that brought a person's record. */
export interface Provenance {
  readonly kind: "clinic";
  readonly mergeId: string;
  readonly sourceId: string;
  readonly targetId: string;
  /** Whether the record of the source became one with a record of the target. */
  readonly isJoined: boolean;
  readonly mergedAt: number;
  readonly undoneAt: number | null;
}

/** Which merges of clinics brought a person's records, the newest first. */
export const findProvenance = (userId: string): Read<Provenance[]> =>
  mapped(
    rowsOf<Omit<Provenance, "isJoined" | "kind"> & { isJoined: number }>(
      sql`SELECT ${mergePatients.mergeId} AS "mergeId", ${merges.sourceId} AS "sourceId", ${merges.targetId} AS "targetId",
            ${mergePatients.targetKey} IS NOT NULL AS "isJoined", ${mergePatients.mergedAt} AS "mergedAt", ${merges.undoneAt} AS "undoneAt"
          FROM ${mergePatients} JOIN ${merges} ON ${merges.id} = ${mergePatients.mergeId}
          WHERE ${mergePatients.sourceKey} IN (${recordsEver(userId)}) ORDER BY ${mergePatients.mergedAt} DESC, ${mergePatients.mergeId}`,
    ),
    (found) => found.map((it) => ({ kind: "clinic", ...it, isJoined: it.isJoined === 1 })),
  );

/**
 * Erases what records held of patients and members when nothing can be undone any more, a bounded number at a time. A merge
 * may take longer than its first pages are young, and an undo longer than its time: what either needs stays until it has ended.
 */
export const sweepMergeRecords = (now: number): readonly SQL[] => {
  const before = now - UNDO_MS - UNDO_GRACE_MS;
  const isFinal = sql`${merges.mergedAt} < ${before} AND ${merges.phase} IN ('notifying', 'done', 'undone')`;
  return [
    sql`UPDATE ${mergePatients} SET before = NULL, after = NULL, as_merged = NULL
        WHERE (merge_id, source_key) IN
          (SELECT ${mergePatients.mergeId}, ${mergePatients.sourceKey} FROM ${mergePatients}
             CROSS JOIN ${merges} ON ${merges.id} = ${mergePatients.mergeId}
           WHERE ${mergePatients.asMerged} IS NOT NULL AND ${mergePatients.mergedAt} < ${before} AND ${isFinal}
           LIMIT ${RECORDS_SWEPT_AT_ONCE})`,
    sql`UPDATE ${mergeClinicians} SET record = NULL, as_merged = NULL
        WHERE (merge_id, action, clinician_id) IN
          (SELECT ${mergeClinicians.mergeId}, ${mergeClinicians.action}, ${mergeClinicians.clinicianId} FROM ${mergeClinicians}
             JOIN ${merges} ON ${merges.id} = ${mergeClinicians.mergeId}
           WHERE ${mergeClinicians.record} IS NOT NULL AND ${isFinal}
           LIMIT ${RECORDS_SWEPT_AT_ONCE})`,
    sql`DELETE FROM ${mergeBelongings} WHERE (merge_id, from_key, kind, id) IN
          (SELECT ${mergeBelongings.mergeId}, ${mergeBelongings.fromKey}, ${mergeBelongings.kind}, ${mergeBelongings.id}
           FROM ${merges} CROSS JOIN ${mergeBelongings} ON ${mergeBelongings.mergeId} = ${merges.id}
           WHERE ${isFinal} LIMIT ${RECORDS_SWEPT_AT_ONCE})`,
  ];
};
