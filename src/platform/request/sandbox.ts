import type { MiddlewareHandler } from "hono";
import { settingsOf } from "../core/settings.ts";
import type { AppEnv } from "./operation.ts";

/** On a developer's own machine: pages that stand in for mailbox and sign-in, served by another Worker. */
export const sandbox: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { SANDBOX } = c.env;
  if (!SANDBOX || !settingsOf(c.env).isLocal) return next();
  const response = await SANDBOX.fetch(c.req.raw);
  // What came over a binding can't be given more headers.
  return new Response(response.body, response);
};
