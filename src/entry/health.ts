import type { OpenAPIHono } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import { version } from "../../package.json";
import { settingsOf } from "../platform/core/settings.ts";
import { Db } from "../platform/db/client.ts";
import type { AppEnv } from "../platform/request/operation.ts";

/** Liveness and readiness probes, without authentication. */
export function health(app: OpenAPIHono<AppEnv>): void {
  app.get("/health", (c) => c.json({ status: "ok", version }));
  app.get("/ready", async (c) => {
    try {
      settingsOf(c.env);
      // One table that requests read and one that writes use.
      await new Db(c.env.DB).batch([sql`SELECT 1 FROM clinics, outbox LIMIT 1`]);
      return c.json({ status: "ready" });
    } catch {
      return c.json({ code: 503, message: "not ready" }, 503, { "retry-after": "5" });
    }
  });
}
