import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { exportJWK, generateKeyPair } from "jose";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

export default defineConfig(async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: "ES256", kid: "test" }] };
  return {
    plugins: [
      cloudflareTest({
        main: "./src/entry/worker.ts",
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            ENVIRONMENT: "test",
            // Mails stay in the outbox, where tests look at them; those of the mails themselves bring a mailer.
            MAIL_FROM: "",
            AUTH_JWKS: JSON.stringify(jwks),
            TEST_ALL_CASES: process.env.TEST_ALL_CASES ?? "",
            TEST_SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)),
            TEST_MIGRATIONS: await readD1Migrations(path.join(root, "migrations")),
          },
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
      }),
    ],
    test: {
      include: ["src/**/*.test.ts", "test/**/*.test.ts"],
      setupFiles: ["./test/setup.ts"],
      isolate: false,
      maxWorkers: 2,
      testTimeout: 30_000,
    },
  };
});
