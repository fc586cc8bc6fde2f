import { Zip, ZipDeflate } from "fflate";
import { beginningOf, withoutUnseen } from "../core/cell-text.ts";
import { sheetNames } from "../core/sheet-names.ts";
import { inPieces, streamOf } from "../core/streams.ts";

/** A text, a number, or nothing in between others. A text is never a formula, whatever it begins with. */
export type Cell = string | number;
export type Row = readonly Cell[];

export interface Sheet {
  readonly name: string;
  /** Makes the rows; asked twice, for their widths and for themselves. */
  readonly rows: () => Iterable<Row>;
}

const FIRST_COLUMN_WIDTH = 50;
/** What spreadsheet programs hold. */
const COLUMN_WIDTH_MAX = 255;
const ROWS_MAX = 1_048_576;
const TEXT_LENGTH_MAX = 32_767;
const FULL: Row = ["This sheet is full: the rows that would follow are left out."];

/**
 * An XLSX workbook, made while it is read: no more than a piece of it is in memory. The same sheets at the same time are
 * the same bytes.
 */
export const spreadsheet = (sheets: readonly Sheet[], at: number): ReadableStream<Uint8Array> =>
  streamOf(archived(filesOf(sheets), at));

type File = readonly [path: string, texts: Iterable<string>];

function* archived(files: Iterable<File>, at: number): Generator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    if (bytes.length > 0) ready.push(bytes);
  });
  for (const [path, texts] of files) {
    const entry = new ZipDeflate(path, { level: 1 });
    entry.mtime = at;
    zip.add(entry);
    for (const piece of inPieces(texts)) {
      entry.push(piece);
      yield* ready.splice(0);
    }
    entry.push(new Uint8Array(0), true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const sheetPath = (i: number) => `worksheets/sheet${i + 1}.xml`;

function* filesOf(sheets: readonly Sheet[]): Generator<File> {
  const part = (path: string, kind: string) =>
    `<Override PartName="/xl/${path}" ContentType="${CONTENT}.${kind}+xml"/>`;
  const relationship = (id: number, kind: string, target: string) =>
    `<Relationship Id="rId${id}" Type="${DOCUMENT}/${kind}" Target="${target}"/>`;
  const relationships = (...all: readonly string[]) => [
    `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">${all.join("")}</Relationships>`,
  ];
  yield [
    "[Content_Types].xml",
    [
      `${DECLARATION}<Types xmlns="${PACKAGE}/content-types">`,
      `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`,
      `<Default Extension="xml" ContentType="application/xml"/>`,
      part("workbook.xml", "sheet.main"),
      ...sheets.map((_, i) => part(sheetPath(i), "worksheet")),
      "</Types>",
    ],
  ];
  yield ["_rels/.rels", relationships(relationship(1, "officeDocument", "xl/workbook.xml"))];
  yield [
    "xl/workbook.xml",
    [
      `${DECLARATION}<workbook xmlns="${SPREADSHEET}" xmlns:r="${DOCUMENT}"><sheets>`,
      ...sheetNames(sheets.map(({ name }) => name)).map(
        (name, i) => `<sheet name="${escaped(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`,
      ),
      "</sheets></workbook>",
    ],
  ];
  yield [
    "xl/_rels/workbook.xml.rels",
    relationships(...sheets.map((_, i) => relationship(i + 1, "worksheet", sheetPath(i)))),
  ];
  for (const [i, sheet] of sheets.entries()) yield [`xl/${sheetPath(i)}`, worksheet(sheet)];
}

function* worksheet({ rows }: Sheet): Generator<string> {
  yield `${DECLARATION}<worksheet xmlns="${SPREADSHEET}">`;
  yield columns(rows());
  yield "<sheetData>";
  let number = 0;
  for (const row of rows()) {
    number += 1;
    const isLast = number === ROWS_MAX;
    yield rowOf(isLast ? FULL : row, number);
    if (isLast) break;
  }
  yield "</sheetData></worksheet>";
}

/** The first column as wide as it always is, the others as wide as what is in them. */
function columns(rows: Iterable<Row>): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) widths[i] = Math.max(widths[i] ?? 0, String(row[i]).length);
  }
  if (widths.length === 0) return "";
  const column = (width: number, i: number) =>
    `<col min="${i + 1}" max="${i + 1}" width="${i === 0 ? FIRST_COLUMN_WIDTH : Math.min(width + 2, COLUMN_WIDTH_MAX)}" customWidth="1"/>`;
  return `<cols>${widths.map(column).join("")}</cols>`;
}

function rowOf(row: Row, number: number): string {
  let cells = "";
  for (let i = 0; i < row.length; i++) {
    const cell = row[i]!;
    if (cell === "" || (typeof cell === "number" && !Number.isFinite(cell))) continue;
    const at = `${letters(i)}${number}`;
    if (typeof cell === "number") cells += `<c r="${at}"><v>${cell}</v></c>`;
    else {
      const text = cellText(cell);
      cells += `<c r="${at}" t="inlineStr"><is><t${EDGED.test(text) ? KEPT : ""}>${escaped(text)}</t></is></c>`;
    }
  }
  return `<row r="${number}">${cells}</row>`;
}

/** White space at an end of a text is dropped unless it is said to be kept. */
const EDGED = /^\s|\s$/;
const KEPT = ' xml:space="preserve"';

/** 0 → A, 25 → Z, 26 → AA. */
const letters = (column: number): string =>
  (column < 26 ? "" : letters(Math.floor(column / 26) - 1)) + String.fromCharCode(65 + (column % 26));

function cellText(stored: string): string {
  const text = withoutUnseen(stored.toWellFormed()).replaceAll(/\r\n?/g, "\n");
  return text.length > TEXT_LENGTH_MAX ? `${beginningOf(text, TEXT_LENGTH_MAX - 1)}…` : text;
}

const UNSAFE = /[&<>"]|_x/;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return (
    text
      .replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!)
      // Spreadsheet programs take _x0041_ for a character.
      .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
  );
}
