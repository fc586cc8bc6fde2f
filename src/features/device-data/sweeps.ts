import { atMost } from "../../platform/core/at-most.ts";
import { faultOf, log } from "../../platform/core/log.ts";
import type { Sweep } from "../../platform/cron/sweeps.ts";
import { askingOf } from "../../platform/db/read.ts";
import { findMigratable, findOutdated } from "./outdated-read.ts";
import { dataOwnerOf } from "./owner/bindings.ts";

/** Longer than the pause an object makes after a fault at first. */
const OVERDUE_MS = 2 * 60_000;
const WOKEN_AT_ONCE = 50;
const WOKEN_TOGETHER = 6;

export const sweeps: readonly Sweep[] = [
  {
    name: "wake owners of device data",
    async run({ bindings, db, now }) {
      const before = now - OVERDUE_MS;
      const { cgm, bgm, con, migratable } = await askingOf(db).read({
        cgm: findOutdated("cgm", before, WOKEN_AT_ONCE),
        bgm: findOutdated("bgm", before, WOKEN_AT_ONCE),
        con: findOutdated("con", before, WOKEN_AT_ONCE),
        migratable: findMigratable(WOKEN_AT_ONCE),
      });
      const userIds = new Set([...[...cgm, ...bgm, ...con].map(({ userId }) => userId), ...migratable]);
      const inTurn = atMost(WOKEN_TOGETHER);
      const wake = (userId: string) =>
        inTurn(async () => {
          try {
            await dataOwnerOf(bindings, userId).wake();
          } catch (error) {
            log("error", "owner of device data not woken", { fault: faultOf(error) });
          }
        });
      await Promise.all([...userIds].map(wake));
    },
  },
];
