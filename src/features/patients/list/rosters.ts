import type { Asking } from "../../../platform/db/read.ts";
import { mapped, type Read, type ReadResults, together } from "../../../platform/db/read.ts";
import { type Column, findChanges, findHead, loadByName, loadInParts, TEXTS } from "./columns-store.ts";
import { type Matches, matchingPatients } from "./matching-store.ts";
import { matchesIn, wantedOf } from "./matching.ts";
import type { PatientFilter, PatientOrder } from "./query.ts";
import type { Head } from "../model/history-store.ts";
import { type Change, type Loaded, Roster } from "./roster.ts";

/** What all rosters of an isolate may take: a fifth of the memory it has for everything. */
const BYTES_MAX = 24 * 2 ** 20;
/** Our choice: a list looks at one to six; each takes 400 KB for 50,000 patients. */
const COLUMNS_MAX = 40;
/** A list that looks at more is chosen by a statement. */
const COLUMNS_PER_LIST_MAX = 20;
/** Somebody else's request may have brought a roster further while this one was read. */
const TRIES = 2;

interface Kept {
  readonly roster: Roster;
  /** What it has, by name; what was looked at last at the end. */
  readonly columns: Map<string, Column>;
  /** How many requests under way need it, by the name of a column: it stays until they are answered. */
  readonly needed: Map<string, number>;
}

/** By clinic; the one that was looked at last at the end. */
const rosters = new Map<string, Kept>();

/** Clinics whose texts are more than is worth keeping. */
const withLargeTexts = new Set<string>();

/** What is looked at of each patient, and whether in the order by name. */
export interface Wanted {
  readonly columns: readonly Column[];
  readonly isByName: boolean;
}

/**
 * Chooses among the patients of a clinic, and reads what else is asked for, in one round trip. They are chosen from what is
 * kept of the clinic in memory, after the same round trip has brought that forward to how the clinic is now: no answer is
 * older than its request. What is not kept yet, and what can't be brought forward, is loaded whole in its place; what is
 * too much to keep is chosen by a statement instead.
 */
export async function chosenFromRoster<T, R extends Record<string, Read<unknown>>>(
  asking: Asking,
  clinicId: string,
  wanted: Wanted,
  choose: (roster: Roster) => T,
  instead: () => Read<T>,
  beside: R,
): Promise<{ chosen: T; results: ReadResults<R> }> {
  for (let tried = 0; tried < TRIES && canBeKept(clinicId, wanted); tried++) {
    const kept = rosters.get(clinicId);
    if (kept) need(kept, wanted, 1);
    try {
      const { now, results } = await asking.read({
        now: findRoster(clinicId, kept, wanted),
        results: together(beside),
      });
      const roster = rosterOf(clinicId, kept, now, wanted);
      if (roster) return { chosen: choose(roster), results };
    } finally {
      if (kept) need(kept, wanted, -1);
    }
  }
  return asking.read({ chosen: instead(), results: together(beside) });
}

/** Whether a clinic's columns are kept now, so that nothing is loaded whole for them but after many changes. */
export function isKept(clinicId: string, { columns }: Wanted): boolean {
  const kept = rosters.get(clinicId);
  return kept !== undefined && columns.every(({ name }) => kept.columns.has(name));
}

/** Whether columns of so many patients leave room for others: a third of what all rosters may take. */
export const leavesRoom = (patients: number, { columns }: Wanted): boolean =>
  patients * columns.length * Float64Array.BYTES_PER_ELEMENT <= BYTES_MAX / 3;

/** The patients of a clinic who match, and what else is asked for, in one round trip. */
export async function readWithMatches<R extends Record<string, Read<unknown>>>(
  asking: Asking,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  beside: R,
): Promise<{ matches: Matches; results: ReadResults<R> }> {
  const wanted = wantedOf(filter, order);
  const { chosen, results } = await chosenFromRoster(
    asking,
    clinicId,
    wanted,
    (roster) => matchesIn(roster, wanted),
    () => matchingPatients(clinicId, filter, order),
    beside,
  );
  return { matches: chosen, results };
}

function need({ needed }: Kept, { columns }: Wanted, more: 1 | -1): void {
  for (const { name } of columns) {
    const times = (needed.get(name) ?? 0) + more;
    if (times > 0) needed.set(name, times);
    else needed.delete(name);
  }
}

const canBeKept = (clinicId: string, { columns }: Wanted): boolean =>
  columns.length <= COLUMNS_PER_LIST_MAX && !(columns.includes(TEXTS) && withLargeTexts.has(clinicId));

/** All patients' values of some columns; nothing where there are no patients, or where it was not needed after all. */
interface Load {
  readonly columns: readonly Column[];
  readonly loaded: Loaded | undefined;
}

interface Found {
  readonly head: Head & { readonly isStale: boolean };
  /** The columns that changes tell of. */
  readonly asked: readonly Column[];
  readonly changes: readonly Change[];
  /** What was not kept. */
  readonly missing: Load;
  /** What was kept, in case it is stale. */
  readonly known: Load;
  readonly names: Loaded | undefined;
}

/**
 * What there is to read: what has changed of what is kept; all of what is not; and all of it in case it is stale. The order
 * by name comes with the columns, or from the texts, or by itself where everything else is kept.
 */
function findRoster(clinicId: string, kept: Kept | undefined, { columns, isByName: isOrdered }: Wanted): Read<Found> {
  const seen = kept?.roster.head;
  const asked = kept ? [...kept.columns.values()] : [];
  const known = columns.filter(({ name }) => kept?.columns.has(name));
  const missing = columns.filter(({ name }) => !kept?.columns.has(name));
  const isByName = isOrdered && !columns.includes(TEXTS);
  const load = isByName ? loadByName : loadInParts;
  const isLoaded = !kept || missing.length > 0;
  const needsNames = isByName && !isLoaded && !kept.columns.has(TEXTS.name);
  return mapped(
    together({
      head: findHead(clinicId, seen),
      changes: seen ? findChanges(clinicId, seen, asked) : nothing<Change[]>([]),
      missing: isLoaded ? load(clinicId, missing, { always: true }) : nothing(undefined),
      known:
        seen && (known.length > 0 || !isLoaded)
          ? (isLoaded ? loadInParts : load)(clinicId, known, { stale: seen })
          : nothing(undefined),
      names:
        seen && needsNames
          ? loadByName(clinicId, [], kept.roster.byName ? { renamed: seen } : { always: true })
          : nothing(undefined),
    }),
    (found) => ({
      ...found,
      asked,
      missing: { columns: missing, loaded: found.missing },
      known: { columns: known, loaded: found.known },
    }),
  );
}

const nothing = <T>(value: T): Read<T> => ({ statements: [], take: () => value });

/** The roster as it is now, kept for the next request; undefined where it can't be told from what was read. */
function rosterOf(clinicId: string, kept: Kept | undefined, found: Found, wanted: Wanted): Roster | undefined {
  const { head, missing, known, names } = found;
  if ([missing, known].some(({ loaded }) => loaded?.columns.includes(null))) {
    withLargeTexts.add(clinicId);
    return undefined;
  }
  const isNew = !kept || head.isStale;
  const now = isNew ? newlyKept(found) : kept;
  if (!isNew && !bringForward(now, found)) return undefined;
  addLoaded(now, missing);
  if (isNew) addLoaded(now, known);
  if (names) addLoaded(now, { columns: [], loaded: names });
  const { roster } = now;
  if (wanted.isByName && !roster.byName) {
    if (roster.has(TEXTS.name)) roster.orderByTexts(TEXTS.name);
    else if (roster.isEmpty) roster.orderByName([]);
  }
  keep(clinicId, now, wanted);
  const isWhole = wanted.columns.every(({ name }) => roster.has(name)) && (!wanted.isByName || roster.byName);
  return isWhole ? roster : undefined;
}

function newlyKept({ head: { seq, token }, missing, known, names }: Found): Kept {
  const { keys } = missing.loaded ?? known.loaded ?? names ?? { keys: [] };
  return { roster: new Roster({ seq, token }, keys), columns: new Map(), needed: new Map() };
}

/** Whether what was read is of how the roster is then: another request may have brought it further than this one has read. */
function bringForward(
  { roster, columns }: Kept,
  { head: { seq, token }, asked, changes, missing, names }: Found,
): boolean {
  // Nothing is loaded of a clinic that was empty then; it may have had its first patient since.
  if (roster.head.seq > seq) return missing.columns.length === 0 && !names;
  if (roster.head.seq === seq) return true;
  const told = asked.map(({ name }) => name);
  for (const name of columns.keys()) {
    if (told.includes(name)) continue;
    columns.delete(name);
    roster.drop(name);
  }
  roster.bringForward({ seq, token }, told, changes);
  return true;
}

function addLoaded(now: Kept, { columns, loaded }: Load): void {
  if (loaded?.names) now.roster.orderByName(loaded.names);
  for (const [i, column] of columns.entries()) {
    now.roster.add(column.name, column.isText === true, loaded?.keys ?? [], loaded?.columns[i] ?? []);
    now.columns.set(column.name, column);
  }
}

/** Keeps a roster, and forgets what was not looked at for longest where there is too much. */
function keep(clinicId: string, now: Kept, wanted: Wanted): void {
  for (const column of wanted.columns) {
    if (!now.columns.delete(column.name)) continue;
    now.columns.set(column.name, column);
  }
  for (const name of now.columns.keys()) {
    if (now.columns.size <= COLUMNS_MAX && now.roster.bytes <= BYTES_MAX) break;
    if (now.needed.has(name) || wanted.columns.some((column) => column.name === name)) continue;
    now.columns.delete(name);
    now.roster.drop(name);
  }
  if (now.roster.bytes > BYTES_MAX && now.columns.has(TEXTS.name)) withLargeTexts.add(clinicId);
  rosters.delete(clinicId);
  if (now.roster.bytes <= BYTES_MAX) rosters.set(clinicId, now);
  let bytes = 0;
  for (const { roster } of rosters.values()) bytes += roster.bytes;
  for (const [other, { roster }] of rosters) {
    if (bytes <= BYTES_MAX) break;
    rosters.delete(other);
    bytes -= roster.bytes;
  }
}
