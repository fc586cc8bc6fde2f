import type { Context } from "hono";
import { directoryOf } from "../accounts/directory-of.ts";
import type { Caller } from "../auth/caller.ts";
import type { Tenants } from "../auth/tenants.ts";
import { settingsOf } from "../core/settings.ts";
import { Db } from "../db/client.ts";
import type { Authentication } from "./authentication.ts";
import { authenticated, networkOfRequest, spendOfCaller } from "./limited.ts";
import type { AppEnv } from "./operation.ts";
import { RequestContext } from "./request-context.ts";

/** Set in the environment by the service-binding entrypoint; a symbol can't come from outside. */
export const BOUND_CALLER = Symbol("bound caller");

const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/**
 * Gates 1 and 2: authenticates the caller in the way the operation at this method and path requires. A service bound to
 * this Worker is authenticated already. Who calls too often is refused before anything else is read of the request.
 */
export const identify =
  (tenants: Tenants, authenticationFor: (method: string, path: string) => Authentication) =>
  async (c: Context<AppEnv>): Promise<void> => {
    const settings = settingsOf(c.env);
    const now = Date.now();
    const bound = (c.env as unknown as { [BOUND_CALLER]?: Caller })[BOUND_CALLER];
    const authentication = authenticationFor(c.req.method, c.req.path);
    const caller = bound ?? (await authenticated(c, authentication, now));
    const bookmark = c.req.header("x-d1-bookmark");
    const ctx = new RequestContext({
      caller,
      now,
      network: networkOfRequest(c),
      requestId: c.get("requestId"),
      settings,
      users: directoryOf(settings),
      db: new Db(c.env.DB, bookmark !== undefined && BOOKMARK.test(bookmark) ? bookmark : undefined),
      tenants,
    });
    c.set("ctx", ctx);
    const { limitedBy } = authentication;
    if (bound || limitedBy !== "address") spendOfCaller(c, caller, !bound && limitedBy === "webhook");
  };
