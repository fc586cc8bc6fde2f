import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { writeBucket } from "../../summaries/compute/bucket.ts";
import { patientStatsOf } from "../../summaries/compute/flat.ts";
import { innerSummaryOf } from "../../summaries/compute/inner.ts";
import type { PatientStats, SummaryKind } from "../../summaries/compute/kinds.ts";
import { blocksOf, consideredSpan, edgesOf, windowOf } from "../../summaries/compute/window.ts";
import { bucketFrom, lastModified, loadBlocks } from "./buckets.ts";
import { Readings } from "./readings-store.ts";
import { CBG, SMBG } from "./type-codes.ts";

const TYPES = { cgm: [CBG], bgm: [SMBG], con: [CBG, SMBG] } as const satisfies Record<SummaryKind, readonly number[]>;

/** A calculated summary: the document as JSON, and what clinics show of it; both null where there are no data. */
export interface Computed {
  readonly document: string | null;
  readonly stats: PatientStats | null;
}

/**
 * Calculates a summary from the buckets of the sixty days before the newest reading. Work and time do not grow with what
 * was before: at most ten blocks are read, and the readings of the two hours at the ends.
 */
export function computeSummary(
  sql: ObjectSql,
  readings: Readings,
  it: {
    readonly kind: SummaryKind;
    readonly id: string;
    readonly ownerId: string;
    /** Epoch milliseconds. */
    readonly now: number;
    readonly reasons: readonly string[];
  },
): Computed {
  const { kind, now } = it;
  const { from, to } = consideredSpan(now);
  const newest = TYPES[kind].map((type) => readings.newest(type, from, to, kind === "con") ?? -Infinity);
  const lastData = Math.max(...newest);
  if (lastData === -Infinity) return { document: null, stats: null };
  const { first, last } = blocksOf(lastData);
  const window = windowOf(kind, lastData, loadBlocks(sql, kind, first, last));
  for (const edge of edgesOf(lastData)) {
    const inPart = TYPES[kind].flatMap((type) => readings.between(type, edge.from, edge.to));
    writeBucket(kind, window, edge.index, bucketFrom(kind, inPart), lastModified(kind, inPart));
  }
  const inner = innerSummaryOf({
    id: it.id,
    userId: it.ownerId,
    kind,
    window,
    dates: { lastData, lastUpdatedDate: now, lastUpdatedReason: it.reasons },
  });
  return { document: JSON.stringify(inner), stats: inner.type === "con" ? null : patientStatsOf(inner) };
}
