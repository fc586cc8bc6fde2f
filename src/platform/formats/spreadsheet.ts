import { Zip, ZipPassThrough } from "fflate";
import { beginningOf, withoutUnseen } from "./cell-text.ts";
import { sheetNames } from "./sheet-names.ts";
import { inPieces, streamOf } from "./streams.ts";

/** A text or a number; the empty text is an empty cell. A text is never a formula, whatever it begins with. */
export type Cell = string | number;
export type Row = readonly Cell[];

export interface Sheet {
  readonly name: string;
  /** Produces the rows; called twice, for the column widths and for the output. */
  readonly rows: () => Iterable<Row>;
}

/** A sheet with a frozen heading whose rows are produced once, in parts. */
export interface Table {
  readonly name: string;
  readonly heading: Row;
  readonly widths: readonly number[];
  readonly parts: AsyncIterable<Iterable<Row>>;
}

const FIRST_COLUMN_WIDTH = 50;
/** Limits of spreadsheet programs. */
const COLUMN_WIDTH_MAX = 255;
const ROWS_MAX = 1_048_576;
const TEXT_LENGTH_MAX = 32_767;
/** Excel displays longer cells in text format as `####`. */
const FORMATTED_LENGTH_MAX = 255;
const FULL: Row = ["This sheet is full: the rows that would follow are left out."];

/**
 * A streamed XLSX workbook: only one piece is in memory. Deterministic: the same sheets and time give the same bytes.
 */
export const spreadsheet = (sheets: readonly Sheet[], at: number): ReadableStream<Uint8Array> =>
  streamOf(archived(filesOf(sheets.map((sheet) => ({ name: sheet.name, pieces: inPieces(sheetTexts(sheet)) }))), at));

/** A streamed XLSX workbook of one table. Each part of its rows is requested once the previous one is written. */
export const tableWorkbook = (table: Table, at: number): AsyncGenerator<Uint8Array> =>
  archived(filesOf([{ name: table.name, pieces: tablePieces(table) }]), at);

type Bytes = Uint8Array<ArrayBuffer>;
type Pieces = Iterable<Bytes> | AsyncIterable<Bytes>;
type File = readonly [path: string, pieces: Pieces];

async function* archived(files: Iterable<File>, at: number): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    if (bytes.length > 0) ready.push(bytes);
  });
  for (const [path, pieces] of files) {
    const entry = new Compressed(path);
    entry.mtime = at;
    zip.add(entry);
    const taken = entry.taking(pieces);
    try {
      const compressed = streamOf(taken).pipeThrough(new CompressionStream("deflate-raw")) as ReadableStream<Bytes>;
      for await (const bytes of compressed) {
        entry.ondata(null, bytes, false);
        yield* ready.splice(0);
      }
    } finally {
      // Of a reader who leaves, what is piped is not told.
      await taken.return(undefined);
    }
    entry.ondata(null, new Uint8Array(), true);
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}

/** Bytes that the platform compresses, which takes about 0.6 of the CPU of a library in JavaScript. */
class Compressed extends ZipPassThrough {
  override compression = DEFLATE;

  /** Passes pieces on; their length and checksum are what the archive has to know. */
  async *taking(pieces: Pieces): AsyncGenerator<Bytes> {
    for await (const piece of pieces) {
      this.push(piece);
      yield piece;
    }
    this.push(new Uint8Array(), true);
  }

  protected override process(): void {
    // What comes out of the compression is told to the archive, and not what goes in.
  }
}

/** As archives number methods. */
const DEFLATE = 8;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const sheetPath = (i: number) => `worksheets/sheet${i + 1}.xml`;

function* filesOf(sheets: readonly { name: string; pieces: Pieces }[]): Generator<File> {
  const file = (path: string, ...texts: readonly string[]): File => [path, inPieces(texts)];
  const part = (path: string, kind: string) =>
    `<Override PartName="/xl/${path}" ContentType="${CONTENT}.${kind}+xml"/>`;
  const relationship = (id: number, kind: string, target: string) =>
    `<Relationship Id="rId${id}" Type="${DOCUMENT}/${kind}" Target="${target}"/>`;
  const relationships = (path: string, ...all: readonly string[]) =>
    file(path, `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">`, ...all, "</Relationships>");
  yield file(
    "[Content_Types].xml",
    `${DECLARATION}<Types xmlns="${PACKAGE}/content-types">`,
    `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`,
    `<Default Extension="xml" ContentType="application/xml"/>`,
    part("workbook.xml", "sheet.main"),
    part("styles.xml", "styles"),
    ...sheets.map((_, i) => part(sheetPath(i), "worksheet")),
    "</Types>",
  );
  yield relationships("_rels/.rels", relationship(1, "officeDocument", "xl/workbook.xml"));
  yield file(
    "xl/workbook.xml",
    `${DECLARATION}<workbook xmlns="${SPREADSHEET}" xmlns:r="${DOCUMENT}"><bookViews><workbookView/></bookViews><sheets>`,
    ...sheetNames(sheets.map(({ name }) => name)).map(
      (name, i) => `<sheet name="${escaped(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`,
    ),
    "</sheets></workbook>",
  );
  yield relationships(
    "xl/_rels/workbook.xml.rels",
    ...sheets.map((_, i) => relationship(i + 1, "worksheet", sheetPath(i))),
    relationship(sheets.length + 1, "styles", "styles.xml"),
  );
  yield file("xl/styles.xml", STYLES);
  for (const [i, { pieces }] of sheets.entries()) yield [`xl/${sheetPath(i)}`, pieces];
}

/** Cell styles, as indexes into cellXfs. */
const LOOK = { usual: 0, text: 1, heading: 2 } as const;
type Look = (typeof LOOK)[keyof typeof LOOK];
const STYLES =
  `${DECLARATION}<styleSheet xmlns="${SPREADSHEET}">` +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">' +
  '<alignment vertical="top" wrapText="1"/></xf></cellXfs></styleSheet>';

function* sheetTexts({ rows }: Sheet): Generator<string> {
  yield `${DECLARATION}<worksheet xmlns="${SPREADSHEET}">`;
  const widths = widthsOf(rows());
  yield columns(widths);
  yield "<sheetData>";
  const writer = new RowWriter();
  for (const row of rows()) {
    yield writer.write(row);
    if (writer.isFull) break;
  }
  yield* endOfSheet(widths.length, writer.written);
}

async function* tablePieces({ heading, widths, parts }: Table): AsyncGenerator<Bytes> {
  const writer = new RowWriter();
  yield* inPieces([
    `${DECLARATION}<worksheet xmlns="${SPREADSHEET}"><sheetViews><sheetView workbookViewId="0">`,
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>',
    columns(widths),
    "<sheetData>",
    writer.write(heading, LOOK.heading),
  ]);
  for await (const rows of parts) {
    yield* inPieces(writer.writeAll(rows));
    if (writer.isFull) break;
  }
  yield* inPieces(endOfSheet(widths.length, writer.written));
}

/** Suppresses the "number stored as text" warning: these texts are intended. */
function* endOfSheet(columnCount: number, rowCount: number): Generator<string> {
  yield "</sheetData>";
  if (columnCount > 0 && rowCount > 0) {
    const range = `A1:${letters(columnCount - 1)}${rowCount}`;
    yield `<ignoredErrors><ignoredError sqref="${range}" numberStoredAsText="1"/></ignoredErrors>`;
  }
  yield "</worksheet>";
}

/** Numbers the rows, and replaces the last that a sheet can hold with a note that it is full. */
class RowWriter {
  written = 0;

  get isFull(): boolean {
    return this.written >= ROWS_MAX;
  }

  write(row: Row, look?: Look): string {
    this.written += 1;
    return rowOf(this.isFull ? FULL : row, this.written, look);
  }

  *writeAll(rows: Iterable<Row>): Generator<string> {
    for (const row of rows) {
      if (this.isFull) return;
      yield this.write(row);
    }
  }
}

/** A fixed width for the first column; the others fit their content. */
function widthsOf(rows: Iterable<Row>): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) widths[i] = Math.max(widths[i] ?? 0, String(row[i]).length);
  }
  return widths.map((width, i) => (i === 0 ? FIRST_COLUMN_WIDTH : Math.min(width + 2, COLUMN_WIDTH_MAX)));
}

function columns(widths: readonly number[]): string {
  if (widths.length === 0) return "";
  const column = (width: number, i: number) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`;
  return `<cols>${widths.map(column).join("")}</cols>`;
}

function rowOf(row: Row, number: number, look?: Look): string {
  let cells = "";
  for (let i = 0; i < row.length; i++) {
    const cell = row[i]!;
    if (cell === "" || (typeof cell === "number" && !Number.isFinite(cell))) continue;
    const at = `${letters(i)}${number}`;
    if (typeof cell === "number") cells += `<c r="${at}"><v>${cell}</v></c>`;
    else {
      const text = cellText(cell);
      const style = look ?? (text.length <= FORMATTED_LENGTH_MAX ? LOOK.text : LOOK.usual);
      cells += `<c r="${at}" s="${style}" t="inlineStr"><is><t${EDGED.test(text) ? KEPT : ""}>${escaped(text)}</t></is></c>`;
    }
  }
  return `<row r="${number}">${cells}</row>`;
}

/** Leading and trailing white space is dropped without `xml:space="preserve"`. */
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
      // Spreadsheet programs decode _x0041_ as an escaped character.
      .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
  );
}
