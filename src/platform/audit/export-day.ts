import { log } from "../core/log.ts";
import type { SweepWork } from "../cron/sweeps.ts";
import type { Db } from "../db/client.ts";
import { askingOf } from "../db/read.ts";
import { type AuditDay, closeDay, dayToExport, daysBefore, firstUnclosed, recordPart } from "./days-store.ts";
import { dayEnd, dayOf, keyOf } from "./days.ts";
import { checkSeal, hashBefore } from "./seal.ts";
import { sealsAfter } from "./seals-store.ts";

/** A part ends with the seal that reaches this. */
const ENTRIES_OF_PART = 1000;
const SEALS_AT_ONCE = 50;
const PARTS_AT_ONCE = 10;

/**
 * Exports what was sealed on days that are over, one day after the other, in parts. A part is made of seals alone, so that
 * one that is written again after an interruption is the same.
 */
export async function exportDays({ bindings, trail, now }: SweepWork): Promise<void> {
  const { unclosed } = await askingOf(trail).read({ unclosed: firstUnclosed() });
  const day = unclosed && dayOf(unclosed.sealedAt);
  if (day !== undefined && day < dayOf(now)) await trail.batch([closeDay(day, dayEnd(day))]);
  for (let times = 0; times < PARTS_AT_ONCE; times++) {
    const { open } = await askingOf(trail).read({ open: dayToExport() });
    if (!open) return;
    await exportPart(bindings.AUDIT_EXPORTS, trail, open, now);
  }
}

/** Writes the next part of a day, then records that it is there. */
async function exportPart(exports: R2Bucket, trail: Db, open: AuditDay, now: number): Promise<void> {
  const { seals } = await askingOf(trail).read({ seals: sealsAfter(open.exportedTo, open.last, SEALS_AT_ONCE) });
  const lines: string[] = [];
  let [entries, broken, exportedTo, lastHash] = [0, 0, open.exportedTo, open.hash];
  for (const it of seals) {
    const isNext = lines.length > 0 && it.first - 1 === exportedTo;
    const checked = await checkSeal(trail, it, isNext ? lastHash : await hashBefore(trail, it.first));
    if (!checked.isIntact) {
      broken += 1;
      log("error", "audit seal broken", { hash: it.hash });
    }
    const { seq, first, previous, hash, sealedAt } = it;
    const seal = { seal: seq, first, entries: it.entries, previous, hash, sealedAt, isIntact: checked.isIntact };
    lines.push(...checked.lines, JSON.stringify(seal));
    [entries, exportedTo, lastHash] = [entries + it.entries, seq, hash];
    if (entries >= ENTRIES_OF_PART) break;
  }
  // Seals that somebody has removed end nothing: the day is exported as far as it is there.
  if (seals.length === 0) {
    [broken, exportedTo] = [1, open.last];
    log("error", "audit seal broken", { hash: open.hash });
  }
  const key = keyOf(open.day, open.parts + 1);
  const upTo = `${exportedTo}-${lastHash}`;
  // A bucket that is locked takes nothing twice. The hash tells it from an export of a database that was restored since.
  if ((await exports.head(key))?.customMetadata?.upTo !== upTo)
    await exports.put(key, lines.map((line) => `${line}\n`).join(""), { customMetadata: { upTo } });
  await trail.batch([recordPart(open, exportedTo, broken, now)]);
  // Outside of the database, for who has to tell whether all of it was written again.
  if (exportedTo === open.last) log("info", "audit exported", { hash: open.hash });
}

/** Days before one (`2026-11-28`), latest first. */
export const listDays = async (trail: Db, before: string, limit: number): Promise<AuditDay[]> =>
  (await askingOf(trail).read({ days: daysBefore(before, limit) })).days;

/**
 * A part of a day's export, 1 to `parts`, as lines of JSON: entries in order of arrival, each row of them followed by its
 * seal. Null where it is not there.
 */
export const readDay = (exports: R2Bucket, day: string, part: number): Promise<R2ObjectBody | null> =>
  exports.get(keyOf(day, part));
