import type { DiagnosisTypeV1, PatientInputV1 } from "../../client/index.ts";
import type { Table, TableRow } from "./read-table.ts";

/** The bounds of the description; a test compares them. */
export const NAME_LENGTH_MAX = 256;
export const MRN_LENGTH_MAX = 64;
export const EMAIL_LENGTH_MAX = 254;
export const DEVICE_LENGTH_MAX = 256;
export const LIST_LENGTH_MAX = 200;
export const DIAGNOSES: readonly DiagnosisTypeV1[] = [
  "type1",
  "type2",
  "type3c",
  "gestational",
  "prediabetes",
  "lada",
  "mody",
  "other",
  "notApplicable",
];
const BIRTH_DATE_MIN = "1880-01-01";
const UNKNOWN_DATE = "0001-01-01";
const DAY_MS = 86_400_000;

/** What separates the entries of one cell. */
const SEPARATOR = "|";

/** Something that is wrong with a row. It tells where, and never what stands there. */
export interface Problem {
  readonly row: number;
  readonly column?: string | undefined;
  readonly problem: string;
}

/** The names of a clinic's tags and sites, with their ids. */
export interface Labels {
  readonly tags: ReadonlyMap<string, string>;
  readonly sites: ReadonlyMap<string, { readonly id: string; readonly name: string }>;
}

/** A row that is as the service takes it. */
export interface ReadyRow {
  readonly row: number;
  readonly body: PatientInputV1;
}

type Found = { readonly value: Partial<PatientInputV1> } | { readonly problem: string };
type Column = (cell: string, labels: Labels) => Found;

const CONTROLS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const VISIBLE = /[^\s\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const ADDRESS = /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u;

const lengthOf = (text: string) => Array.from(text).length;

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The entries of a cell: the whole cell where it is a name as it stands. */
const entriesOf = (cell: string, isKnown: (entry: string) => boolean): string[] => {
  if (isKnown(cell)) return [cell];
  const entries = cell.split(SEPARATOR).map((entry) => entry.trim());
  return [...new Set(entries.filter((entry) => entry !== ""))];
};

const COLUMNS: Readonly<Record<string, Column>> = {
  fullName: (cell) => {
    if (lengthOf(cell) > NAME_LENGTH_MAX) return { problem: `is longer than ${NAME_LENGTH_MAX} characters` };
    if (CONTROLS.test(cell)) return { problem: "has a line break or a control character" };
    return VISIBLE.test(cell) ? { value: { fullName: cell } } : { problem: "is missing" };
  },
  birthDate: (cell) => {
    if (cell === "") return { problem: "is missing" };
    if (!isCalendarDate(cell)) return { problem: "is not a date such as 1987-02-03" };
    const latest = new Date(Date.now() + DAY_MS).toISOString().slice(0, UNKNOWN_DATE.length);
    const isPlausible = cell === UNKNOWN_DATE || (cell >= BIRTH_DATE_MIN && cell <= latest);
    return isPlausible ? { value: { birthDate: cell } } : { problem: `is not between ${BIRTH_DATE_MIN} and today` };
  },
  mrn: (cell) => {
    const mrn = cell.normalize("NFC");
    if (lengthOf(cell) > MRN_LENGTH_MAX || lengthOf(mrn) > MRN_LENGTH_MAX) {
      return { problem: `is longer than ${MRN_LENGTH_MAX} characters` };
    }
    if (INVISIBLE.test(cell)) return { problem: "has a character that can't be seen" };
    // What spreadsheets make of a long number: the digits are lost.
    if (/^\d[.,]\d+E\+\d+$/i.test(cell)) return { problem: "was rounded by a spreadsheet: export the column as text" };
    return { value: cell === "" ? {} : { mrn } };
  },
  email: (cell) => {
    if (cell === "") return { value: {} };
    const isAddress = lengthOf(cell) <= EMAIL_LENGTH_MAX && ADDRESS.test(cell);
    return isAddress ? { value: { email: cell } } : { problem: "is not an e-mail address" };
  },
  targetDevices: (cell) => {
    const targetDevices = entriesOf(cell, () => false);
    if (targetDevices.length > LIST_LENGTH_MAX) return { problem: `has more than ${LIST_LENGTH_MAX} entries` };
    // A quote that is nowhere closed takes in the rows below.
    if (CONTROLS.test(cell)) return { problem: "has a line break or a control character" };
    const isTooLong = targetDevices.some((device) => lengthOf(device) > DEVICE_LENGTH_MAX);
    if (isTooLong) return { problem: `has an entry of more than ${DEVICE_LENGTH_MAX} characters` };
    return { value: targetDevices.length > 0 ? { targetDevices } : {} };
  },
  diagnosisType: (cell) => {
    if (cell === "") return { value: {} };
    const diagnosisType = DIAGNOSES.find((it) => it === cell);
    return diagnosisType ? { value: { diagnosisType } } : { problem: `is none of ${DIAGNOSES.join(", ")}` };
  },
  tags: (cell, { tags }) => {
    const ids = entriesOf(cell, (name) => tags.has(keyOf(name))).map((name) => tags.get(keyOf(name)));
    const known = [...new Set(ids.filter((id) => id !== undefined))];
    if (ids.includes(undefined)) return { problem: "names a tag that the clinic does not have" };
    if (known.length > LIST_LENGTH_MAX) return { problem: `has more than ${LIST_LENGTH_MAX} entries` };
    return { value: known.length > 0 ? { tags: known } : {} };
  },
  sites: (cell, { sites }) => {
    const found = entriesOf(cell, (name) => sites.has(keyOf(name))).map((name) => sites.get(keyOf(name)));
    const known = [...new Set(found.filter((site) => site !== undefined))];
    if (found.includes(undefined)) return { problem: "names a site that the clinic does not have" };
    if (known.length > LIST_LENGTH_MAX) return { problem: `has more than ${LIST_LENGTH_MAX} entries` };
    return { value: known.length > 0 ? { sites: known } : {} };
  },
};

export const COLUMN_NAMES = Object.keys(COLUMNS);
const REQUIRED = ["fullName", "birthDate"];

/** By what names of tags and sites are found: whatever case, accents and spaces. */
export const keyOf = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .trim();

const headingKey = (heading: string) => heading.toLowerCase().replaceAll(/[\s_-]/g, "");

/** The column of each cell, by the headings; they are compared without case, spaces, hyphens and underscores. */
export function columnsOf({ headings }: Pick<Table, "headings">): { columns: string[]; problems: Problem[] } {
  const known = new Map(COLUMN_NAMES.map((name) => [headingKey(name), name]));
  const columns = headings.map((heading) => known.get(headingKey(heading)) ?? "");
  const problems: Problem[] = [];
  const add = (column: string, problem: string) => problems.push({ row: 1, column, problem });
  for (const [i, column] of columns.entries()) {
    const place = `column ${i + 1}`;
    if (column === "") add(place, `its heading is none of ${COLUMN_NAMES.join(", ")}`);
    else if (columns.indexOf(column) < i) add(place, `its heading, ${column}, is there twice`);
  }
  for (const name of REQUIRED) if (!columns.includes(name)) add(name, "is missing: it has to be a heading of row 1");
  return { columns, problems };
}

/** A row as the service takes it, or everything that is wrong with it. */
export function readRow(
  { row, cells }: TableRow,
  columns: readonly string[],
  labels: Labels,
): { ready?: ReadyRow; problems: Problem[] } {
  const problems: Problem[] = [];
  const body: Partial<PatientInputV1> = {};
  if (cells.length > columns.length) problems.push({ row, problem: "has more cells than there are headings" });
  for (const [i, column] of columns.entries()) {
    const found = COLUMNS[column]!(cells[i] ?? "", labels);
    if ("problem" in found) problems.push({ row, column, problem: found.problem });
    else Object.assign(body, found.value);
  }
  return problems.length > 0 ? { problems } : { ready: { row, body: body as PatientInputV1 }, problems };
}
