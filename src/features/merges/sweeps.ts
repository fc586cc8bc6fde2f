import type { Sweep } from "../../platform/cron/sweeps.ts";
import { askingOf } from "../../platform/db/read.ts";
import { resumeMerges, stuckMerges } from "./coordinator/resume.ts";
import { sweepMergeRecords } from "./steps/store.ts";

export const sweeps: readonly Sweep[] = [
  {
    name: "resume merges",
    async run({ bindings, db, now }) {
      const { stuck } = await askingOf(db).read({ stuck: stuckMerges(now) });
      await resumeMerges(bindings, stuck);
    },
  },
  {
    name: "forget merges",
    async run({ db, now }) {
      await db.batch(sweepMergeRecords(now));
    },
  },
];
