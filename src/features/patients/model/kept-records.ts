import { type Asking, type Read, type ReadResults, together } from "../../../platform/db/read.ts";
import type { JsonBytes } from "../../../platform/formats/json-bytes.ts";
import type { RowWithPeriods } from "../../summaries/rebuild.ts";
import { type Continuation, findContinuation, type Head, leadsHere } from "./history-store.ts";
import { writePatient, writtenPatient } from "./patient-json.ts";
import {
  findPatientUnlessKnown,
  type PageOfRecords,
  recordsOfPage,
  type RecordState,
  stateOfPatient,
  versionText,
} from "./read.ts";

/** What all records in an isolate may take: those of about 400 patients with full summaries. */
const BYTES_MAX = 8 * 2 ** 20;
/** Records of a longer page are not kept: they would leave no room for those of others. */
const PATIENTS_PER_PAGE_MAX = 100;
/** Pages of the default order of a clinic whose patients are remembered. */
const PAGES_MAX = 20;
const CLINICS_MAX = 500;

/** A record (`Patient`) as JSON, as it was in a version, which its state says more of. */
interface Kept extends RecordState {
  readonly state: string;
  readonly history: History;
  readonly json: Uint8Array<ArrayBuffer>;
}

/** A clinic as it was when it was looked at last. The records that are kept of it are of this moment or led to it. */
interface History {
  head: Head;
  /** Keys of the patients that were on pages of the default order, by place and length; what was asked last at the end. */
  readonly pages: Map<string, readonly number[]>;
  /** Its records that are kept, by the patient's id. */
  readonly ofPatients: Map<string, Kept>;
}

/** By clinic, and by key of the patient; what was looked at last at the end. */
const histories = new Map<string, History>();
const records = new Map<number, Kept>();
let bytes = 0;

/** The patients of a page, in its order, and how their records are written. */
export interface FoundRecords {
  readonly states: readonly RecordState[];
  /** Writes the records as JSON, with a comma in between. Needs the names of the clinic's sites as of the same moment. */
  write(out: JsonBytes, siteNames: ReadonlyMap<string, string>): void;
}

/**
 * Reads the records of a page, and what else is asked for, in one round trip. Which patients are on it and which version their
 * records have is always asked; a record that is kept in this version is not read. All are read where what was seen of the
 * clinic didn't lead to what is read: it was put back to an earlier moment, a replica has not come as far, or more has changed
 * since than is written down. A version says nothing then.
 */
export async function readRecords<R extends Record<string, Read<unknown>>>(
  asking: Asking,
  clinicId: string,
  page: PageOfRecords,
  beside: R,
): Promise<{ records: FoundRecords; results: ReadResults<R> }> {
  const history = histories.get(clinicId);
  const seen = history?.head;
  const known = history ? knownOf(history, page) : [];
  const { now, found, results } = await asking.read({
    now: findContinuation(clinicId, seen),
    found: recordsOfPage(clinicId, page, known, seen && leadsHere(clinicId, seen)),
    results: together(beside),
  });
  const kept = keptHistory(clinicId, history, seen, now);
  if (kept && "limit" in page) remember(kept, page, found.states);
  const isKept = found.states.length <= PATIENTS_PER_PAGE_MAX;
  return {
    records: { states: found.states, write: writing(found, known, isKept ? kept : undefined) },
    results,
  };
}

/** The JSON of something, and the state it was made of. Without a body: the caller has that of this state. */
export interface StatedJson {
  readonly state: string;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Reads the record of one patient in the same way, if there is one. No record is read either where the caller knows it by its state.
 */
export async function readRecord(
  asking: Asking,
  clinicId: string,
  userId: string,
  states: readonly string[],
): Promise<StatedJson | undefined> {
  const history = histories.get(clinicId);
  const seen = history?.head;
  const known = history?.ofPatients.get(userId);
  const { found } = await asking.read({
    found: findPatientUnlessKnown(clinicId, userId, { states, seen, seenState: known?.state }),
  });
  if (!found) return undefined;
  const { now, state, patient } = found;
  const kept = keptHistory(clinicId, history, seen, now);
  if (!patient) {
    if (states.includes(state)) return { state, body: undefined };
    touchIfKept(known!);
    return { state, body: known!.json };
  }
  const { bytes: json } = writtenPatient(patient.row, patient.siteNames);
  if (kept) keep(keptOf(patient.row, kept, json));
  return { state, body: json };
}

/** What is kept of the patients who are on a page, or were when it was asked last. */
function knownOf(history: History, page: PageOfRecords): Kept[] {
  const keys = "keys" in page ? page.keys : (history.pages.get(placeOf(page)) ?? []);
  return keys.flatMap((key) => {
    const kept = records.get(key);
    return kept?.history === history ? kept : [];
  });
}

const placeOf = ({ offset, limit }: { offset: number; limit: number }) => `${offset} ${limit}`;

/**
 * What belongs to the moment that was read: the clinic's history, brought forward to it, or another where it didn't lead there.
 * Nothing where another request has brought it forward in the meantime, so that it isn't known which of the two came first.
 */
function keptHistory(
  clinicId: string,
  before: History | undefined,
  seen: Head | undefined,
  { head: now, continues }: Continuation,
): History | undefined {
  if (before && !continues && now.seq >= seen!.seq && histories.get(clinicId) === before) histories.delete(clinicId);
  const history = continues ? before : undefined;
  const current = histories.get(clinicId);
  const isSame = current?.head.seq === now.seq && current.head.token === now.token;
  if (current !== history && !isSame) return undefined;
  if (current && !isSame && current.head !== seen) return undefined;
  const kept = current ?? { head: now, pages: new Map(), ofPatients: new Map() };
  if (!isSame) kept.head = now;
  histories.delete(clinicId);
  histories.set(clinicId, kept);
  for (const other of histories.keys()) {
    if (histories.size <= CLINICS_MAX) break;
    histories.delete(other);
  }
  return kept;
}

function remember({ pages }: History, page: { offset: number; limit: number }, states: readonly RecordState[]): void {
  pages.delete(placeOf(page));
  if (states.length > PATIENTS_PER_PAGE_MAX) return;
  pages.set(
    placeOf(page),
    states.map(({ key }) => key),
  );
  for (const place of pages.keys()) {
    if (pages.size <= PAGES_MAX) break;
    pages.delete(place);
  }
}

const writing =
  (
    { states, rows }: { states: readonly RecordState[]; rows: ReadonlyMap<number, RowWithPeriods> },
    known: readonly Kept[],
    history: History | undefined,
  ): FoundRecords["write"] =>
  (out, siteNames) => {
    const byKey = new Map(known.map((kept) => [kept.key, kept]));
    for (const [i, { key }] of states.entries()) {
      if (i > 0) out.text(",");
      const row = rows.get(key);
      const kept = byKey.get(key);
      if (row) {
        const start = out.length;
        writePatient(out, row, siteNames);
        if (history) keep(keptOf(row, history, out.since(start)));
      } else if (kept) {
        out.bytes(kept.json);
        touchIfKept(kept);
      }
    }
  };

const keptOf = (row: RowWithPeriods, history: History, json: Kept["json"]): Kept => ({
  key: row.key,
  userId: row.userId,
  version: versionText(row),
  state: stateOfPatient(row),
  history,
  json,
});

function keep(kept: Kept): void {
  forget(kept.key);
  records.set(kept.key, kept);
  kept.history.ofPatients.set(kept.userId, kept);
  bytes += kept.json.length;
  for (const key of records.keys()) {
    if (bytes <= BYTES_MAX) break;
    forget(key);
  }
}

function touchIfKept(kept: Kept): void {
  if (records.get(kept.key) !== kept) return;
  records.delete(kept.key);
  records.set(kept.key, kept);
}

function forget(key: number): void {
  const kept = records.get(key);
  if (!kept) return;
  bytes -= kept.json.length;
  records.delete(key);
  const { ofPatients } = kept.history;
  if (ofPatients.get(kept.userId) === kept) ofPatients.delete(kept.userId);
}
