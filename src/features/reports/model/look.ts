import type { Color, TextStyle } from "../../../platform/formats/pdf/document.ts";
import type { TableStyle } from "../../../platform/formats/pdf/table.ts";

/** Contrast on white is at least 7:1 for text and 4.5:1 for labels. */
export const INK: Color = [24, 33, 43];
export const MUTED: Color = [88, 98, 110];
export const LINE: Color = [206, 212, 219];
export const BAND: Color = [241, 244, 247];

export const TITLE: TextStyle = { size: 12, color: INK, isStrong: true };
export const HEADING: TextStyle = { size: 14, color: INK, isStrong: true };
export const BODY: TextStyle = { size: 9.5, color: INK };
export const LABEL: TextStyle = { size: 8.5, color: MUTED };
/** Of a text that should be on one line. */
export const FACT_SIZES = [
  [9.5, 1],
  [8.5, 1],
  [7.5, 1],
  [6.5, 1],
] as const;
/** Between the baselines of two lines, in parts of the font size. */
export const LEADING = 1.3;

export const TABLE: TableStyle = {
  title: { size: 10, color: INK, isStrong: true },
  heading: { size: 8.5, color: MUTED, isStrong: true },
  text: BODY,
  note: LABEL,
  rowHeight: 16.5,
  line: LINE,
};
