import { env } from "cloudflare:workers";

/** Whether all cases are to be tried (`npm run test:properties`, `races`, `faults`, `fuzz`) or the part of every run of the suite. */
export const triesAll = Boolean((env as { TEST_ALL_CASES?: string }).TEST_ALL_CASES);
