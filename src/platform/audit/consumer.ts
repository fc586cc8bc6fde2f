import { sha256 } from "../core/ids.ts";
import type { Db } from "../db/client.ts";
import { insertAccesses } from "./accesses-store.ts";
import type { QueuedAccess } from "./audit-store.ts";

const OUTCOMES = new Set<unknown>(["changed", "read", "refused"]);
const TEXTS = ["requestId", "actorKind", "actorId", "operation"] as const;
const ID_DIGITS = 24;
const ID = /^[0-9a-f]{24}$/;
const isText = (value: unknown): value is string => typeof value === "string";

// Checked by hand: it is done for every access, and a schema takes several times as long.
function isAccess(body: unknown): body is Omit<QueuedAccess, "id"> & { readonly id?: string } {
  if (body === null || typeof body !== "object") return false;
  const it = body as Record<string, unknown>;
  return (
    it.v === 1 &&
    Number.isSafeInteger(it.at) &&
    TEXTS.every((name) => isText(it[name])) &&
    (it.clinicId === null || isText(it.clinicId)) &&
    OUTCOMES.has(it.outcome) &&
    Array.isArray(it.patientIds) &&
    it.patientIds.every(isText) &&
    (it.id === undefined || (isText(it.id) && ID.test(it.id)))
  );
}

/**
 * A queue message as an entry of the trail; undefined when it is none. A message of a release before entries had ids gets
 * one of what it says, the same at each delivery.
 */
export async function readAccess(body: unknown): Promise<QueuedAccess | undefined> {
  if (!isAccess(body)) return undefined;
  return { ...body, id: body.id ?? (await sha256(JSON.stringify(body))).slice(0, ID_DIGITS) };
}

/**
 * Writes entries to the trail, each once, in one round trip. The caller acknowledges them when this returns, and retries
 * when it throws.
 */
export async function recordAccesses(trail: Db, accesses: readonly QueuedAccess[]): Promise<void> {
  await trail.batch(insertAccesses(accesses));
}
