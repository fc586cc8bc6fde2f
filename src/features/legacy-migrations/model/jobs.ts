import { type OutboxKind, outboxKind } from "../../../platform/outbox/kinds.ts";

/** Moves the patients of a legacy account; long work, in a queue of its own so that mails do not wait behind it. */
export const RUN_MIGRATION = outboxKind("run_migration", "MIGRATIONS_QUEUE");

/**
 * Names the one effect of a migration in the outbox. An account whose clinic was deleted may be migrated again, which is
 * another effect: the time of the migration tells them apart.
 */
export const effectOfMigration = (
  { kind }: OutboxKind,
  { userId, createdAt }: { readonly userId: string; readonly createdAt: number },
): string => `${kind}:${userId}:${createdAt}`;
