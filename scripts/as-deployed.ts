/**
 * Arguments of wrangler with which the Worker is built to be deployed. They replace what only describes or generates
 * descriptions, what no statement of ours is made with, and routers that are not ours.
 */
export const AS_DEPLOYED = [
  "@asteasolutions/zod-to-openapi:./build/zod-to-openapi.js",
  // As zod's own modules name them.
  "../core/json-schema-processors.js:./build/zod-json-schema.js",
  "../core/to-json-schema.js:./build/zod-json-schema.js",
  // As those of drizzle do.
  "../pg-core/columns/enum.js:./build/drizzle-parts.js",
  "../relations.js:./build/drizzle-parts.js",
  "./blob.js:./build/drizzle-parts.js",
  "./custom.js:./build/drizzle-parts.js",
  "../foreign-keys.js:./build/drizzle-parts.js",
  "../unique-constraint.js:./build/drizzle-parts.js",
  "./numeric.js:./build/drizzle-parts.js",
  // As those of Hono do.
  "./router/reg-exp-router/router.js:./build/hono-parts.js",
  "./router/smart-router/router.js:./build/hono-parts.js",
  // As its neighbours do.
  "./model/data-schema.ts:./build/data-schema.js",
  "../model/data-schema.ts:./build/data-schema.js",
].flatMap((alias) => ["--alias", alias]);
