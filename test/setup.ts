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
