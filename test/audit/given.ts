import { insertAccesses } from "../../src/platform/audit/accesses-store.ts";
import type { QueuedAccess } from "../../src/platform/audit/audit-store.ts";
import { trail } from "./trail.ts";

/** Entries for the tests of operations that read the trail. */

export const AT = Date.UTC(2026, 2, 1, 12);
export const ACTOR = "aaaaaaaaaa";

/** Writes entries, of requests r1, r2 and so on: by one person who reads, where nothing else is said. */
export async function given(entries: readonly Partial<QueuedAccess>[]): Promise<void> {
  const whole = entries.map((it, i) => ({
    v: 1 as const,
    id: (i + 1).toString(16).padStart(24, "0"),
    at: AT + i,
    requestId: `r${i + 1}`,
    actorKind: "person",
    actorId: ACTOR,
    operation: "GetPatient",
    clinicId: null,
    outcome: "read" as const,
    patientIds: [],
    ...it,
  }));
  await trail().batch(insertAccesses(whole));
}
