import { sql } from "drizzle-orm";
import { mapped, type Read, rowsOf } from "../../platform/db/read.ts";
import { SCHEMA_VERSION, type SummaryKind } from "../summaries/compute/kinds.ts";
import { dataOwners } from "../tables/device-data.ts";

const COLUMNS = {
  cgm: dataOwners.cgmOutdatedSince,
  bgm: dataOwners.bgmOutdatedSince,
  con: dataOwners.conOutdatedSince,
} as const;

/** The people whose summary of a kind has been out of date the longest, as their objects have told. */
export const findOutdated = (
  kind: SummaryKind,
  until: number,
  limit: number,
): Read<{ userId: string; since: number }[]> =>
  rowsOf(
    sql`SELECT ${dataOwners.userId} AS "userId", ${COLUMNS[kind]} AS since FROM ${dataOwners}
        WHERE ${COLUMNS[kind]} <= ${until} ORDER BY ${COLUMNS[kind]} LIMIT ${limit}`,
  );

/** People whose summaries were calculated by earlier rules. */
export const findMigratable = (limit: number): Read<string[]> =>
  mapped(
    rowsOf<{ userId: string }>(
      sql`SELECT ${dataOwners.userId} AS "userId" FROM ${dataOwners}
          WHERE ${dataOwners.schemaVersion} < ${SCHEMA_VERSION} ORDER BY ${dataOwners.schemaVersion} LIMIT ${limit}`,
    ),
    (rows) => rows.map(({ userId }) => userId),
  );
