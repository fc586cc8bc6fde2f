import { type Color, type Element, LEFT, type PdfDocument, type TextStyle } from "./document.ts";

export interface Column {
  readonly title: string;
  /** In points. */
  readonly width: number;
  /** Texts of a right-aligned column end this far from its right edge, where their notes begin: room for units. */
  readonly align: "left" | { readonly noteWidth: number };
}

/** A text, what stands behind it in a right-aligned column, and what stands on a line below it. */
export type Cell =
  | string
  | { readonly text: string; readonly note?: string | undefined; readonly below?: string | undefined }
  | undefined;

export interface TableStyle {
  readonly title: TextStyle;
  readonly heading: TextStyle;
  readonly text: TextStyle;
  readonly note: TextStyle;
  readonly rowHeight: number;
  readonly line: Color;
}

const CELL_PADDING = 4;
const LINE_WIDTH = 0.5;
/** Of the font size: from the top of a line's box to the baseline that centers its letters. */
const CENTERED = 0.36;
const LEADING = 1.25;

/**
 * Draws a table whose first row and first column are headings, and returns where it ends. A row that does not fit goes to
 * the next page, below the headings again; `nextPage` returns where its content begins. Texts that are too wide are broken
 * into lines.
 */
export function drawTable(
  doc: PdfDocument,
  it: {
    readonly y: number;
    readonly parent: Element;
    readonly columns: readonly Column[];
    readonly rows: readonly (readonly Cell[])[];
    readonly style: TableStyle;
    readonly fits: (y: number, height: number) => boolean;
    readonly nextPage: () => number;
  },
): number {
  const { columns, rows, style } = it;
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const table = doc.group("Table", it.parent);
  let lines: number[] = [];
  const drawLines = () => {
    doc.artifact(() => {
      for (const y of lines) doc.path([LEFT, y, LEFT + width, y], style.line, LINE_WIDTH);
    });
    lines = [];
  };
  const drawHeadings = (y: number): number => {
    const row = doc.group("TR", table);
    const bottom = y + style.rowHeight;
    let x = LEFT;
    for (const [i, column] of columns.entries()) {
      const at = endOf(column, x);
      doc.element(
        "TH",
        row,
        () =>
          doc.text(column.title, at, baselineOf(y, style.rowHeight, style.heading), {
            ...(i === 0 ? style.title : style.heading),
            align: column.align === "left" ? "left" : "right",
          }),
        { scope: "Column" },
      );
      x += column.width;
    }
    lines.push(bottom);
    return bottom;
  };

  let y = drawHeadings(it.fits(it.y, style.rowHeight * 2) ? it.y : it.nextPage());
  for (const cells of rows) {
    const texts = columns.map((column, i) => linesOfCell(doc, column, cells[i], style));
    const extents = texts.map(
      (lines, i) =>
        Math.max(0, lines.length - 1) * style.text.size * LEADING +
        (belowOf(cells[i]) === undefined ? 0 : style.note.size * LEADING),
    );
    const height = style.rowHeight + Math.max(...extents);
    if (!it.fits(y, height)) {
      drawLines();
      y = drawHeadings(it.nextPage());
    }
    const row = doc.group("TR", table);
    let x = LEFT;
    for (const [i, column] of columns.entries()) {
      const [left, cell] = [x, cells[i]];
      doc.element(
        i === 0 ? "TH" : "TD",
        row,
        () => {
          const first = baselineOf(y, style.rowHeight, style.text);
          const align = column.align === "left" ? "left" : "right";
          let last = first;
          for (const [n, line] of texts[i]!.entries()) {
            last = first + n * style.text.size * LEADING;
            doc.text(line, endOf(column, left), last, { ...style.text, align });
          }
          if (typeof cell !== "object") return;
          if (cell.note !== undefined) doc.text(cell.note, endOf(column, left) + CELL_PADDING, first, style.note);
          if (cell.below !== undefined) {
            doc.text(cell.below, endOf(column, left), last + style.note.size * LEADING, { ...style.note, align });
          }
        },
        i === 0 ? { scope: "Row" } : {},
      );
      x += column.width;
    }
    y += height;
    lines.push(y);
  }
  drawLines();
  return y;
}

/** The baseline of a line of text that is centered in a box from `top`. */
const baselineOf = (top: number, height: number, { size }: TextStyle): number => top + height / 2 + size * CENTERED;

/** Where the texts of a column begin, or end if it is right-aligned. */
const endOf = ({ align, width }: Column, left: number) => (align === "left" ? left : left + width - align.noteWidth);

const belowOf = (cell: Cell) => (typeof cell === "object" ? cell.below : undefined);

function linesOfCell(doc: PdfDocument, { align, width }: Column, cell: Cell, { text }: TableStyle): readonly string[] {
  if (cell === undefined) return [];
  const room = width - CELL_PADDING - (align === "left" ? 0 : align.noteWidth);
  return doc.linesOf(typeof cell === "object" ? cell.text : cell, text.size, room);
}
