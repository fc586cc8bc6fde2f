import { z } from "@hono/zod-openapi";
import { type AuditMessage, insertAuditMessages } from "./audit-store.ts";
import type { Db } from "../db/client.ts";

const Message = z.object({
  v: z.literal(1),
  at: z.int(),
  requestId: z.string(),
  actorKind: z.string(),
  actorId: z.string(),
  operation: z.string(),
  clinicId: z.string().nullable(),
  patientIds: z.array(z.string()),
  outcome: z.enum(["changed", "read", "refused"]),
});

/** Parses a queue message as an audit entry; undefined when it is not one. */
export const parseAuditMessage = (body: unknown): AuditMessage | undefined => Message.safeParse(body).data;

/** Writes audit entries; the caller acknowledges them when this returns, and retries when it throws. */
export async function recordAudit(db: Db, messages: readonly AuditMessage[]): Promise<void> {
  for (const statement of insertAuditMessages(messages)) await db.batch([statement]);
}
