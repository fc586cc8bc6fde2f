import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../src/entry/app.ts";

/** Serves requests in the tests' environment with some of it replaced, until everything they started is done. */
export const servedIn = (replaced: Record<string, unknown>) => async (request: Request) => {
  const ctx = createExecutionContext();
  const response = await app.fetch(request, { ...env, ...replaced }, ctx);
  await waitOnExecutionContext(ctx);
  return response;
};
