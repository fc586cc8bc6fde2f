import { type SQL, sql } from "drizzle-orm";
import { mapped, type Read, rowOf } from "../../../platform/db/read.ts";
import type { DataRole } from "../../access/data-grants.ts";
import { PERMISSION_BITS, PERMISSIONS } from "../../patients/model/record.ts";
import { successorsOf } from "../../patients/model/successors-store.ts";
import { clinicians } from "../../tables/clinics.ts";
import { dataSets } from "../../tables/device-data.ts";
import { patientMerges } from "../../tables/patient-merges.ts";
import { deletedPatients, patients } from "../../tables/patients.ts";
import { accountShares } from "../../tables/people.ts";

interface Granted {
  readonly ownerId: string | null;
  /** JSON lists of masks of permissions. */
  readonly byClinics: string;
  readonly byShares: string;
  /**
   * A clinic of the caller keeps a record that one of the owner's was merged into, and could see the data when it was: what it
   * was granted before an earlier merge, or has no more since the owner is back, says nothing.
   */
  readonly isMergedAway: number;
}

const granted = (owner: SQL, callerId: string): SQL =>
  sql`(SELECT json_group_array(${patients.permissions}) FROM ${patients}
       JOIN ${clinicians} ON ${clinicians.clinicId} = ${patients.clinicId} AND ${clinicians.userId} = ${callerId}
       WHERE ${patients.userId} = ${owner}) AS "byClinics",
      EXISTS (SELECT 1 FROM (${successorsOf(
        sql`SELECT ${patientMerges.sourceKey} AS key FROM ${patientMerges}
            WHERE ${patientMerges.sourceUserId} = ${owner} AND ${patientMerges.undoneAt} IS NULL`,
      )}) AS trail
       CROSS JOIN ${patients} ON ${patients.key} = trail.key
       JOIN ${clinicians} ON ${clinicians.clinicId} = ${patients.clinicId} AND ${clinicians.userId} = ${callerId}
       CROSS JOIN ${patientMerges} AS stands ON stands.source_key = trail.start AND stands.undone_at IS NULL
       CROSS JOIN ${deletedPatients} AS gone ON gone.key = trail.start AND gone.deleted_at = stands.merged_at
         AND gone.permissions & ${PERMISSION_BITS.view}
       WHERE NOT EXISTS (SELECT 1 FROM ${patients} AS own WHERE own.user_id = ${owner} AND own.clinic_id = ${patients.clinicId})) AS "isMergedAway",
      (SELECT json_group_array(${accountShares.permissions}) FROM ${accountShares}
       WHERE ${accountShares.toUserId} = ${callerId} AND ${accountShares.fromUserId} = ${owner}) AS "byShares"`;

function rolesOf({ ownerId, byClinics, byShares, isMergedAway }: Granted, callerId: string): DataRole[] {
  if (ownerId === callerId) return ["root"];
  const seen = isMergedAway === 1 ? [PERMISSION_BITS.view] : [];
  const masks = [...seen, ...(JSON.parse(byClinics) as (number | null)[]), ...(JSON.parse(byShares) as number[])];
  const bits = masks.reduce<number>((all, mask) => all | (mask ?? 0), 0);
  return PERMISSIONS.filter((permission) => (bits & PERMISSION_BITS[permission]) !== 0);
}

/** The roles of a caller over the data of an owner. */
export const rolesOverOwner = (ownerId: string, callerId: string): Read<readonly DataRole[]> =>
  mapped(rowOf<Granted>(sql`SELECT ${ownerId} AS "ownerId", ${granted(sql`${ownerId}`, callerId)}`), (row) =>
    row ? rolesOf(row, callerId) : [],
  );

/** Whose data a set belongs to, and the roles of a caller over them; undefined where there is no such set. */
export const rolesOverSet = (
  setId: string,
  callerId: string,
): Read<{ readonly ownerId: string; readonly roles: readonly DataRole[] } | undefined> =>
  mapped(
    rowOf<Granted & { ownerId: string }>(
      sql`SELECT ${dataSets.userId} AS "ownerId", ${granted(sql`${dataSets.userId}`, callerId)}
          FROM ${dataSets} WHERE ${dataSets.id} = ${setId}`,
    ),
    (row) => row && { ownerId: row.ownerId, roles: rolesOf(row, callerId) },
  );
