import { mrnKeyOf } from "../patients/model/record.ts";
import { type SQL, sql } from "drizzle-orm";
import type { UserDirectory } from "../../platform/accounts/directory.ts";
import { users } from "../../platform/db/tables.ts";
import { mapped, type Read, rowOf, together } from "../../platform/db/read.ts";
import { parsedJson } from "../../platform/core/wire.ts";
import { dataDestroyedSince } from "../device-data/model/jobs-store.ts";
import { findPatient, type FoundPatient } from "../patients/model/read.ts";
import { patientMerges as m } from "../tables/patient-merges.ts";
import { deletedPatients, patients, type PatientRow } from "../tables/patients.ts";
import type { UndoBlock } from "./schema.ts";
import { type Before, findArchived, findPatientMerge, type MergeRow, targetOf } from "./store.ts";
import type { Written } from "../patients/model/merged-fields.ts";

/** Everything that an undo is planned by. */
export interface UndoFacts {
  readonly merge: MergeRow;
  readonly before: Before | undefined;
  readonly after: Written | undefined;
  readonly survivor: FoundPatient | undefined;
  readonly archived: PatientRow | undefined;
  readonly blocks: readonly UndoBlock[];
  readonly isTargetKept: boolean;
  readonly isSourceCustodial: boolean;
  readonly sourceAddress: string | null;
  readonly mrnUnique: number;
  /** Whether a third record has the MRN by now: 0, 1, or 2 where its uniqueness is enforced. */
  readonly thirdWithSourceMrn: number;
  readonly thirdWithTargetMrn: number;
  readonly isSourceAddressTaken: boolean;
  readonly isTargetAddressTaken: boolean;
  readonly isKnownElsewhere: boolean;
  /** Another clinic's record of the source's user has other data sources: as all have the same, those of later. */
  readonly hasOtherSources: boolean;
  /** The source's record had a summary, of data that were destroyed since. */
  readonly isSummaryGone: boolean;
  /** The numbers of their patients, as keys, that orders of an EHR since the merge name, by order. */
  readonly numbers: Readonly<Record<string, readonly string[]>>;
  /** The tags and sites that the clinic has. */
  readonly existing: ReadonlySet<string>;
}

interface Extra {
  readonly survivorClinic: string | null;
  readonly later: string;
  readonly hasReturned: number;
  readonly mrnUnique: number;
  readonly sourceMrn: number;
  readonly targetMrn: number;
  readonly sourceAddress: number;
  readonly targetAddress: number;
  readonly elsewhere: number;
  readonly otherSources: number;
  readonly summaryGone: number;
  readonly numbers: string;
  readonly existing: string;
}

/** Our choice: more than a record has numbers, and than it has orders in a month. */
const NUMBERS_LENGTH_MAX = 10_000;
const ORDERS_MAX = 100;

const numbersOf = (text: string): UndoFacts["numbers"] =>
  Object.fromEntries(
    Object.entries(JSON.parse(text) as Record<string, ({ ID?: unknown } | null)[]>).map(([id, all]) => [
      id,
      all.flatMap((it) => (typeof it?.ID === "string" ? [mrnKeyOf(it.ID) ?? ""] : [])),
    ]),
  );

/** 1 where a third record has the MRN, 2 where its uniqueness is enforced. */
const thirdWithMrn = (key: SQL): SQL =>
  sql`coalesce((SELECT max(1 + third.mrn_unique) FROM ${patients} AS third WHERE third.mrn_key = ${key}
        AND third.clinic_id = ${m.clinicId} AND third.key <> ${m.targetKey}), 0)`;
const thirdWithAddress = (address: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${users} WHERE ${users.email} = ${address} AND ${users.id} NOT IN (${m.sourceUserId}, ${m.targetUserId}))`;

const extra = (clinicId: string, mergeId: string): SQL => sql`SELECT
    (SELECT ${patients.clinicId} FROM ${patients} WHERE ${patients.key} = ${m.targetKey}) AS "survivorClinic",
    (SELECT json_group_array(id) FROM (SELECT later.id AS id FROM ${m} AS later
       WHERE (later.target_key = ${m.targetKey} OR later.source_key = ${m.targetKey}) AND later.undone_at IS NULL AND later.clinic_id = ${clinicId}
         AND (later.merged_at, later.id) > (${m.mergedAt}, ${m.id}) ORDER BY later.merged_at DESC, later.id DESC)) AS later,
    EXISTS (SELECT 1 FROM ${patients} WHERE ${patients.clinicId} = ${m.clinicId} AND ${patients.userId} = ${m.sourceUserId})
      AS "hasReturned",
    coalesce((SELECT mrn_unique FROM clinics WHERE id = ${m.clinicId}), 0) AS "mrnUnique",
    ${thirdWithMrn(sql`kept.mrn_key`)} AS "sourceMrn",
    ${thirdWithMrn(sql`${m.before} ->> '$.mrnKey'`)} AS "targetMrn",
    ${thirdWithAddress(sql`${m.before} ->> '$.address'`)} AS "sourceAddress",
    ${thirdWithAddress(sql`${m.before} ->> '$.email'`)} AS "targetAddress",
    EXISTS (SELECT 1 FROM ${patients} AS other WHERE other.user_id = ${m.sourceUserId} AND other.clinic_id <> ${m.clinicId}
      AND (coalesce(other.cgm_last_updated_at, 0) > coalesce(kept.cgm_last_updated_at, 0)
           OR coalesce(other.bgm_last_updated_at, 0) > coalesce(kept.bgm_last_updated_at, 0))) AS elsewhere,
    EXISTS (SELECT 1 FROM ${patients} AS other WHERE other.user_id = ${m.sourceUserId} AND other.clinic_id <> ${m.clinicId}
      AND other.data_sources IS NOT kept.data_sources) AS "otherSources",
    coalesce(kept.cgm_summary_id, kept.bgm_summary_id) IS NOT NULL
      AND EXISTS (${dataDestroyedSince(sql`${m.sourceUserId}`, sql`${m.mergedAt}`)}) AS "summaryGone",
    (SELECT json_group_object(id, json(ids)) FROM (SELECT id, message -> '$.Patient.Identifiers' AS ids FROM ehr_messages
       WHERE patient_key = ${m.targetKey} AND provider = 'redox' AND received_at >= ${m.mergedAt} AND json_type(ids) = 'array'
         AND length(ids) < ${NUMBERS_LENGTH_MAX} ORDER BY received_at DESC LIMIT ${ORDERS_MAX})) AS numbers,
    (SELECT json_group_array(id) FROM (SELECT id FROM clinic_patient_tags WHERE clinic_id = ${m.clinicId}
       UNION ALL SELECT id FROM clinic_sites WHERE clinic_id = ${m.clinicId})) AS existing
  FROM ${m} LEFT JOIN ${deletedPatients} AS kept ON kept.key = ${m.sourceKey} AND kept.deleted_at = ${m.mergedAt}
    AND kept.clinic_id = ${m.clinicId}
  WHERE ${m.id} = ${mergeId} AND ${m.clinicId} = ${clinicId}`;

/** Reads all that an undo needs, in one round trip; nothing where the clinic has no such merge. */
export const readUndo = (directory: UserDirectory, clinicId: string, mergeId: string): Read<UndoFacts | undefined> => {
  const of = (column: SQL) =>
    sql`SELECT ${column} FROM ${m} WHERE ${m.id} = ${mergeId} AND ${m.clinicId} = ${clinicId}`;
  return mapped(
    together({
      merge: findPatientMerge(clinicId, mergeId),
      found: findPatient(clinicId, targetOf(clinicId, mergeId)),
      archived: findArchived(clinicId, sql`(${of(sql`${m.sourceKey}`)})`, sql`(${of(sql`${m.mergedAt}`)})`),
      sourceUser: directory.find(of(sql`${m.sourceUserId}`)),
      targetUser: directory.find(of(sql`${m.targetUserId}`)),
      more: rowOf<Extra>(extra(clinicId, mergeId)),
    }),
    ({ merge, found, archived, sourceUser, targetUser, more }) => {
      if (!merge || !more) return undefined;
      const later = JSON.parse(more.later) as string[];
      const survivor = found?.row.key === merge.targetKey ? found : undefined;
      const blocks: UndoBlock[] = [
        ...(more.survivorClinic === null && later.length === 0 ? [{ reason: "survivor-gone" as const }] : []),
        ...(more.survivorClinic !== null && more.survivorClinic !== clinicId
          ? [{ reason: "clinic-merged" as const }]
          : []),
        ...(later.length > 0 ? [{ reason: "later-merge" as const, ids: later }] : []),
        ...(more.hasReturned === 1 ? [{ reason: "source-returned" as const }] : []),
        ...(sourceUser ? [] : [{ reason: "account-gone" as const }]),
      ];
      return {
        merge,
        before: parsedJson<Before>(merge.before),
        after: parsedJson<Written>(merge.after),
        survivor,
        archived,
        blocks,
        isTargetKept: targetUser?.isCustodial === true,
        isSourceCustodial: sourceUser?.isCustodial === true,
        sourceAddress: sourceUser?.email ?? null,
        mrnUnique: more.mrnUnique,
        thirdWithSourceMrn: more.sourceMrn,
        thirdWithTargetMrn: more.targetMrn,
        isSourceAddressTaken: more.sourceAddress === 1,
        isTargetAddressTaken: more.targetAddress === 1,
        isKnownElsewhere: more.elsewhere === 1,
        hasOtherSources: more.otherSources === 1,
        isSummaryGone: more.summaryGone === 1,
        numbers: numbersOf(more.numbers),
        existing: new Set(JSON.parse(more.existing) as string[]),
      };
    },
  );
};
