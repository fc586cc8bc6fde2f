import { type SQL, sql } from "drizzle-orm";
import type { UserDirectory } from "../../platform/accounts/directory.ts";
import { users } from "../../platform/db/tables.ts";
import { mapped, type Read, rowOf, together } from "../../platform/db/read.ts";
import { hasDataSets } from "../device-data/model/jobs-store.ts";
import { findPatient, type FoundPatient } from "../patients/model/read.ts";
import { CLOSE_ACCOUNT, COPY_TO_PROFILE, MOVE_ADDRESS } from "../accounts/jobs.ts";
import { isInCustody } from "../patients/model/record.ts";
import { accountClaims } from "../tables/accounts.ts";
import { clinics } from "../tables/clinics.ts";
import { countWaitingJobs } from "../ehr/model/merge-store.ts";
import { reports } from "../tables/ehr.ts";
import { patients } from "../tables/patients.ts";
import { areMarked } from "./marks-store.ts";
import { hasData, type Side } from "./rules.ts";

/** Everything a merge is planned by. */
export interface Facts {
  readonly target: FoundPatient["row"];
  readonly source: FoundPatient["row"];
  readonly siteNames: ReadonlyMap<string, string>;
  readonly isTargetKept: boolean;
  readonly isSourceKept: boolean;
  /** The address of the source's account, and the claims of both. */
  readonly sourceAddress: string | null;
  readonly claim: string | null;
  readonly targetClaim: string | null;
  /** How many other clinics have the source's user. */
  readonly elsewhere: number;
  readonly mrnUnique: number;
  readonly othersWithMrn: readonly string[];
  /** Whose MRN is another's, too, although the clinic wants them unique. */
  readonly clashes: readonly Side[];
  /** An account besides the two has the source's address. */
  readonly isAddressTaken: boolean;
  /** Somebody has said that these are two people. */
  readonly isMarked: boolean;
  readonly hasSourceData: boolean;
  readonly hasTargetData: boolean;
  /** Jobs of the target that wait: they end where it gets another MRN. */
  readonly targetJobs: number;
  readonly leftBehind: {
    readonly connectionRequests: number;
    readonly dataSources: number;
    readonly summaries: number;
    readonly waitingMails: number;
    readonly jobs: number;
    readonly reports: number;
  };
}

export interface ReadFacts {
  readonly target: FoundPatient | undefined;
  readonly source: FoundPatient | undefined;
  readonly facts: Facts | undefined;
}

interface Extra {
  readonly claim: string | null;
  readonly targetClaim: string | null;
  readonly elsewhere: number;
  readonly mrnUnique: number;
  readonly othersWithMrn: string;
  readonly isTargetMrnShared: number;
  readonly isAddressTaken: number;
  readonly isMarked: number;
  readonly sourceSets: number;
  readonly targetSets: number;
  readonly waitingMails: number;
  readonly jobs: number;
  readonly targetJobs: number;
  readonly reports: number;
}

const claimOf = (userId: string): SQL =>
  sql`SELECT json_object('key', key, 'clinicId', clinic_id, 'invitedBy', invited_by, 'email', email, 'createdAt', created_at,
        'expiresAt', expires_at) FROM ${accountClaims} WHERE ${accountClaims.userId} = ${userId}`;

/** Where MRNs need not be unique, a whole clinic may have one. */
const OTHERS_NAMED_MAX = 10;

const extra = (clinicId: string, targetId: string, sourceId: string): SQL => sql`SELECT
    (${claimOf(sourceId)}) AS claim, (${claimOf(targetId)}) AS "targetClaim",
    (SELECT count(*) FROM ${patients} WHERE ${patients.userId} = ${sourceId} AND ${patients.clinicId} <> ${clinicId}) AS elsewhere,
    coalesce((SELECT ${clinics.mrnUnique} FROM ${clinics} WHERE ${clinics.id} = ${clinicId}), 0) AS "mrnUnique",
    (SELECT json_group_array(user_id) FROM (SELECT third.user_id FROM ${patients} AS third WHERE third.mrn_key = s.mrn_key
       AND third.clinic_id = ${clinicId} AND third.user_id NOT IN (${sourceId}, ${targetId})
       LIMIT ${OTHERS_NAMED_MAX})) AS "othersWithMrn",
    EXISTS (SELECT 1 FROM ${patients} AS third WHERE third.mrn_key = t.mrn_key
       AND third.clinic_id = ${clinicId} AND third.user_id NOT IN (${sourceId}, ${targetId})) AS "isTargetMrnShared",
    EXISTS (SELECT 1 FROM ${users} WHERE ${users.email} = s.email AND ${users.id} NOT IN (${sourceId}, ${targetId}))
      AS "isAddressTaken",
    ${areMarked(sql.raw("s.key"), sql.raw("t.key"))} AS "isMarked",
    EXISTS (${hasDataSets(sourceId)}) AS "sourceSets", EXISTS (${hasDataSets(targetId)}) AS "targetSets",
    (SELECT count(*) FROM outbox INDEXED BY outbox_of_a_patient WHERE clinic_id = ${clinicId} AND recipient_user_id = ${sourceId}
       AND state IN ('queued', 'sending', 'failed') AND kind NOT IN ('ehr_job', ${CLOSE_ACCOUNT.kind}, ${COPY_TO_PROFILE.kind}, ${MOVE_ADDRESS.kind})) AS "waitingMails",
    (${countWaitingJobs(sql`s.key`)}) AS jobs, (${countWaitingJobs(sql`t.key`)}) AS "targetJobs",
    (SELECT count(*) FROM ${reports} WHERE ${reports.patientKey} = s.key AND ${reports.state} = 'ready') AS reports
  FROM ${patients} AS s, ${patients} AS t
  WHERE s.clinic_id = ${clinicId} AND s.user_id = ${sourceId} AND t.clinic_id = ${clinicId} AND t.user_id = ${targetId}`;

const lengthOf = (text: string | null): number => (text === null ? 0 : (JSON.parse(text) as unknown[]).length);
const requestsOf = (text: string | null): number =>
  text === null ? 0 : Object.values(JSON.parse(text) as Record<string, unknown[]>).flat().length;

/** Reads both records, both accounts and all that hangs on them, in one round trip. */
export const readFacts = (
  directory: UserDirectory,
  clinicId: string,
  targetId: string,
  sourceId: string,
): Read<ReadFacts> =>
  mapped(
    together({
      target: findPatient(clinicId, targetId),
      source: findPatient(clinicId, sourceId),
      targetUser: directory.find(targetId),
      sourceUser: directory.find(sourceId),
      more: rowOf<Extra>(extra(clinicId, targetId, sourceId)),
    }),
    ({ target, source, targetUser, sourceUser, more }) => {
      if (!target || !source || !more) return { target, source, facts: undefined };
      const { row } = source;
      const others = JSON.parse(more.othersWithMrn) as string[];
      const isShared = row.mrnKey !== null && row.mrnKey === target.row.mrnKey;
      const facts: Facts = {
        target: target.row,
        source: row,
        siteNames: new Map([...target.siteNames, ...source.siteNames]),
        // In doubt an account is somebody's own.
        isTargetKept: isInCustody(target.row) && targetUser?.isCustodial === true,
        isSourceKept: isInCustody(row) && sourceUser?.isCustodial === true,
        sourceAddress: sourceUser?.email ?? null,
        claim: more.claim,
        targetClaim: more.targetClaim,
        elsewhere: more.elsewhere,
        mrnUnique: more.mrnUnique,
        othersWithMrn: others,
        clashes: more.mrnUnique
          ? [
              ...(others.length > 0 || isShared ? (["source"] as const) : []),
              ...(more.isTargetMrnShared || isShared ? (["target"] as const) : []),
            ]
          : [],
        isAddressTaken: more.isAddressTaken === 1,
        isMarked: more.isMarked === 1,
        hasSourceData: hasData(row) || more.sourceSets === 1,
        hasTargetData: hasData(target.row) || more.targetSets === 1,
        targetJobs: more.targetJobs,
        leftBehind: {
          connectionRequests: requestsOf(row.connectionRequests),
          dataSources: lengthOf(row.dataSources),
          summaries: (row.cgmSummaryId === null ? 0 : 1) + (row.bgmSummaryId === null ? 0 : 1),
          waitingMails: more.waitingMails,
          jobs: more.jobs,
          reports: more.reports,
        },
      };
      return { target, source, facts };
    },
  );
