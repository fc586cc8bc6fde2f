import type { SummaryDates } from "../schema.ts";
import type { SummaryKind } from "./kinds.ts";

/** Why a summary is out of date. */
export type Reason =
  | "DATA_ADDED"
  | "UPLOAD_COMPLETED"
  | "DATA_DELETED"
  | "SCHEMA_MIGRATION"
  | "LEGACY_DATA_ADDED"
  | "LEGACY_UPLOAD_COMPLETED";

/** All kinds: those that an upload or a deletion makes outdated, whatever it held. */
export const SUMMARY_KINDS = ["cgm", "bgm", "con"] as const satisfies readonly SummaryKind[];

/** Changes that a summary does not know of: since when, epoch milliseconds, and why, each reason once. */
export interface Marks {
  readonly since: number;
  readonly reasons: readonly string[];
}

/** What has made a summary outdated: what no calculation has begun to take account of, and what one is about to. */
export interface Outdated {
  readonly waiting?: Marks;
  readonly taken?: Marks;
}

/** Marks a summary outdated: since the oldest change that was not taken account of, for all reasons there were. */
export const markOutdated = (outdated: Outdated, reason: string, at: number): Outdated => ({
  ...outdated,
  waiting: joined(outdated.waiting, { since: at, reasons: [reason] }),
});

/** A calculation begins and takes account of everything up to now; also of what another has taken that did not end. */
export function beginCalculation({ waiting, taken }: Outdated): Outdated {
  const marks = joined(taken, waiting);
  return marks ? { taken: marks } : {};
}

/** A calculation is over: what it has taken is done, and what came in the meantime waits for the next. */
export const endCalculation = ({ waiting }: Outdated): Outdated => (waiting ? { waiting } : {});

/** Since when and why a summary is outdated, as others see it. */
export const marksOf = ({ waiting, taken }: Outdated): Marks | undefined => joined(taken, waiting);

function joined(one: Marks | undefined, other: Marks | undefined): Marks | undefined {
  if (!one || !other) return one ?? other;
  return {
    since: Math.min(one.since, other.since),
    reasons: [...new Set([...one.reasons, ...other.reasons])],
  };
}

/** The reasons that say an upload is complete; data that come in continuously are none. */
const UPLOADS: ReadonlySet<string> = new Set<Reason>([
  "UPLOAD_COMPLETED",
  "LEGACY_UPLOAD_COMPLETED",
  "LEGACY_DATA_ADDED",
]);

/** Whether statistics are those after an upload and up to date: EHRs that have ordered them get them. */
export const triggersSync = ({ dates }: { readonly dates?: SummaryDates | undefined }): boolean =>
  (dates?.lastUpdatedReason ?? []).some((reason) => UPLOADS.has(reason)) && (dates?.outdatedReason ?? []).length === 0;
