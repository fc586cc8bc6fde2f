import { env } from "cloudflare:workers";

/**
 * How many cases a property is tried with: a part of them in every run of the suite, all of them with
 * `npm run test:properties`, which CI runs besides.
 */
export const cases = (all: number, part: number): number =>
  (env as { TEST_ALL_CASES?: string }).TEST_ALL_CASES === "true" ? all : part;
