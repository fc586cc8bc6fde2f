import { faultOf, log } from "../core/log.ts";
import type { Bindings } from "../core/settings.ts";
import { Db } from "../db/client.ts";

/** The input of a sweep. */
export interface SweepWork {
  readonly bindings: Bindings;
  readonly db: Db;
  /** The audit trail's database. */
  readonly trail: Db;
  readonly now: number;
}

/** A job the cron runs every minute, a bounded amount of work at a time. */
export interface Sweep {
  readonly name: string;
  readonly run: (work: SweepWork) => Promise<void>;
}

/**
 * Runs all sweeps independently: a failure is logged and does not stop the others. Each success is logged, too, as a sign
 * of life; on a developer's machine only one that has changed something.
 */
export async function runSweeps(
  sweeps: readonly Sweep[],
  bindings: Bindings,
  { cron, now }: { cron: string; now: number },
): Promise<void> {
  for (const { name, run } of sweeps) {
    const db = new Db(bindings.DB);
    const trail = new Db(bindings.AUDIT_DB);
    try {
      await run({ bindings, db, trail, now });
      const d1RowsWritten = db.usage.rowsWritten + trail.usage.rowsWritten;
      if (bindings.ENVIRONMENT === "local" && d1RowsWritten === 0) continue;
      log("info", "sweep", { cron, kind: name, d1Calls: db.usage.calls + trail.usage.calls, d1RowsWritten });
    } catch (error) {
      log("error", "sweep failed", { cron, kind: name, fault: faultOf(error) });
    }
  }
}
