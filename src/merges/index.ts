import type { Operation } from "../request/operation.ts";
import { generateMergeReportOperation } from "./routes/generate-merge-report.ts";
import { getMergeOperation } from "./routes/get-merge.ts";
import { mergeClinicOperation } from "./routes/merge-clinic.ts";
import { undoMergeOperation } from "./routes/undo-merge.ts";

export const operations: readonly Operation[] = [
  generateMergeReportOperation,
  mergeClinicOperation,
  getMergeOperation,
  undoMergeOperation,
];
