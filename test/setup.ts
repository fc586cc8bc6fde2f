import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll } from "vitest";
import { forgetIdentities } from "../src/auth/authenticate.ts";
import { forgetWrittenAccounts } from "../src/request/identify.ts";
import { expectClinicsBound, watchStatements } from "./tenancy/watch.ts";

await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
forgetIdentities();
forgetWrittenAccounts();

watchStatements();
// In every file, so that the whole suite is judged whatever the order of its files.
afterAll(expectClinicsBound);

/** Longer than it takes to begin with what a queue has delivered. */
const BREATH_MS = 50;
// A file that has only computed has kept a queue's event waiting, which would then find the Worker just when the file
// ends, and the run would wait for it for ever.
afterAll(() => scheduler.wait(BREATH_MS));
