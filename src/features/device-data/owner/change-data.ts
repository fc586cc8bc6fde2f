import { SUMMARY_KINDS } from "../../summaries/compute/reasons.ts";
import { consideredSpan } from "../../summaries/compute/window.ts";
import { deduplicatorNamed, NONE } from "../model/deduplicators.ts";
import { nanosecondsOf } from "../model/instants.ts";
import type { Refused, Selection } from "./bindings.ts";
import {
  archive,
  dataOfDevice,
  dataOfHash,
  dataOfId,
  dataOfOrigin,
  destroy,
  destroySet,
  giveBack,
  dataOfSet,
  olderCopies,
  takenIds,
  type Touched,
} from "./data-store.ts";
import type { JustAdded } from "./buckets.ts";
import { insertData } from "./insert-store.ts";
import type { PackedData } from "./packed.ts";
import type { StoredReading } from "./readings-store.ts";
import { closeSet, isActive, markSetDeleted, otherSetsOfDevice, type SetRow } from "./sets-store.ts";
import { CBG, SMBG, typeCode } from "./type-codes.ts";
import type { Work } from "./work.ts";

const deduplicatorOf = ({ deduplicator }: SetRow) => deduplicatorNamed(deduplicator) ?? NONE;

/** Adds data to an open set as its deduplicator says; says what is in the way. */
export function addData(work: Work, set: SetRow, data: PackedData, provenance: number): Refused | undefined {
  const { sql, at } = work;
  const { wanted, replaced } = deduplicated(work, set, data);
  const taken = takenIds(sql, sentAmong(data, wanted), new Set(replaced.map(({ key }) => key)));
  if (taken.length > 0) return { takenIds: taken };
  destroy(sql, replaced);
  const firstKey = insertData(sql, data, wanted, { setKey: set.key, createdAt: at, provenance });
  if (firstKey !== undefined) work.added = justAdded(set, data, wanted, { firstKey, at });
  const added = wanted.map((i) => ({ type: data.shapes[data.shapeOf[i]!]!.type, time: data.times[i]! }));
  const touched = replaced.length === 0 ? added : [...replaced, ...added];
  work.touch(touched);
  if (isActive(set)) {
    const { from, to } = consideredSpan(at);
    // What goes counts as well: an origin may come with another kind of reading than it had.
    const hasChanged = (type: number) => touched.some((it) => it.type === type && it.time > from && it.time < to);
    if (hasChanged(CBG)) work.outdate(["cgm", "con"], "DATA_ADDED");
    if (hasChanged(SMBG)) work.outdate(["bgm", "con"], "DATA_ADDED");
  }
  return undefined;
}

/** The ids that clients have chosen, of those data that are to be stored. */
function sentAmong({ ids, sentIds }: PackedData, wanted: readonly number[]): readonly string[] {
  if (sentIds.length === 0 || wanted.length === ids.length) return sentIds;
  const stored = new Set(wanted.map((i) => ids[i]!));
  return sentIds.filter((id) => stored.has(id));
}

/** The readings among what was added, in the order in which they count. */
function justAdded(
  set: SetRow,
  data: PackedData,
  wanted: readonly number[],
  { firstKey, at }: { readonly firstKey: number; readonly at: number },
): JustAdded {
  const readings = (type: number): StoredReading[] =>
    wanted
      .filter((i) => data.shapes[data.shapeOf[i]!]!.type === type)
      .toSorted((a, b) => data.times[a]! - data.times[b]! || (isBefore(data.ids[a]!, data.ids[b]!) ? -1 : 1))
      .map((i) => ({
        time: data.times[i]!,
        value: data.values[i]!,
        minutes: data.shapes[data.shapeOf[i]!]!.minutes,
        createdTime: at,
        modifiedTime: at,
        isVisible: isActive(set),
        isContinuous: set.isContinuous === 1,
      }));
  return { firstKey, cbg: readings(CBG), smbg: readings(SMBG) };
}

/** As ids are ordered where they are stored: those that are no hexadecimal numbers first. */
function isBefore(id: string, other: string): boolean {
  const [isHex, isOtherHex] = [HEX_ID.test(id), HEX_ID.test(other)];
  return isHex === isOtherHex ? id < other : isOtherHex;
}

const HEX_ID = /^[0-9a-f]{32}$/;

/** The places of the data that are to be stored, and what they replace. */
function deduplicated(
  work: Work,
  set: SetRow,
  data: PackedData,
): { readonly wanted: readonly number[]; readonly replaced: readonly Touched[] } {
  const all = Array.from(data.times, (_, i) => i);
  const replacing = (wanted: readonly number[]) => {
    const origins = new Set(wanted.map((i) => data.origins?.[i] ?? null));
    return { wanted, replaced: [...origins].flatMap((origin) => earlierOf(work, set, origin)) };
  };
  switch (deduplicatorOf(set).add) {
    case "replaceSameOrigin":
      return replacing(all);
    case "replaceOlderOrigin":
      return replacing(all.filter((i) => !isOlder(work, set, data, i)));
    case "dropKnown":
      return { wanted: withoutCopies(work, set, data), replaced: [] };
    case "insert":
      return { wanted: all, replaced: [] };
  }
}

/** What came from an origin into this set before. */
const earlierOf = ({ sql }: Work, set: SetRow, origin: string | null): readonly Touched[] =>
  origin === null ? [] : dataOfOrigin(sql, origin).filter(({ setKey }) => setKey === set.key);

const TIMED = new Set([typeCode("bolus"), typeCode("food")]);

/** A bolus or a meal that is there already is replaced only by one that its origin says is later. */
function isOlder({ sql }: Work, set: SetRow, data: PackedData, i: number): boolean {
  const origin = data.origins?.[i];
  const { type } = data.shapes[data.shapeOf[i]!]!;
  if (!origin || !TIMED.has(type)) return false;
  const stored = dataOfOrigin(sql, origin).filter(
    (it) => it.setKey === set.key && it.type === type && it.isArchived === 0 && isActive(set),
  );
  if (stored.length === 0) return false;
  const given = originTime(data.rests?.[i]);
  return given === undefined || stored.some(({ rest }) => given <= (originTime(rest) ?? -Infinity));
}

function originTime(rest: string | null | undefined): bigint | undefined {
  const { origin } = JSON.parse(`{${rest?.slice(1) ?? ""}}`) as { origin?: { time?: string } };
  return nanosecondsOf(origin?.time ?? "");
}

/** The last of those that are the same, if there is none in the set that readers see. */
function withoutCopies({ sql }: Work, set: SetRow, data: PackedData): number[] {
  const lastOf = new Map(Array.from(data.hashes!, (hash, i) => [hash, i]));
  return [...lastOf.values()]
    .filter((i) => {
      const copies = dataOfHash(sql, data.hashes![i]!);
      return !copies.some(
        (it) => it.setKey === set.key && it.time === data.times[i] && it.isArchived === 0 && isActive(set),
      );
    })
    .toSorted((a, b) => a - b);
}

/** Closes a set: its data are seen from now on, instead of what they replace. */
export function close(work: Work, set: SetRow): void {
  const { sql, at } = work;
  closeSet(sql, set.key, at);
  const { close: how } = deduplicatorOf(set);
  if (how === "archiveSameThenActivate") {
    const older = olderCopies(sql, set.key);
    archive(sql, older, at, set.key);
    work.touch(older);
  }
  if (how === "deleteOthersThenActivate" && set.deviceId !== null) {
    for (const other of otherSetsOfDevice(sql, set.deviceId, set.key)) removeSet(work, other);
    const others = dataOfDevice(sql, set.deviceId, set.key);
    destroy(sql, others);
    work.touch(others);
  }
  // What readers have seen all along is no upload that is complete now.
  if (isActive(set) && how === "activate") return;
  work.touch(dataOfSet(sql, set.key));
  work.outdate(SUMMARY_KINDS, "UPLOAD_COMPLETED");
}

/** Gives back what a set's data have hidden, destroys them, and keeps the record. */
function removeSet(work: Work, set: SetRow): void {
  const { sql, at } = work;
  if (deduplicatorOf(set).deleteSet === "giveBackThenDestroy") work.touch(giveBack(sql, set.key));
  work.touch(destroySet(sql, set.key));
  markSetDeleted(sql, set.key, at);
}

/** Deletes a set with its data. */
export function deleteSet(work: Work, set: SetRow): void {
  removeSet(work, set);
  work.outdate(SUMMARY_KINDS, "DATA_DELETED");
}

/** Destroys the selected data of a set; where origins tell data apart they are hidden. */
export function removeData(work: Work, set: SetRow, { ids, hashes, origins }: Selection): void {
  const { sql, at } = work;
  const found = [
    ...ids.flatMap((id) => dataOfId(sql, id)),
    ...hashes.flatMap((hash) => dataOfHash(sql, hash)),
    ...origins.flatMap((origin) => dataOfOrigin(sql, origin)),
  ].filter(({ setKey, isArchived }) => setKey === set.key && isArchived === 0) satisfies Touched[];
  if (deduplicatorOf(set).remove === "archive") archive(sql, found, at, null);
  else destroy(sql, found);
  work.touch(found);
  if (found.length > 0) work.outdate(SUMMARY_KINDS, "DATA_DELETED");
}
