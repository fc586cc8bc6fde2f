import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { forgetIdentities } from "../src/auth/authenticate.ts";
import { forgetWrittenAccounts } from "../src/request/identify.ts";

await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
forgetIdentities();
forgetWrittenAccounts();
