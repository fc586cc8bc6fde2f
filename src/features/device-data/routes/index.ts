import type { Draft } from "../../../platform/request/operation.ts";
import { addDataOperation } from "./add-data.ts";
import { deleteDataSetOperation } from "./delete-data-set.ts";
import { deleteUserDataOperation } from "./delete-user-data.ts";
import { getDataSetOperation } from "./get-data-set.ts";
import { getSummaryOperation } from "./get-summary.ts";
import { getTimeOperation } from "./get-time.ts";
import { listDataSetsOperation } from "./list-data-sets.ts";
import { listDataSetsInEnvelopeOperation } from "./list-data-sets-in-envelope.ts";
import { listMigratableSummariesOperation } from "./list-migratable-summaries.ts";
import { listOutdatedSummariesOperation } from "./list-outdated-summaries.ts";
import { openDataSetOperation } from "./open-data-set.ts";
import { queryDataOperation } from "./query-data.ts";
import { recomputeSummaryOperation } from "./recompute-summary.ts";
import { removeDataOperation } from "./remove-data.ts";
import { updateDataSetOperation } from "./update-data-set.ts";

export const operations: readonly Draft[] = [
  openDataSetOperation,
  listDataSetsOperation,
  listDataSetsInEnvelopeOperation,
  getDataSetOperation,
  updateDataSetOperation,
  deleteDataSetOperation,
  addDataOperation,
  removeDataOperation,
  queryDataOperation,
  deleteUserDataOperation,
  getTimeOperation,
  getSummaryOperation,
  recomputeSummaryOperation,
  listOutdatedSummariesOperation,
  listMigratableSummariesOperation,
];
