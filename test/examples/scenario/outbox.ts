import { rows } from "../../harness.ts";
import { onStage } from "../clock.ts";
import type { Stage } from "./stage.ts";

const ENTRY_ID = "65f0c1d2e3a4b5c6d7e8f9a4";

/** A mail that was given up, and is tried again. */
export async function playOutbox({ service, harbor }: Stage): Promise<void> {
  const [made, failed] = ["2026-03-02T09:00:00.000Z", "2026-03-02T09:31:00.000Z"].map((it) => Date.parse(onStage(it)));
  await rows(
    `INSERT INTO outbox (id, batch, unique_key, kind, clinic_id, recipient_email, variables, state, attempts, next_attempt_at,
       created_at, finished_at, reason)
     VALUES (?1, ?1, ?1, 'clinic_created', ?2, 'ana@harbor.example', '{}', 'failed', 5, 0, ?3, ?4, 'provider_error') RETURNING id`,
    ENTRY_ID,
    harbor.clinicId,
    made,
    failed,
  );
  await rows(
    `INSERT INTO dead_letters (id, queue, message_id, body, at)
     VALUES (17, 'notifications', 'c0ffee0000000000000000000000beef', json_object('v', 1, 'id', ?), ?) RETURNING id`,
    ENTRY_ID,
    failed,
  );
  const path = { entryId: ENTRY_ID };
  await service("ListFailedEntries", { query: { limit: 10 } });
  await service("GetOutboxEntry", { path });
  await service("RequeueEntry", { path });
  await service("ListDeadLetters", { query: { limit: 10 } });
}
