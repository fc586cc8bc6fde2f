import { type SQL, sql } from "drizzle-orm";
import { type Read, rowsOf } from "../db/read.ts";
import { deadLetters } from "../db/tables.ts";

/** Stores a message that can't be processed, once. Like every queue message, its body holds ids only. */
export const insertDeadLetter = (queue: string, message: Pick<Message, "id" | "body" | "timestamp">): SQL =>
  sql`INSERT OR IGNORE INTO ${deadLetters} (queue, message_id, body, at)
      VALUES (${queue}, ${message.id}, ${JSON.stringify(message.body)}, ${message.timestamp.getTime()})`;

export interface DeadLetter {
  readonly id: number;
  readonly queue: string;
  readonly messageId: string;
  readonly body: string;
  readonly at: number;
}

export const findDeadLetters = (after: number, limit: number): Read<DeadLetter[]> =>
  rowsOf<DeadLetter>(
    sql`SELECT id, queue, message_id AS "messageId", body, at FROM ${deadLetters}
        WHERE ${deadLetters.id} > ${after} ORDER BY ${deadLetters.id} LIMIT ${limit}`,
  );

/** The oldest messages that the audit consumer gave up. */
export const deadAuditMessages = (limit: number): Read<DeadLetter[]> =>
  rowsOf<DeadLetter>(
    sql`SELECT id, queue, message_id AS "messageId", body, at FROM ${deadLetters} WHERE queue = 'audit-dead' ORDER BY id LIMIT ${limit}`,
  );

/** Ends the wait of these: those that are recorded are removed, the others kept as messages nobody can read. */
export const settleDeadAudit = (recorded: readonly number[], unreadable: readonly number[]): readonly SQL[] => [
  sql`DELETE FROM ${deadLetters} WHERE id IN (SELECT value FROM json_each(${JSON.stringify(recorded)}))`,
  sql`UPDATE ${deadLetters} SET queue = 'audit' WHERE id IN (SELECT value FROM json_each(${JSON.stringify(unreadable)}))`,
];
