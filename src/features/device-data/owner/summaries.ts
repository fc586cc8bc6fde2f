import { newObjectId } from "../../../platform/core/ids.ts";
import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { SummaryKind } from "../../summaries/compute/kinds.ts";
import {
  beginCalculation,
  endCalculation,
  markOutdated,
  marksOf,
  type Outdated,
  type Reason,
  triggersSync,
} from "../../summaries/compute/reasons.ts";
import { withOutdated } from "../../summaries/compute/inner.ts";
import type { InnerSummary } from "../../summaries/compute/inner-schema.ts";
import { computeSummary } from "./compute.ts";
import type { OutdatedSince, PushedSummary } from "./pending-store.ts";
import { Readings } from "./readings-store.ts";

/** Data that come in one after the other are counted together. */
export const ADDED_DELAY_MS = 5_000;

interface SummaryRow {
  readonly kind: SummaryKind;
  readonly id: string;
  readonly document: string | null;
  readonly outdated: Outdated;
  readonly dueAt: number | null;
}

const summaryRows = (sql: ObjectSql): SummaryRow[] =>
  sql
    .all<Omit<SummaryRow, "outdated"> & { outdated: string }>(
      "SELECT kind, id, document, outdated, due_at AS dueAt FROM summaries",
    )
    .map((row) => ({ ...row, outdated: JSON.parse(row.outdated) as Outdated }));

const rowOf = (sql: ObjectSql, kind: SummaryKind) => summaryRows(sql).find((row) => row.kind === kind);

const keep = (sql: ObjectSql, { kind, id, document, outdated, dueAt }: SummaryRow): void => {
  sql.run(
    "INSERT OR REPLACE INTO summaries (kind, id, document, outdated, due_at) VALUES (?, ?, ?, ?, ?)",
    kind,
    id,
    document,
    JSON.stringify(outdated),
    dueAt,
  );
};

/** Marks summaries out of date; without a reason they are only calculated once more. */
export function outdate(sql: ObjectSql, kinds: Iterable<SummaryKind>, reason: Reason | undefined, at: number): void {
  const due = reason === "DATA_ADDED" ? at + ADDED_DELAY_MS : at;
  for (const kind of kinds) {
    const { id, document, outdated, dueAt } = rowOf(sql, kind) ?? {
      id: newObjectId(at),
      document: null,
      outdated: {},
      dueAt: null,
    };
    const marked = reason ? markOutdated(outdated, reason, at) : outdated;
    keep(sql, { kind, id, document, outdated: marked, dueAt: Math.min(dueAt ?? due, due) });
  }
}

/** When the next summary is to be calculated. */
export const nextDue = (sql: ObjectSql): number | undefined =>
  sql.first<{ at: number | null }>("SELECT min(due_at) AS at FROM summaries")?.at ?? undefined;

/** A summary of data as it was calculated last, and what has made it outdated since; as JSON. */
export function summaryDocument(sql: ObjectSql, kind: SummaryKind): string | undefined {
  const row = rowOf(sql, kind);
  if (row?.document == null) return undefined;
  const { waiting } = row.outdated;
  return waiting ? JSON.stringify(withOutdated(JSON.parse(row.document) as InnerSummary, waiting)) : row.document;
}

/**
 * Calculates the summaries that are due, and those that will be soon: what is told at once costs once. Takes account of all
 * that has made them outdated.
 */
export function calculateDue(sql: ObjectSql, ownerId: string, now: number): readonly PushedSummary[] {
  const due = summaryRows(sql).filter(({ dueAt }) => dueAt !== null);
  if (due.length === 0) return [];
  // Summaries of one person mostly end with the same hours.
  const readings = new Readings(sql);
  return due.map((row) => {
    const { kind, id } = row;
    const outdated = beginCalculation(row.outdated);
    keep(sql, { ...row, outdated, dueAt: null });
    const reasons = marksOf(outdated)?.reasons ?? [];
    const { document, stats } = computeSummary(sql, readings, { kind, id, ownerId, now, reasons });
    return { kind, document, stats, triggersSync: stats !== null && triggersSync(stats) };
  });
}

/** Since when the summaries are out of date that wait for their calculation. */
export function waitingSince(sql: ObjectSql): OutdatedSince {
  const since = (kind: SummaryKind) => rowOf(sql, kind)?.outdated.waiting?.since ?? null;
  return { cgm: since("cgm"), bgm: since("bgm"), con: since("con") };
}

/** Clinics show a summary: it is up to date, but for what came in the meantime. */
export function settleSummary(sql: ObjectSql, { kind, document }: PushedSummary): void {
  const row = rowOf(sql, kind);
  if (!row) return;
  const outdated = endCalculation(row.outdated);
  if (document === null && !outdated.waiting && row.dueAt === null) {
    sql.run("DELETE FROM summaries WHERE kind = ?", kind);
  } else {
    keep(sql, { ...row, document, outdated });
  }
}
