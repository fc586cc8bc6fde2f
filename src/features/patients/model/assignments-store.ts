import { sql } from "drizzle-orm";
import { constraintViolation } from "../../../platform/core/errors.ts";
import { StaleRead } from "../../../platform/core/stale.ts";
import { type Guard, refuseWhen } from "../../../platform/db/guard.ts";
import { mapped, type Read, together } from "../../../platform/db/read.ts";
import { clinicPatientTags, clinicSites } from "../../tables/clinics.ts";
import { knownSites } from "../../sites/model/store.ts";
import { knownTags } from "../../tags/model/store.ts";

/** The tags and sites a patient is to have, of those asked for. */
export interface Assignments {
  /** Undefined: leave them as they are. */
  readonly tags: readonly string[] | undefined;
  readonly sites: readonly string[] | undefined;
  /** The clinic's names of its sites that were asked for. */
  readonly siteNames: ReadonlyMap<string, string>;
  /** Some site that was asked for is no site of the clinic. */
  readonly hasUnknownSite: boolean;
}

/** Of no ids nothing is asked. */
const ifAny = <T>(ids: readonly string[] | undefined, read: () => Read<T[]>): Read<T[]> =>
  ids && ids.length > 0 ? read() : { statements: [], take: () => [] };

const distinct = (ids: readonly string[]) => [...new Set(ids)];

/**
 * Looks the asked tags and sites up in the clinic. Ids of tags it does not have are dropped; repeated sites count once,
 * the first in its place.
 */
export function readAssignments(
  clinicId: string,
  asked: { tags?: readonly string[] | null | undefined; sites?: readonly { id: string }[] | undefined },
): Read<Assignments> {
  const tags = asked.tags ?? undefined;
  const sites = asked.sites && distinct(asked.sites.map(({ id }) => id));
  return mapped(
    together({
      tags: ifAny(tags, () => knownTags(clinicId, tags!)),
      sites: ifAny(sites, () => knownSites(clinicId, sites!)),
    }),
    (known) => {
      const tagIds = new Set(known.tags);
      const siteNames = new Map(known.sites);
      return {
        tags: tags?.filter((id) => tagIds.has(id)),
        sites: sites?.filter((id) => siteNames.has(id)),
        siteNames,
        hasUnknownSite: sites?.some((id) => !siteNames.has(id)) ?? false,
      };
    },
  );
}

export const unknownSite = () => constraintViolation("the clinic has no site with that name");

/** Starts the cycle over when a tag or site that is to be assigned has gone since it was looked up. */
export function refuseGoneAssignments(clinicId: string, { tags, sites }: Assignments): readonly Guard[] {
  const gone = (table: typeof clinicPatientTags | typeof clinicSites, ids: readonly string[]) =>
    refuseWhen(
      sql`(SELECT count(*) FROM ${table} WHERE ${table.clinicId} = ${clinicId}
           AND ${table.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))) <> ${ids.length}`,
      () => new StaleRead(),
    );
  return [
    ...(tags && tags.length > 0 ? [gone(clinicPatientTags, tags)] : []),
    ...(sites && sites.length > 0 ? [gone(clinicSites, sites)] : []),
  ];
}
