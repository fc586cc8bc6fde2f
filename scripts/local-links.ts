import { createHash, randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { LINK_LIFETIME_MS, viewerLink, viewerScope } from "../src/features/ehr/viewer/link.ts";

/** A patient of the local database, by the ids that a link has. */
export interface Named {
  readonly clinicId: string;
  readonly userId: string;
}

/** Makes a link to the reports of a patient past the server, with the order that it needs. It works for an hour, or did. */
export function makeLink(
  database: DatabaseSync,
  baseUrl: string,
  { clinicId, userId }: Named,
  lifetimeMs = LINK_LIFETIME_MS,
): string {
  const now = Date.now();
  const token = randomBytes(24).toString("base64url");
  const hash = createHash("sha256").update(token).digest("hex");
  const order = { id: `order-of-${userId}`, dataModel: "order", eventType: "new", at: now };
  const subscription = { active: true, provider: "xealth", matchedMessages: [order], createdAt: now, updatedAt: now };
  database
    .prepare(
      `UPDATE patients SET ehr_subscriptions = json_set(coalesce(ehr_subscriptions, '{}'), '$.xealthReports', json(?3))
       WHERE clinic_id = ?1 AND user_id = ?2`,
    )
    .run(clinicId, userId, JSON.stringify(subscription));
  database
    .prepare("INSERT INTO restricted_tokens (hash, user_id, path, created_at, expires_at) VALUES (?, ?, ?, ?, ?)")
    .run(hash, userId, viewerScope(clinicId, userId), now, now + lifetimeMs);
  return viewerLink(baseUrl, clinicId, userId, token);
}
