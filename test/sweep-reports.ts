import { env } from "cloudflare:workers";
import { sweeps } from "../src/features/reports/sweeps.ts";
import { Db } from "../src/platform/db/client.ts";

/** Runs the sweeps of reports alone, at a time. */
export async function sweepReports(now = Date.now()): Promise<void> {
  for (const { run } of sweeps) await run({ bindings: env, db: new Db(env.DB), trail: new Db(env.AUDIT_DB), now });
}
