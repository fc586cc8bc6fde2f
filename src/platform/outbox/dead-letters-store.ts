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
