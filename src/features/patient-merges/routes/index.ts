import type { Draft } from "../../../platform/request/operation.ts";
import { getPatientMergeOperation } from "./get-patient-merge.ts";
import { listDuplicatePatientsOperation } from "./list-duplicate-patients.ts";
import { listPatientMergesOperation } from "./list-patient-merges.ts";
import { markPatientsDistinctOperation } from "./mark-patients-distinct.ts";
import { mergePatientOperation } from "./merge-patient.ts";
import { undoPatientMergeOperation } from "./undo-patient-merge.ts";
import { unmarkPatientsDistinctOperation } from "./unmark-patients-distinct.ts";

export const operations: readonly Draft[] = [
  mergePatientOperation,
  getPatientMergeOperation,
  undoPatientMergeOperation,
  listPatientMergesOperation,
  listDuplicatePatientsOperation,
  markPatientsDistinctOperation,
  unmarkPatientsDistinctOperation,
];
