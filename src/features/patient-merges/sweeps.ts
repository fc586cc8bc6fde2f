import type { Sweep } from "../../platform/cron/sweeps.ts";
import { ERASED_AFTER_MS } from "./plan.ts";
import { sweepPatientMerges } from "./store.ts";

export const sweeps: readonly Sweep[] = [
  {
    name: "forget merges of patients",
    async run({ db, now }) {
      await db.batch([sweepPatientMerges(now - ERASED_AFTER_MS)]);
    },
  },
];
