import type { Sweep } from "../../platform/cron/sweeps.ts";
import { sweepTokens } from "./tokens-store.ts";

export const sweeps: readonly Sweep[] = [
  {
    name: "forget tokens",
    async run({ db, now }) {
      await db.batch([sweepTokens(now)]);
    },
  },
];
