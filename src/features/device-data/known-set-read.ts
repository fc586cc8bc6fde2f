import { sql } from "drizzle-orm";
import { type Read, rowOf } from "../../platform/db/read.ts";
import { dataSets } from "../tables/device-data.ts";

/** Whose a data set is, and how it recognises duplicates. */
export interface KnownSet {
  readonly ownerId: string;
  /** Name and version, with a blank between them. */
  readonly deduplicator: string;
  readonly isContinuous: number;
}

export const findKnownSet = (setId: string): Read<KnownSet | undefined> =>
  rowOf<KnownSet>(
    sql`SELECT ${dataSets.userId} AS "ownerId", ${dataSets.deduplicator} AS deduplicator,
          ${dataSets.isContinuous} AS "isContinuous" FROM ${dataSets} WHERE ${dataSets.id} = ${setId}`,
  );
