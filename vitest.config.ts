import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { cloudflareTest, type D1Migration, readD1Migrations } from "@cloudflare/vitest-plugin";
import { exportJWK, generateKeyPair } from "jose";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

/** What depends on where accounts are kept runs twice: with accounts in our own table, and with an account service. */
const WITH_ACCOUNT_SERVICE = [
  "test/mail/{outbox,requests,jobs}.test.ts",
  "src/**/{custody,update-patient,delete-patient}.test.ts",
  "src/**/lifecycle.test.ts",
  "src/**/xealth-preorder.test.ts",
  "test/ehr/xealth-orders.test.ts",
  "src/**/{get-patient-invites,accept-patient-invitation,delete-patient-invitation}.test.ts",
  "src/features/merges/**/{outbox,merge-clinic}.test.ts",
  "test/patient-merges/accounts.test.ts",
  "src/**/{run-migration,trigger-initial-migration,enable-new-clinic-experience}.test.ts",
];
for (const pattern of WITH_ACCOUNT_SERVICE) {
  if (globSync(pattern, { cwd: root }).length === 0) throw new Error(`no test is named ${pattern}`);
}

/** Redox's schemas by the name of their file, as JSON; empty where they are not at hand: they are not ours to publish. */
function redoxSchemas(): string {
  const folder = path.join(root, "../shared/redox");
  const files = globSync("*.json", { cwd: folder });
  if (files.length === 0) return "";
  return JSON.stringify(
    Object.fromEntries(
      files.map((file) => [file.replace(".json", ""), JSON.parse(readFileSync(path.join(folder, file), "utf8"))]),
    ),
  );
}

/** The migrations of a folder as a single one: every file of tests begins with them, and each would be a batch of its own. */
async function migrationsOf(folder: string): Promise<D1Migration[]> {
  const migrations = await readD1Migrations(path.join(root, folder));
  return [{ name: "all", queries: migrations.flatMap(({ queries }) => queries) }];
}

export default defineConfig(async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: "ES256", kid: "test" }] };
  const bindings = {
    ENVIRONMENT: "test",
    // Mails stay in the outbox, where tests look at them; those of the mails themselves bring a mailer.
    MAIL_FROM: "",
    AUTH_JWKS: JSON.stringify(jwks),
    TEST_ALL_CASES: process.env.TEST_ALL_CASES ?? "",
    TEST_FUZZ_SEED:
      process.env.TEST_FUZZ_SEED ?? (process.env.TEST_ALL_CASES ? String(Date.now() % 2 ** 31) : "20260301"),
    TEST_REDOX_SCHEMAS: redoxSchemas(),
    TEST_SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)),
    TEST_MIGRATIONS: await migrationsOf("migrations"),
    TEST_AUDIT_MIGRATIONS: await migrationsOf("migrations/audit"),
  };
  const workers = (variables: Record<string, string>) =>
    cloudflareTest({
      main: "./src/entry/worker.ts",
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: { ...bindings, ...variables },
        serviceBindings: {
          SANDBOX: () => {
            throw new Error("unexpected call to the sandbox");
          },
        },
        // Nothing may reach the network: a call nobody expected is an error the test sees.
        outboundService: (request: Request) => {
          throw new Error(`unexpected outgoing call to ${new URL(request.url).host}`);
        },
      },
    });
  const everyFile = { setupFiles: ["./test/setup.ts"], isolate: false, testTimeout: 30_000 };
  return {
    test: {
      maxWorkers: 2,
      projects: [
        {
          plugins: [workers({})],
          test: { ...everyFile, name: "own accounts", include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
        },
        {
          // The stand-in of test/accounts.ts answers.
          plugins: [workers({ ACCOUNT_SERVICE_URL: "https://accounts.test", ACCOUNT_SERVICE_TOKEN: "server-token" })],
          test: { ...everyFile, name: "account service", include: WITH_ACCOUNT_SERVICE },
        },
        // A program of Node, not of the Worker: it is run as a process, against a server that stands in for the service.
        { test: { name: "command line", include: ["cli/**/*.test.ts"], testTimeout: 30_000 } },
      ],
    },
  };
});
