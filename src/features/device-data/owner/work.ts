import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { type JustAdded, refreshHours } from "./buckets.ts";
import type { Touched } from "./data-store.ts";
import type { SummaryKind } from "../../summaries/compute/kinds.ts";
import type { Reason } from "../../summaries/compute/reasons.ts";
import { HOUR_MS } from "../../summaries/compute/kinds.ts";
import { hourOf } from "../../summaries/compute/window.ts";
import { outdate } from "./summaries.ts";
import { CBG, SMBG } from "./type-codes.ts";

/** A summary considers readings of two years, and of the sixty days before the last of them. */
const FORGOTTEN_MS = 800 * 24 * HOUR_MS;

/** One change of a person's data: what it touches, and why summaries are out of date. Ends with `settle`. */
export class Work {
  readonly sql: ObjectSql;
  /** The time of the change: never before that of an earlier one. Epoch milliseconds. */
  readonly at: number;
  readonly #hours = new Map<number, Set<number>>([
    [CBG, new Set()],
    [SMBG, new Set()],
  ]);
  #reason: Reason | undefined;
  readonly #kinds = new Set<SummaryKind>();

  constructor(sql: ObjectSql, at: number) {
    this.sql = sql;
    this.at = at;
  }

  /** Data that were added, hidden, shown or destroyed: their hours are recomputed. */
  touch(data: readonly Pick<Touched, "type" | "time">[]): void {
    const oldest = this.at - FORGOTTEN_MS;
    for (const { type, time } of data) if (time > oldest) this.#hours.get(type)?.add(hourOf(time));
  }

  /** What was added, where nothing else is changed: its hours are computed without reading it back. */
  added: JustAdded | undefined;

  /** Summaries that are out of date because of it. */
  outdate(kinds: Iterable<SummaryKind>, reason: Reason): void {
    for (const kind of kinds) this.#kinds.add(kind);
    this.#reason = reason;
  }

  /** Brings the buckets in step with the data, and marks summaries. */
  settle(): void {
    refreshHours(this.sql, { cbg: this.#hours.get(CBG)!, smbg: this.#hours.get(SMBG)! }, this.added);
    if (this.#reason !== undefined) outdate(this.sql, this.#kinds, this.#reason, this.at);
  }
}
