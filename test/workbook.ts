import { read, type WorkBook } from "@e965/xlsx";

/** A workbook as a reader of another make sees it. */
export interface ReadWorkbook {
  readonly names: readonly string[];
  /** The rows of a sheet, from the first; a cell that is not there is "". Trailing ones are left out. */
  rows(name: string): (string | number)[][];
  /** The widths of a sheet's columns. */
  widths(name: string): (number | undefined)[];
  /** All that is there besides texts and numbers: formulas, dates, errors, links, comments. */
  readonly extras: readonly string[];
}

export function readWorkbook(bytes: Uint8Array): ReadWorkbook {
  const book: WorkBook = read(bytes, { type: "array", dense: true, cellFormula: true, cellStyles: true });
  const cellsOf = (name: string) => (book.Sheets[name]!["!data"] ?? []) as any[][];
  return {
    names: book.SheetNames,
    rows: (name) =>
      Array.from(cellsOf(name), (row) => {
        const cells = Array.from(row ?? [], (cell): string | number => cell?.v ?? "");
        while (cells.at(-1) === "") cells.pop();
        return cells;
      }),
    widths: (name) => (book.Sheets[name]!["!cols"] ?? []).map((column) => column?.width),
    extras: book.SheetNames.flatMap((name) =>
      cellsOf(name).flatMap((row) =>
        (row ?? []).flatMap((cell) =>
          cell && (cell.f !== undefined || cell.l || cell.c || !["s", "n", "z"].includes(cell.t))
            ? [`${name}: ${JSON.stringify(cell)}`]
            : [],
        ),
      ),
    ),
  };
}
