import type { Ctx } from "../../platform/context/context.ts";
import { badRequest } from "../../platform/core/errors.ts";
import { chosenFromRoster } from "../patients/list/rosters.ts";
import { tideMatchesIn, wantedByTide } from "./matching.ts";
import { longestSilent, placed, WITHOUT_DATA_AFTER_MS } from "./rules.ts";
import { type TideQuery, type TideResponse, toTideResponse } from "./schema.ts";
import { tideMatches, tidePatients } from "./store.ts";

/**
 * Sorts a clinic's tagged patients by what needs attention first, each into the first category they are of, and lists
 * apart who is without data. Who stands where is decided in one round trip, the records are fetched in a second: a
 * patient who changed in between is shown as they are then, one who left is left out.
 */
export async function tideReport(
  ctx: Ctx,
  clinicId: string,
  query: TideQuery,
  /** As it was asked for: the report shows it with its offset. */
  cutoffText: string,
): Promise<TideResponse> {
  const { lastDataCutoff } = query;
  if (lastDataCutoff === undefined) {
    await ctx.read({});
    throw badRequest("no lastDataCutoff provided");
  }
  const asked = { ...query, lastDataCutoff };
  const silentBefore = ctx.now - WITHOUT_DATA_AFTER_MS;
  const { chosen: matches } = await chosenFromRoster(
    ctx,
    clinicId,
    wantedByTide(asked),
    (roster) => tideMatchesIn(roster, asked, silentBefore),
    () => tideMatches(clinicId, asked, silentBefore),
    {},
  );
  const lists = [
    ...placed(matches.candidates, query.categories),
    ...(query.excludeNoData ? [] : [{ category: "noData" as const, keys: longestSilent(matches.silent) }]),
  ];
  const keys = [...new Set(lists.flatMap((list) => list.keys))];
  const rows = keys.length > 0 ? (await ctx.read({ rows: tidePatients(clinicId, query.period, keys) })).rows : [];
  ctx.auditRead(
    clinicId,
    rows.map((row) => row.userId),
  );
  return toTideResponse(clinicId, query, cutoffText, lists, rows);
}
