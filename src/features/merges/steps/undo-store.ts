import { type SQL, sql } from "drizzle-orm";
import { clinicians, clinicPatientTags, clinicSites } from "../../tables/clinics.ts";
import { mergeClinicians, mergePatients } from "../../tables/merges.ts";
import { patients } from "../../tables/patients.ts";
import { dataDestroyedSince } from "../../device-data/model/jobs-store.ts";
import { addressOfMember, memberWithAddress } from "../../clinicians/model/merge-store.ts";
import { addressKeyIn } from "../../clinicians/model/of-user-store.ts";
import { deactivated } from "../../patients/model/ehr-subscriptions-store.ts";
import {
  addressIn,
  clinicsPart,
  type KeyRange,
  permissionsIn,
  sharesEhr,
  toldPart,
} from "../../patients/model/merge-store.ts";
import type { PairsOfRecords } from "../../patients/summary/summary-store.ts";
import { mergedInRange, type MergeRow } from "./store.ts";
import { isAdmin } from "../../tables/admins-store.ts";

/** What is asked of the records of a merge when it is undone. */

type Pair = Pick<MergeRow, "id" | "sourceId" | "targetId">;

const isMoved = sql`${mergePatients.targetKey} IS NULL`;
const nowInTarget = (merge: Pair): SQL =>
  sql`${patients} AS now ON now.key = coalesce(${mergePatients.targetKey}, ${mergePatients.sourceKey}) AND now.clinic_id = ${merge.targetId}`;
const isUnchanged = sql`${mergePatients.asMerged} = ${clinicsPart("now")}`;
const hasSame = (list: "tags" | "sites"): SQL =>
  sql`json(${sql.raw(`now.${list}`)}) = (${mergePatients.after} -> ${`$.${list}`})`;
const hasSameEhr = sql`json(now.ehr_subscriptions) IS (${mergePatients.after} ->> '$.ehr')`;
/** What an EHR had subscribed before, where nothing has come to it since; otherwise what the query gives. */
const ehrBefore = (otherwise: SQL): SQL =>
  sql`CASE WHEN ${hasSameEhr}
        THEN ${mergePatients.before} ->> '$.ehr' ELSE ${otherwise} END AS ehr_subscriptions`;
const before = (list: "tags" | "sites"): SQL => sql`(${mergePatients.before} -> ${`$.${list}`})`;

/**
 * Patients of a page who were moved and are the target's still, as the source is to have them. What has come to their
 * lists since is left behind where the source has no such tag or site, and what another EHR than the source's has ordered
 * since is no longer active.
 */
export const patientsToReturn = (merge: Pair, range: KeyRange, tagIdsBack: string, at: number): SQL =>
  sql`SELECT ${mergePatients.sourceKey} AS patient_key,
        CASE WHEN ${hasSame("tags")} THEN ${before("tags")} ELSE
          (SELECT json_group_array(id) FROM (SELECT ids.value AS id FROM json_each(now.tags) AS entry
             JOIN json_each(${tagIdsBack}) AS ids ON ids.key = entry.value ORDER BY entry.key)) END AS tags,
        CASE WHEN ${hasSame("sites")} THEN ${before("sites")} ELSE
          (SELECT json_group_array(id) FROM (SELECT ${clinicSites.id} AS id FROM json_each(now.sites) AS entry
             CROSS JOIN ${clinicSites} ON ${clinicSites.clinicId} = ${merge.sourceId} AND ${clinicSites.id} = entry.value
             ORDER BY entry.key)) END AS sites,
        CASE WHEN ${isUnchanged} THEN ${mergePatients.before} ->> '$.mrnUnique' ELSE 0 END AS mrn_unique,
        ${ehrBefore(sql`CASE WHEN ${sharesEhr(merge.sourceId, merge.targetId)} THEN now.ehr_subscriptions
                        ELSE ${deactivated(sql`now.ehr_subscriptions`, at)} END`)}
      FROM ${mergePatients} JOIN ${nowInTarget(merge)} WHERE ${mergedInRange(merge.id, range)} AND ${isMoved}`;

/**
 * Records of a page that stayed in the target, as they were before the merge: their lists if nobody has changed either, and
 * their subscriptions if no order has.
 */
export const patientsToPart = (merge: Pair, range: KeyRange): SQL => {
  const hasSameLists = sql`(${hasSame("tags")} AND ${hasSame("sites")})`;
  const listBefore = (list: "tags" | "sites") =>
    sql`CASE WHEN ${hasSameLists} THEN ${before(list)} ELSE ${sql.raw(`now.${list}`)} END AS ${sql.raw(list)}`;
  const gotSubscription = sql`${mergePatients.before} ->> '$.ehr' IS NOT ${mergePatients.after} ->> '$.ehr'`;
  return sql`SELECT now.key AS patient_key, ${listBefore("tags")}, ${listBefore("sites")},
        ${ehrBefore(sql`now.ehr_subscriptions`)}
      FROM ${mergePatients} JOIN ${nowInTarget(merge)}
      WHERE ${mergedInRange(merge.id, range)} AND NOT ${isMoved}
        AND (${hasSameLists} OR ${hasSameEhr} AND ${gotSubscription})`;
};

/** The archived records of a page whose users the target still has: these come back. */
const returning = (merge: Pair, range: KeyRange): SQL =>
  sql`${mergePatients} JOIN ${nowInTarget(merge)} WHERE ${mergedInRange(merge.id, range)} AND NOT ${isMoved}`;

/** Their keys and times. */
export const patientsToRestore = (merge: Pair, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.sourceKey} AS k, ${mergePatients.mergedAt} AS t FROM ${returning(merge, range)}`;

/**
 * What patients of a page have taken back from the target since the merge: the source is not to have again what they gave it
 * before, as they could take it from nobody else meanwhile.
 */
export const permissionsTakenBack = (merge: Pair, range: KeyRange): SQL => {
  const bits = sql`${permissionsIn(sql`${mergePatients.asMerged}`)} & ~coalesce(now.permissions, 0)`;
  return sql`SELECT ${mergePatients.sourceKey} AS patient_key, ${bits} AS bits FROM ${returning(merge, range)} AND ${bits} <> 0`;
};

/**
 * What an EHR has ended since the merge of what it had ordered: for records that come back from the archive, where it is active
 * still. It is told by the order that was the last one then.
 */
export const ordersEndedSince = (merge: Pair, range: KeyRange): SQL => {
  const last = (subscription: SQL) => sql`${subscription} ->> '$.matchedMessages[#-1].id'`;
  const now = sql`(now.ehr_subscriptions -> ('$.' || was.key))`;
  return sql`SELECT ${mergePatients.sourceKey} AS patient_key, json_group_object(was.key, ${last(sql`was.value`)}) AS orders
      FROM ${mergePatients} JOIN ${nowInTarget(merge)} JOIN json_each(${mergePatients.after} -> '$.ehr') AS was
      WHERE ${mergedInRange(merge.id, range)} AND NOT ${isMoved} AND was.value ->> '$.active' = 1
        AND ${now} ->> '$.active' = 0 AND ${last(now)} IS NOT ${last(sql`was.value`)}
      GROUP BY ${mergePatients.sourceKey}`;
};

/** Users of a page whose records of the source come back from the archive. */
export const usersToRestore = (merge: Pair, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.userId} AS user_id FROM ${returning(merge, range)}`;

/** Whether what is of a person, and not of a clinic, is another than when the clinics were merged; nothing is known of older merges. */
const TOLD_SINCE = {
  address: sql`now.email IS NOT ${addressIn(sql`${mergePatients.asMerged}`)}`,
  ...Object.fromEntries(
    (
      [
        ["sources", 0, 1],
        ["cgm", 1, 3],
        ["bgm", 3, 5],
      ] as const
    ).map(([what, from, to]) => [
      what,
      sql`json_type(${mergePatients.after}, '$.told') = 'array' AND (${sql.join(
        Array.from({ length: to - from }, (_, i) => {
          const path = sql.raw(`'$[${from + i}]'`);
          return sql`(${toldPart("now")} ->> ${path}) IS NOT (${mergePatients.after} -> '$.told' ->> ${path})`;
        }),
        sql` OR `,
      )})`,
    ]),
  ),
} as Record<"address" | "sources" | "cgm" | "bgm", SQL>;

/**
 * Records of a page that come back from the archive, each with the target's record of the same user, where something that is of the
 * person was changed there since the merge, as in all clinics that had a record of them then.
 */
export const pairsToldSince = (merge: Pair, range: KeyRange, what: keyof typeof TOLD_SINCE): PairsOfRecords => ({
  clinicId: merge.sourceId,
  fromClinicId: merge.targetId,
  pairs: sql`SELECT ${mergePatients.sourceKey} AS patient_key, now.key AS from_key FROM ${returning(merge, range)}
    AND ${TOLD_SINCE[what]}`,
});

/** Those of these records whose data were destroyed since the merge: what was calculated of them is not to come back. */
export const recordsWithoutData = (merge: Pair, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.sourceKey} FROM ${returning(merge, range)}
        AND EXISTS (${dataDestroyedSince(sql`${mergePatients.userId}`, sql`${mergePatients.mergedAt}`)})`;

/** Users of a page whose record was changed since the merge. */
export const changedPatients = (merge: Pair, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.userId} AS id FROM ${mergePatients} JOIN ${nowInTarget(merge)}
      WHERE ${mergedInRange(merge.id, range)} AND NOT ${isUnchanged}`;

/** Users of a page whom the target has no more. They are not brought back: they may have left of their own will. */
export const gonePatients = (merge: Pair, range: KeyRange): SQL =>
  sql`SELECT ${mergePatients.userId} AS id FROM ${mergePatients} LEFT JOIN ${nowInTarget(merge)}
      WHERE ${mergedInRange(merge.id, range)} AND now.key IS NULL`;

const inTarget = (merge: Pair): SQL =>
  sql`SELECT ${clinicians.userId} FROM ${clinicians} WHERE ${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.userId} IS NOT NULL`;
const came = (merge: Pair): SQL =>
  sql`${mergeClinicians.mergeId} = ${merge.id} AND ${mergeClinicians.action} IN ('moved', 'merged')`;

/**
 * The source's members as they were, of those the target still has, with the address that their account was given since: all
 * clinics were told of it. In the target nobody has another's.
 */
export const membersToRestore = (merge: Pair): SQL => {
  const found = sql`${mergeClinicians} JOIN ${clinicians} AS now
      ON now.clinic_id = ${merge.targetId} AND now.user_id = ${mergeClinicians.userId} WHERE ${came(merge)}`;
  const { record, asMerged } = mergeClinicians;
  const whole = sql`${record}`;
  const hasOther = sql`(${asMerged} IS NOT NULL AND now.email IS NOT ${addressOfMember(sql`${asMerged}`)})`;
  return sql`SELECT CASE WHEN ${hasOther}
        THEN ${memberWithAddress(whole, sql`now.email`, addressKeyIn(sql`now.search_key`))}
        WHEN ${addressOfMember(whole)} IN (SELECT now.email FROM ${found} AND ${hasOther})
        THEN ${memberWithAddress(whole, sql`NULL`, sql`''`)} ELSE ${record} END AS record FROM ${found}`;
};

export const goneMembers = (merge: Pair): SQL =>
  sql`SELECT ${mergeClinicians.userId} AS id FROM ${mergeClinicians} WHERE ${came(merge)} AND ${mergeClinicians.userId} NOT IN (${inTarget(merge)})`;

const movedMember = (merge: Pair): SQL =>
  sql`${mergeClinicians} JOIN ${clinicians} ON ${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.id} = ${mergeClinicians.clinicianId}
      WHERE ${mergeClinicians.mergeId} = ${merge.id} AND ${mergeClinicians.action} = 'moved'`;
/** Name and roles: what a clinic can change of a member. */
const isSameMember = sql`${clinicians.name} IS (${mergeClinicians.asMerged} ->> 5) AND ${clinicians.roles} = (${mergeClinicians.asMerged} ->> 6)`;

/** Members the merge has brought and somebody has changed since. */
export const changedMembers = (merge: Pair): SQL =>
  sql`SELECT ${mergeClinicians.userId} AS id FROM ${movedMember(merge)} AND NOT (${isSameMember})`;

/** Ids of the members the merge has brought, unchanged. */
export const unchangedMembers = (merge: Pair): SQL =>
  sql`SELECT ${mergeClinicians.clinicianId} AS id FROM ${movedMember(merge)} AND ${isSameMember}`;

/** Whether the target would have an admin without the members the merge has brought, or never had one. */
const keepsAdmin = (merge: Pair): SQL =>
  sql`EXISTS (SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.userId} IS NOT NULL AND ${isAdmin}
              AND ${clinicians.id} NOT IN (${unchangedMembers(merge)}))`;

/** The members to leave the target again; admins stay where it would have none without them. */
export const membersToTakeAway = (merge: Pair): SQL =>
  sql`${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.id} IN (${unchangedMembers(merge)})
      AND (NOT ${isAdmin} OR ${keepsAdmin(merge)})`;

/** Unchanged admins who have to stay. */
export const neededAdmins = (merge: Pair): SQL =>
  sql`SELECT ${clinicians.userId} AS id FROM ${clinicians}
      WHERE ${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.id} IN (${unchangedMembers(merge)}) AND ${isAdmin} AND NOT ${keepsAdmin(merge)}`;

const superseded = (merge: Pair): SQL =>
  sql`${mergeClinicians.mergeId} = ${merge.id} AND ${mergeClinicians.action} = 'superseded'`;
const isFree = (merge: Pair): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM ${clinicians} WHERE ${clinicians.clinicId} = ${merge.targetId} AND ${clinicians.email} = ${addressOfMember(sql`${mergeClinicians.record}`)})`;

/** Records of invitations that were superseded, of those whose address is nobody's in the target. */
export const invitationsToRestore = (merge: Pair): SQL =>
  sql`SELECT ${mergeClinicians.record} AS record FROM ${mergeClinicians} WHERE ${superseded(merge)} AND ${isFree(merge)}`;

/** The keys of those invitations. */
export const keysToRestore = (merge: Pair): SQL =>
  sql`SELECT ${mergeClinicians.record} ->> 3 FROM ${mergeClinicians} WHERE ${superseded(merge)} AND ${isFree(merge)}`;

export const lostInvitations = (merge: Pair): SQL =>
  sql`SELECT ${mergeClinicians.record} ->> 3 AS id FROM ${mergeClinicians} WHERE ${superseded(merge)} AND NOT ${isFree(merge)}`;

const labelTable = { tag: clinicPatientTags, site: clinicSites } as const;

/** Of the labels a merge has brought (a JSON list of ids and names): those under another name, in use, and gone. */
export const keptLabels = (
  kind: "tag" | "site",
  targetId: string,
  labels: string,
): Readonly<Record<"changed" | "inUse" | "gone", SQL>> => {
  const table = labelTable[kind];
  const found = sql`FROM json_each(${labels}) AS label LEFT JOIN ${table} ON ${table.clinicId} = ${targetId} AND ${table.id} = (label.value ->> 'id')`;
  const id = sql`SELECT label.value ->> 'id' AS id`;
  return {
    gone: sql`${id} ${found} WHERE ${table.id} IS NULL`,
    changed: sql`${id} ${found} WHERE ${table.name} <> (label.value ->> 'name')`,
    inUse: sql`${id} ${found} WHERE ${table.name} = (label.value ->> 'name') AND ${table.numPatients} > 0`,
  };
};

/** Those nobody needs: under the name they came with, and carried by no patient. */
export const labelsToRemove = (kind: "tag" | "site", targetId: string, labels: string): SQL => {
  const table = labelTable[kind];
  return sql`SELECT ${table.id} FROM json_each(${labels}) AS label JOIN ${table} ON ${table.clinicId} = ${targetId}
      AND ${table.id} = (label.value ->> 'id') AND ${table.name} = (label.value ->> 'name') AND ${table.numPatients} = 0`;
};
