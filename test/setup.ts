import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, expect } from "vitest";
import { forgetIdentities } from "../src/platform/auth/authenticate.ts";
import { forgetWrittenAccounts } from "../src/platform/request/after-answer.ts";
import { forgetAttempts } from "../src/platform/request/limited.ts";
import { serveAccounts, unreadAnswers } from "./accounts.ts";
import { loadOnce } from "./load-once.ts";
import { keepLogs } from "./logged.ts";
import { expectClinicsBound, watchStatements } from "./tenancy/watch.ts";

/** Resets until nothing of the file before is left: at times one call leaves the whole database as it was. */
async function emptyStorage(): Promise<void> {
  // What goes on after the last answer of the file before it would break off, which the runtime writes about at length.
  await scheduler.wait(50);
  for (let attempt = 0; attempt < 5; attempt++) {
    await reset();
    const left = await Promise.all(
      [env.DB, env.AUDIT_DB].map((it) => it.prepare("SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").all()),
    );
    if (left.every(({ results }) => results.length === 0)) return;
  }
  throw new Error("the database of the file before is still there");
}

await emptyStorage();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
await applyD1Migrations(env.AUDIT_DB, env.TEST_AUDIT_MIGRATIONS);
forgetIdentities();
forgetWrittenAccounts();
// A file whose clock is ahead would leave what is owed until then.
forgetAttempts();
await loadOnce(new URL("../src/entry/worker.ts", import.meta.url).pathname);

serveAccounts();
keepLogs();
watchStatements();
// In every file, so that the whole suite is judged whatever the order of its files.
afterAll(expectClinicsBound);
afterAll(() => expect(unreadAnswers(), "answers of the account service that nobody read").toEqual([]));
