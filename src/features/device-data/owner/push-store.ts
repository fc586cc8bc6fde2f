import type { Statement } from "../../../platform/db/prepared.ts";
import { type SQL, sql } from "drizzle-orm";
import { insertAuditMessages } from "../../../platform/audit/audit-store.ts";
import { type Step, refuseIfFound } from "../../../platform/db/guard.ts";
import { type Read, mapped, rowOf } from "../../../platform/db/read.ts";
import type { OutboxWriter } from "../../../platform/outbox/store.ts";
import { insertJobsOfUser } from "../../ehr/model/jobs-store.ts";
import { removeSummaryOfUser, replaceSummaries } from "../../patients/summary/summary-store.ts";
import { SCHEMA_VERSION } from "../../summaries/compute/kinds.ts";
import { dataOwners, dataSets } from "../../tables/device-data.ts";
import type { KnownToDatabase, Pending, Push, PushedSummary } from "./pending-store.ts";

/** This push has arrived before: the answer to it was lost. */
export class HasArrived extends Error {
  static override readonly name: string = "HasArrived";
}

/** A later push has arrived: this object has lost count. */
export class IsOvertaken extends Error {
  static override readonly name: string = "IsOvertaken";
}

const ofOwner = (userId: string): SQL => sql`${dataOwners.userId} = ${userId}`;

const bodiesOf = <K extends Pending["kind"]>(pending: readonly Pending[], kind: K) =>
  pending.flatMap((it) => (it.kind === kind ? [it.body as Extract<Pending, { kind: K }>["body"]] : []));

/** Tells the database all that is in a push, once. */
export function takePush(push: Push, writer: OutboxWriter): readonly Step[] {
  const { id, ownerId, revision, pending, summaries, isDestroyed } = push;
  const known = (which: SQL) => sql`SELECT 1 FROM ${dataOwners} WHERE ${ofOwner(ownerId)} AND ${which}`;
  return [
    refuseIfFound(known(sql`${dataOwners.push} = ${id}`), () => new HasArrived()),
    refuseIfFound(known(sql`${dataOwners.revision} >= ${revision}`), () => new IsOvertaken()),
    keepRevision(push),
    ...(isDestroyed ? [sql`DELETE FROM ${dataSets} WHERE ${dataSets.userId} = ${ownerId}`] : []),
    ...insertSets(ownerId, bodiesOf(pending, "set")),
    ...insertAuditMessages(bodiesOf(pending, "audit")),
    ...showSummaries(ownerId, summaries, push.at),
    ...(summaries.some(({ triggersSync }) => triggersSync) ? insertJobsOfUser(writer, ownerId) : []),
  ];
}

function keepRevision({ id, ownerId, revision, isDestroyed, outdated: { cgm, bgm, con } }: Push): SQL {
  const version = isDestroyed ? null : SCHEMA_VERSION;
  return sql`INSERT INTO ${dataOwners} (user_id, revision, push, schema_version, cgm_outdated_since, bgm_outdated_since, con_outdated_since)
      VALUES (${ownerId}, ${revision}, ${id}, ${version}, ${cgm}, ${bgm}, ${con})
      ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision, push = excluded.push,
        schema_version = excluded.schema_version,
        cgm_outdated_since = excluded.cgm_outdated_since, bgm_outdated_since = excluded.bgm_outdated_since,
        con_outdated_since = excluded.con_outdated_since`;
}

const insertSets = (userId: string, sets: readonly KnownToDatabase[]): SQL[] =>
  sets.length === 0
    ? []
    : [
        sql`INSERT OR IGNORE INTO ${dataSets} (id, user_id, deduplicator, is_continuous)
            SELECT it.value ->> 'id', ${userId}, it.value ->> 'deduplicator', it.value ->> 'isContinuous' FROM json_each(${JSON.stringify(sets)}) AS it`,
      ];

/** Every record of the person, in all clinics, shows the same. */
function showSummaries(userId: string, summaries: readonly PushedSummary[], at: number): readonly Statement[] {
  const shown = summaries.filter((it): it is PushedSummary & { readonly kind: "cgm" | "bgm" } => it.kind !== "con");
  const given = Object.fromEntries(shown.flatMap(({ kind, stats }) => (stats ? [[kind, stats]] : [])));
  return [
    ...(Object.keys(given).length > 0 ? replaceSummaries(userId, given, at) : []),
    ...shown.flatMap(({ kind, stats }) => (stats ? [] : removeSummaryOfUser(kind, userId))),
  ];
}

/** The revision of the last push that has arrived. */
export const lastRevision = (userId: string): Read<number> =>
  mapped(
    rowOf<{ revision: number }>(
      sql`SELECT ${dataOwners.revision} AS revision FROM ${dataOwners} WHERE ${ofOwner(userId)}`,
    ),
    (row) => row?.revision ?? 0,
  );
