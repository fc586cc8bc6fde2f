import type { Sweep } from "../cron/sweeps.ts";
import { dropDays } from "./drop-days.ts";
import { exportDays } from "./export-day.ts";
import { indexPatients } from "./index-patients.ts";
import { moveChanges } from "./move-changes.ts";
import { seal } from "./seal.ts";

/** What the cron does for the trail: each can be killed anywhere and goes on at its next run. */
export const sweeps: readonly Sweep[] = [
  { name: "move changes", run: moveChanges },
  { name: "index patients", run: indexPatients },
  { name: "seal", run: seal },
  { name: "export days", run: exportDays },
  { name: "drop days", run: dropDays },
];
