import type { Draft } from "../../../platform/request/operation.ts";
import { getOutboxEntryOperation } from "./get-outbox-entry.ts";
import { listDeadLettersOperation } from "./list-dead-letters.ts";
import { listFailedEntriesOperation } from "./list-failed-entries.ts";
import { requeueEntryOperation } from "./requeue-entry.ts";

export const operations: readonly Draft[] = [
  listFailedEntriesOperation,
  getOutboxEntryOperation,
  requeueEntryOperation,
  listDeadLettersOperation,
];
