import { type AuditMessage, insertAuditMessages } from "../audit/audit.ts";
import type { Db } from "../db/client.ts";

/** Writes a batch of audit entries as one statement; the caller acknowledges when this returns. */
export async function recordAudit(db: Db, messages: readonly AuditMessage[]): Promise<void> {
  if (messages.length > 0) await db.batch([insertAuditMessages(messages)]);
}
