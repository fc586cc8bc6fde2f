import { outboxKind } from "../../../platform/outbox/kinds.ts";

/** Moves the patients of a legacy account; long work, in a queue of its own so that mails do not wait behind it. */
export const RUN_MIGRATION = outboxKind("run_migration", "MIGRATIONS_QUEUE");
