import type { SweepWork } from "../cron/sweeps.ts";
import { sha256 } from "../core/ids.ts";
import type { Db } from "../db/client.ts";
import { askingOf } from "../db/read.ts";
import { type Access, accessesAfter } from "./accesses-store.ts";
import { dayOf } from "./days.ts";
import { hashAt, insertSeal, readSealState, type Seal } from "./seals-store.ts";

const SEALED_TOGETHER_MAX = 1000;
/** Below this few entries wait for others, but not for long: what is not sealed can be changed unseen. */
const SEALED_TOGETHER_MIN = 200;
const WAIT_MS = 600_000;
const TIMES_MAX = 10;
/** Entries that are ahead of the cron by more come from a clock that is wrong. */
const AHEAD_MAX_MS = 3_600_000;

/** An entry as it is sealed and exported: a line of JSON with its members in this order. */
const lineOf = (it: Access): string =>
  JSON.stringify({
    seq: it.seq,
    id: it.id,
    at: it.at,
    requestId: it.requestId,
    actorKind: it.actorKind,
    actorId: it.actorId,
    operation: it.operation,
    clinicId: it.clinicId,
    outcome: it.outcome,
    patientIds: it.patientIds,
  });

/** The hash over the hash before and the lines, each with a line feed at its end. */
export const hashOf = (previous: string, lines: readonly string[]): Promise<string> =>
  sha256([previous, ...lines, ""].join("\n"));

/** Seals what has arrived, in its order, each seal on the one before: all entries, each once. */
export async function seal({ trail, now }: Pick<SweepWork, "trail" | "now">): Promise<void> {
  for (let times = 0; times < TIMES_MAX; times++) {
    const { state } = await askingOf(trail).read({ state: readSealState() });
    if (state?.oldest == null || (state.unsealed < SEALED_TOGETHER_MIN && state.oldest > now - WAIT_MS)) return;
    const { accesses } = await askingOf(trail).read({ accesses: accessesAfter(state.seq, SEALED_TOGETHER_MAX) });
    // The cron may run late, and its time is when it was due: no entry, and no seal, is of a day before its own.
    const newest = accesses.reduce((latest, { at }) => Math.max(latest, at), now);
    const sealedAt = Math.max(state.sealedAt, Math.min(newest, now + AHEAD_MAX_MS));
    const made: Seal = {
      seq: accesses.at(-1)!.seq,
      first: state.seq + 1,
      entries: accesses.length,
      previous: state.hash,
      hash: await hashOf(state.hash, accesses.map(lineOf)),
      sealedAt,
    };
    await trail.batch(insertSeal(made, dayOf(sealedAt)));
  }
}

/** The entries of a seal as lines, and whether it fits them and the hash it has to build on. */
export async function checkSeal(
  trail: Db,
  it: Seal,
  previous: string | undefined,
): Promise<{ readonly lines: string[]; readonly isIntact: boolean }> {
  const { accesses } = await askingOf(trail).read({
    accesses: accessesAfter(it.first - 1, SEALED_TOGETHER_MAX + 1, it.seq),
  });
  const lines = accesses.map(lineOf);
  const isExpected = lines.length === it.entries && previous === it.previous;
  return { lines, isIntact: isExpected && (await hashOf(it.previous, lines)) === it.hash };
}

/** The hash that entries after one have to build on; empty at the beginning of the trail. */
export async function hashBefore(trail: Db, first: number): Promise<string | undefined> {
  if (first === 1) return "";
  return (await askingOf(trail).read({ before: hashAt(first - 1) })).before?.hash;
}
