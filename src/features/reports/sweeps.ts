import type { Sweep } from "../../platform/cron/sweeps.ts";
import { deleteReports } from "./model/objects.ts";
import { expireReports, findReportsToClear, forgetReports } from "./model/reports-store.ts";

/** Our choice: EHRs have their own copy, and a new one can be made at any time. */
const KEPT_MS = 365 * 86_400_000;
/** Longer than making one can take. */
const MAKING_MS = 600_000;
/** The most that one call of the object store deletes. */
const CLEARED_AT_ONCE = 1000;

export const sweeps: readonly Sweep[] = [
  {
    // The object goes before its row: what is interrupted in between is done again.
    name: "clear reports",
    async run({ bindings, db, now }) {
      const found = findReportsToClear(now - MAKING_MS, CLEARED_AT_ONCE);
      const [, rows = []] = await db.batch([expireReports(now - KEPT_MS, CLEARED_AT_ONCE), ...found.statements]);
      const ids = (await found.take([rows])).map(({ id }) => id);
      if (ids.length === 0) return;
      await deleteReports(bindings.REPORTS, ids);
      await db.batch([forgetReports(ids)]);
    },
  },
];
