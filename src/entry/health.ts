import type { OpenAPIHono } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import { version } from "../../package.json";
import { Refusal } from "../platform/core/errors.ts";
import { Db } from "../platform/db/client.ts";
import { spendOfAddress } from "../platform/request/limited.ts";
import type { AppEnv } from "../platform/request/operation.ts";

/** Liveness and readiness probes, without authentication. */
export function health(app: OpenAPIHono<AppEnv>): void {
  app.get("/health", (c) => c.json({ status: "ok", version }));
  app.get("/ready", async (c) => {
    try {
      // It asks the database for anybody.
      spendOfAddress(c);
      // One table that requests read and one that writes use.
      await new Db(c.env.DB).batch([sql`SELECT 1 FROM clinics, outbox LIMIT 1`]);
      return c.json({ status: "ready" });
    } catch (error) {
      if (error instanceof Refusal && error.kind === "tooManyRequests") throw error;
      return c.json({ code: 503, message: "not ready" }, 503, { "retry-after": "5" });
    }
  });
}
