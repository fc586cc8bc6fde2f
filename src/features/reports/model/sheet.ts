import { BOTTOM, type Element, LEFT, type PdfDocument, RIGHT, TOP } from "../../../platform/formats/pdf/document.ts";
import type { Clock } from "./clock.ts";
import type { ReportContent } from "./content.ts";
import { FACT_SIZES, INK, LABEL, LEADING, LINE, MUTED, TITLE } from "./look.ts";

/** What every page of a report has: the patient at its top; when it was made and its number at the bottom. */
export interface Sheet {
  readonly doc: PdfDocument;
  /** Adds a page and returns where its content begins. */
  readonly addPage: () => number;
  /** Whether something of this height has room below `y`. */
  readonly fits: (y: number, height: number) => boolean;
  readonly drawFooters: () => void;
}

export const REPORT_TITLE = "Glucose report";
const TITLE_WIDTH = 170;
const COLUMN_GAP = 18;
const FOOTER_HEIGHT = 22;
/** Sizes of a text and how many lines it may take in each, the last size apart: nothing is left out. */
const NAME_SIZES = [
  [17, 2],
  [13, 2],
  [10, 4],
  [8, 4],
] as const;
const CLINIC_SIZES = [
  [9, 3],
  [7.5, 3],
] as const;
/** Where content ends. */
const CONTENT_BOTTOM = BOTTOM - FOOTER_HEIGHT;

/** A text with a label is two texts, so that neither decides the other's direction. */
interface Field {
  readonly label: string;
  readonly size: number;
  readonly lines: readonly string[];
  readonly labelWidth: number;
}

export function sheetOf(doc: PdfDocument, content: ReportContent, clock: Clock): Sheet {
  const nameWidth = RIGHT - LEFT - TITLE_WIDTH - COLUMN_GAP;
  const name = doc.fitted(content.patient.fullName.trim() || "Name not recorded", nameWidth, NAME_SIZES);
  const clinic = doc.fitted(content.clinicName, TITLE_WIDTH, CLINIC_SIZES);
  const fields = [
    ["Date of birth", content.patient.birthDate],
    ["MRN", content.patient.mrn],
  ].flatMap(([label, value]) => (value?.trim() ? [fieldOf(doc, label!, value, nameWidth)] : []));

  const drawHeader = (parent: Element | undefined): number => {
    const part = (type: "H1" | "P", draw: () => void) => {
      if (parent) doc.element(type, parent, draw);
      else draw();
    };
    let right = TOP + 2;
    part("H1", () => doc.text(REPORT_TITLE, RIGHT, (right += TITLE.size), { ...TITLE, align: "right" }));
    right += 3;
    part("P", () => {
      for (const line of clinic.lines) {
        right += clinic.size * LEADING;
        doc.text(line, RIGHT, right, { size: clinic.size, color: MUTED, align: "right" });
      }
    });
    // Room for accents above capitals.
    let left = TOP + 2;
    part("P", () => {
      for (const [i, line] of name.lines.entries()) {
        left += name.size * (i === 0 ? 1 : LEADING);
        doc.text(line, LEFT, left, { size: name.size, color: INK, isStrong: true });
      }
    });
    left += 5;
    for (const field of fields) {
      part("P", () => {
        for (const [i, line] of field.lines.entries()) {
          left += field.size * (i === 0 ? LEADING + 0.15 : LEADING);
          if (i === 0) doc.text(field.label, LEFT, left, LABEL);
          doc.text(line, LEFT + field.labelWidth, left, { size: field.size, color: INK });
        }
      });
    }
    return Math.max(left, right) + 9;
  };

  let isFirst = true;
  const addPage = (): number => {
    doc.addPage();
    let y: number = TOP;
    const rule = () => doc.path([LEFT, y, RIGHT, y], INK, 1);
    if (isFirst) {
      y = drawHeader(doc.group("Sect"));
      doc.artifact(rule);
    } else {
      doc.artifact(() => {
        y = drawHeader(undefined);
        rule();
      });
    }
    isFirst = false;
    return y + 14;
  };
  const generated = `Generated ${clock.dateTime(content.generatedAt)}`;
  return {
    doc,
    addPage,
    fits: (y, height) => y + height <= CONTENT_BOTTOM,
    drawFooters: () =>
      doc.onEachPage((number, count) =>
        doc.artifact(() => {
          const baseline = BOTTOM - 3;
          doc.path([LEFT, BOTTOM - 15, RIGHT, BOTTOM - 15], LINE, 0.5);
          doc.text(`${REPORT_TITLE} · ${generated}`, LEFT, baseline, LABEL);
          doc.text(`Page ${number} of ${count}`, RIGHT, baseline, { ...LABEL, align: "right" });
        }),
      ),
  };
}

const LABEL_GAP = 5;

function fieldOf(doc: PdfDocument, label: string, value: string, width: number): Field {
  const labelWidth = doc.widthOf(label, LABEL.size) + LABEL_GAP;
  return { label, labelWidth, ...doc.fitted(value, width - labelWidth, FACT_SIZES) };
}
