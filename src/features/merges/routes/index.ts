import type { Draft } from "../../../platform/request/operation.ts";
import { generateMergeReportOperation } from "./generate-merge-report.ts";
import { getMergeOperation } from "./get-merge.ts";
import { mergeClinicOperation } from "./merge-clinic.ts";
import { undoMergeOperation } from "./undo-merge.ts";

export const operations: readonly Draft[] = [
  generateMergeReportOperation,
  mergeClinicOperation,
  getMergeOperation,
  undoMergeOperation,
];
