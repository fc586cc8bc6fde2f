import { env } from "cloudflare:workers";
import { sweeps as ofTrail } from "../../src/platform/audit/sweeps.ts";
import { Db } from "../../src/platform/db/client.ts";
import { putAuditBack } from "../../src/platform/outbox/put-audit-back.ts";

const sweeps = [{ name: "put audit messages back", run: putAuditBack }, ...ofTrail];

/** What the tests of the audit trail share: its sweeps, entries written past the service, and failures. */

/** Runs the sweeps of the trail, or those with these names, as the cron does: one that fails does not stop the others. */
export async function sweepAudit(
  names: readonly string[] = sweeps.map(({ name }) => name),
  { now = Date.now(), bindings = env }: { now?: number; bindings?: typeof env } = {},
): Promise<unknown[]> {
  const failed: unknown[] = [];
  for (const { name, run } of sweeps) {
    if (!names.includes(name)) continue;
    const work = { bindings, db: new Db(bindings.DB), trail: new Db(bindings.AUDIT_DB), now };
    await run(work).catch((error: unknown) => failed.push(error));
  }
  return failed;
}

export const trail = () => new Db(env.AUDIT_DB);

/** What a statement finds in the trail's database. */
export async function trailRows<R = Record<string, unknown>>(query: string, ...parameters: unknown[]): Promise<R[]> {
  const { results } = await env.AUDIT_DB.prepare(query)
    .bind(...parameters)
    .all<R>();
  return results;
}

/** The queue of the trail keeps messages for a second (wrangler.toml). */
const QUEUED_MS = 1500;

/** How a test waits for entries that the queue tells: much longer than it keeps them. */
export const ONCE_TOLD = { timeout: 10_000, interval: 50 } as const;

/** Before the tests of a file that looks at all entries: what the file before has read may not be told yet. */
export const untilOthersAreTold = (): Promise<void> => scheduler.wait(QUEUED_MS);

/** Empties the trail, as before the first entry. */
export async function emptyTrail(): Promise<void> {
  const tables = ["accesses", "patient_postings", "seals", "audit_days"];
  await env.AUDIT_DB.batch([
    ...tables.map((table) => env.AUDIT_DB.prepare(`DELETE FROM ${table}`)),
    env.AUDIT_DB.prepare("UPDATE progress SET upto = 0"),
  ]);
  const { objects } = await env.AUDIT_EXPORTS.list();
  await env.AUDIT_EXPORTS.delete(objects.map(({ key }) => key));
}

/** A way for a database to fail: before a batch, so that nothing of it happens, or after it, so that nobody learns of it. */
export interface Loss {
  readonly batch: number;
  readonly when: "before" | "after";
}

/** A database that is lost at a batch and from then on. */
export function losing(database: D1Database, { batch: at, when }: Loss): D1Database & { batches: number } {
  const lost = () => new Error("D1_ERROR: Network connection lost.");
  const failing = {
    batches: 0,
    withSession(constraint: string) {
      const session = database.withSession(constraint);
      return {
        prepare: (text: string) => session.prepare(text),
        getBookmark: () => session.getBookmark(),
        async batch(statements: D1PreparedStatement[]) {
          const number = ++failing.batches;
          if (number > at || (number === at && when === "before")) throw lost();
          const results = await session.batch(statements);
          if (number === at) throw lost();
          return results;
        },
      };
    },
  };
  return failing as unknown as D1Database & { batches: number };
}

/** A database in which something else happens before a batch. */
export function meanwhile(database: D1Database, at: number, happens: () => Promise<unknown>): D1Database {
  let batches = 0;
  return {
    withSession(constraint: string) {
      const session = database.withSession(constraint);
      return {
        prepare: (text: string) => session.prepare(text),
        getBookmark: () => session.getBookmark(),
        async batch(statements: D1PreparedStatement[]) {
          if (++batches === at) await happens();
          return session.batch(statements);
        },
      };
    },
  } as unknown as D1Database;
}
