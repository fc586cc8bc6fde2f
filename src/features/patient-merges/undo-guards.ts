import { type SQL, sql } from "drizzle-orm";
import { users } from "../../platform/db/tables.ts";
import { type Guard, refuseUnlessFound } from "../../platform/db/guard.ts";
import { clinicPatientTags, clinics, clinicSites } from "../tables/clinics.ts";
import type { UndoPlan } from "./plan-undo.ts";
import { guardMrn } from "./store.ts";
import type { UndoFacts } from "./undo-read.ts";

/** That what an undo was planned by is still so: tags and sites, the rule for MRNs and who has them, whose accounts they are. */
export function guardUndo(
  facts: UndoFacts,
  { source, target }: UndoPlan,
  isOurs: boolean,
  stale: () => Error,
): readonly Guard[] {
  const { merge, before, archived, mrnUnique } = facts;
  const { clinicId, sourceKey, targetKey, sourceUserId, targetUserId } = merge;
  const ids = new Set(
    [source.tags, source.sites, target.tags, target.sites].flatMap((it) => JSON.parse(it) as string[]),
  );
  const all = JSON.stringify([...ids]);
  const among = (table: typeof clinicPatientTags | typeof clinicSites) =>
    sql`(SELECT count(*) FROM ${table} WHERE ${table.clinicId} = ${clinicId} AND ${table.id} IN (SELECT value FROM json_each(${all})))`;
  const isKept = (id: string, kept: boolean): SQL =>
    sql`AND coalesce((SELECT ${users.isCustodial} FROM ${users} WHERE ${users.id} = ${id}), 0) = ${kept ? 1 : 0}`;
  // A clash that was read as one is older than the merge, and comes back with it.
  const bound = (mrn: string | null, isBound: number, key: string | null | undefined, clashes: number) =>
    mrn !== null && isBound === 1 && clashes === 0
      ? [guardMrn(clinicId, key ?? null, [sourceKey, targetKey], stale)]
      : [];
  return [
    refuseUnlessFound(
      sql`SELECT 1 FROM ${clinics} WHERE ${clinics.id} = ${clinicId} AND coalesce(${clinics.mrnUnique}, 0) = ${mrnUnique}
            AND ${among(clinicPatientTags)} + ${among(clinicSites)} = ${ids.size}
            ${isOurs ? sql`${isKept(sourceUserId, facts.isSourceCustodial)} ${isKept(targetUserId, facts.isTargetKept)}` : sql``}`,
      stale,
    ),
    ...bound(source.mrn, source.mrnUnique, archived?.mrnKey, facts.thirdWithSourceMrn),
    ...(target.mrn === before?.mrn
      ? bound(target.mrn, target.mrnUnique, before?.mrnKey, facts.thirdWithTargetMrn)
      : []),
  ];
}
