import type { MiddlewareHandler } from "hono";
import { settingsOf } from "../core/settings.ts";
import type { AppEnv } from "./operation.ts";

/** Local development only: forwards to another Worker whose pages emulate a mailbox and sign-in. */
export const sandbox: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { SANDBOX } = c.env;
  if (!SANDBOX || !settingsOf(c.env).isLocal) return next();
  const response = await SANDBOX.fetch(c.req.raw);
  // The headers of a response from a binding are immutable: copy it.
  return new Response(response.body, response);
};
