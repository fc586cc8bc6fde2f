import type { Draft } from "../../../platform/request/operation.ts";
import { getPatientMergeOperation } from "./get-patient-merge.ts";
import { listPatientMergesOperation } from "./list-patient-merges.ts";
import { mergePatientOperation } from "./merge-patient.ts";
import { undoPatientMergeOperation } from "./undo-patient-merge.ts";

export const operations: readonly Draft[] = [
  mergePatientOperation,
  getPatientMergeOperation,
  undoPatientMergeOperation,
  listPatientMergesOperation,
];
