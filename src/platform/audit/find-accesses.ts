import type { Db } from "../db/client.ts";
import { askingOf } from "../db/read.ts";
import {
  type Access,
  accessesAt,
  accessesBefore,
  accessesOf,
  type ListPlace,
  unindexedHits,
} from "./accesses-store.ts";
import { lastBefore } from "./days-store.ts";
import { dayOf } from "./days.ts";
import { accessesIn, PART_SIZE, PARTS, partOf, partOfRow, placeOf, rangeOf } from "./postings.ts";
import { findPostings } from "./postings-store.ts";

/** Which entries are asked for: those that meet all that is given. */
export interface AccessFilter {
  readonly clinicId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly actorId?: string | undefined;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number | undefined;
  /** Epoch milliseconds, exclusive. */
  readonly to?: number | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
}

export interface AccessPage {
  readonly entries: readonly Access[];
  /** Where the next page begins; undefined at the end. A page with a cursor may have fewer entries than asked for, even none. */
  readonly cursor: string | undefined;
}

/** What is looked at for one page where something else than the index has to be compared. */
const LOOKED_AT_MAX = 200;
/** What no posting leads to yet is a fraction of this, unless the sweep has stopped. */
const UNINDEXED_MAX = 2000;
/** Rows of postings that are read together: few at first, then as many as this many hex digits hold. */
const POSTINGS_AT_FIRST = 8;
const POSTINGS_AT_ONCE_MAX = 64;
const DIGITS_AT_ONCE = 2_000_000;
/** As many values as a statement takes. */
const PLACES_MAX = 100;
const ROUNDS_MAX = 8;

/** Far beyond what a database holds; its part still fits the number of a row. */
const SEQ_MAX = 2 ** 52;

const CURSOR = /^(\d{1,16})-(\d{1,16})$/;

/** The place that a cursor names; undefined where it is none. */
function placeIn(cursor: string): ListPlace | undefined {
  const [, at, seq] = CURSOR.exec(cursor) ?? [];
  return seq === undefined ? undefined : { at: Number(at), seq: Number(seq) };
}
const cursorAt = ({ at, seq }: ListPlace): string => `${at}-${seq}`;

const START: ListPlace = { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

/**
 * A page of the trail. Entries of an actor or a clinic come in the order of their time, latest first; those of a patient,
 * and all, in the order of their arrival, latest first.
 *
 * What is missing: reads and refusals whose message the queue has not delivered (seconds, unless it fails), and changes that
 * the cron has not moved yet: of the last minute, after a bulk change of more than 10,000 patients of a few more. Entries
 * of days that were dropped are in their exports alone (`listDays`, `readDay`). A cursor that is none begins at the start;
 * `placeIn` tells.
 */
export function findAccesses(trail: Db, filter: AccessFilter): Promise<AccessPage> {
  if (filter.patientId !== undefined) return ofPatient(trail, filter, filter.patientId);
  const { actorId, clinicId } = filter;
  if (actorId !== undefined) return ofIndex(trail, filter, { actorId });
  if (clinicId !== undefined) return ofIndex(trail, filter, { clinicId });
  return ofAll(trail, filter);
}

const startOf = ({ cursor }: AccessFilter): ListPlace => (cursor === undefined ? START : (placeIn(cursor) ?? START));

const meets =
  ({ clinicId, patientId, actorId, from = 0, to = START.at }: AccessFilter) =>
  (it: Access): boolean =>
    it.at >= from &&
    it.at < to &&
    (clinicId === undefined || it.clinicId === clinicId) &&
    (actorId === undefined || it.actorId === actorId) &&
    (patientId === undefined || it.patientIds.includes(patientId));

/** A page of what was looked at, which is more than is asked for only where there may be more. */
function pageOf(lookedAt: readonly Access[], filter: AccessFilter, isEnd: boolean): AccessPage {
  const found = lookedAt.filter(meets(filter));
  const entries = found.slice(0, filter.limit);
  const isCut = found.length > entries.length;
  const last = isCut ? entries.at(-1) : lookedAt.at(-1);
  return { entries, cursor: (isEnd && !isCut) || !last ? undefined : cursorAt(last) };
}

async function ofIndex(
  trail: Db,
  filter: AccessFilter,
  whose: { readonly clinicId: string } | { readonly actorId: string },
): Promise<AccessPage> {
  const { limit, from = 0, to } = filter;
  const start = startOf(filter);
  const before = to !== undefined && to <= start.at ? { at: to, seq: 0 } : start;
  const hasMore = "actorId" in whose && filter.clinicId !== undefined;
  const asked = hasMore ? LOOKED_AT_MAX : limit + 1;
  const { found } = await askingOf(trail).read({ found: accessesOf(whose, { from, before, limit: asked }) });
  return pageOf(found, filter, found.length < asked);
}

/** What arrived on days before that of a time is older than it. */
const daysBeforeFrom = ({ from = 0 }: AccessFilter) => lastBefore(dayOf(from));

async function ofAll(trail: Db, filter: AccessFilter): Promise<AccessPage> {
  const { limit, from, to } = filter;
  const { earlier } = await askingOf(trail).read({ earlier: daysBeforeFrom(filter) });
  const asked = from === undefined && to === undefined ? limit + 1 : LOOKED_AT_MAX;
  const { found } = await askingOf(trail).read({
    found: accessesBefore(startOf(filter).seq, earlier?.last ?? 0, asked),
  });
  return pageOf(found, filter, found.length < asked);
}

async function ofPatient(trail: Db, filter: AccessFilter, patientId: string): Promise<AccessPage> {
  const { bucket, digits } = placeOf(patientId);
  const start = startOf(filter).seq;
  const { hits, earlier } = await askingOf(trail).read({
    hits: unindexedHits(patientId, start, UNINDEXED_MAX),
    earlier: daysBeforeFrom(filter),
  });
  const oldest = earlier?.last ?? 0;
  // With this many before the postings, what lies behind them is a later page's.
  const isBehind = hits.length === UNINDEXED_MAX;
  let candidates = hits.filter(({ isHit, seq }) => isHit && seq > oldest).map(({ seq }) => seq);
  /** From here on every entry that may be meant has been a candidate. */
  let scanned = hits.at(-1)?.seq ?? start;
  let part = partOf(Math.min(scanned, SEQ_MAX));
  let isEnd = false;
  const entries: Access[] = [];
  let together = POSTINGS_AT_FIRST;
  for (let round = 0; round < ROUNDS_MAX && entries.length < filter.limit; round++) {
    const wanted = Math.min(filter.limit - entries.length, PLACES_MAX);
    const isEnough = candidates.length >= wanted || isEnd || isBehind || round === ROUNDS_MAX - 1;
    if (candidates.length > 0 && isEnough) {
      const seqs = candidates.slice(0, wanted);
      candidates = candidates.slice(wanted);
      const { found } = await askingOf(trail).read({ found: accessesAt(seqs) });
      entries.push(...found.filter(meets(filter)));
    } else if (isEnd || isBehind) break;
    else {
      const { rows } = await askingOf(trail).read({
        rows: findPostings(bucket, digits, rangeOf(oldest + 1) * PARTS, part, together),
      });
      const upTo = scanned;
      const listed = rows.flatMap((row) => accessesIn(row.id, row.entries, digits));
      candidates.push(...listed.filter((seq) => seq < upTo && seq > oldest));
      isEnd = rows.length < together;
      const longest = Math.max(1, ...rows.map((row) => row.entries.length));
      together = Math.max(POSTINGS_AT_FIRST, Math.min(POSTINGS_AT_ONCE_MAX, Math.floor(DIGITS_AT_ONCE / longest)));
      part = partOfRow(rows.at(-1)?.id ?? 0) - 1;
      scanned = isEnd ? 0 : (part + 1) * PART_SIZE;
    }
  }
  if (candidates.length === 0 && isEnd) return { entries, cursor: undefined };
  return { entries, cursor: cursorAt({ at: 0, seq: candidates.length > 0 ? candidates[0]! + 1 : scanned }) };
}
