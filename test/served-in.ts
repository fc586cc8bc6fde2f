import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../src/entry/app.ts";

const app = createApp();

/** Serves requests in the tests' environment with some of it replaced, until everything they started is done. */
export const servedIn = (replaced: Record<string, unknown>) => async (request: Request) => {
  const ctx = createExecutionContext();
  const response = await app.fetch(request, { ...env, ...replaced }, ctx);
  await waitOnExecutionContext(ctx);
  return response;
};
