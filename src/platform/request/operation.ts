import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Rule } from "../auth/access.ts";
import { ACCESS, type OperationId } from "../../features/access/access-table.ts";
import type { Bindings } from "../core/settings.ts";
import type { RequestContext } from "./request-context.ts";
import { withCommonRefusals } from "./refusals.ts";

export interface AppEnv {
  Bindings: Bindings;
  Variables: { ctx: RequestContext; requestId: string };
}

export interface Operation {
  readonly route: RouteConfig & { operationId: OperationId };
  readonly access: Rule;
  /** No natural key tells a blind repeat from a new request: the same call within 30 seconds gets the first answer. */
  readonly repeatsBlindly: (body: unknown) => boolean;
  /** Fields of the body that leave no trace, not even a hash of them. */
  readonly secretFields: readonly string[];
  readonly handler: RouteHandler<RouteConfig, AppEnv>;
}

/**
 * Checks a handler against its own route, gives it its row of the access table, and forgets the exact type so that all
 * operations can share a list. An operation without a row stops the program from starting.
 */
export function operation<R extends RouteConfig>(op: {
  route: R;
  handler: RouteHandler<R, AppEnv>;
  repeatsBlindly?: (body: unknown) => boolean;
  secretFields?: readonly string[];
}): Operation {
  const access = (ACCESS as Record<string, Rule>)[op.route.operationId ?? ""];
  if (!access) throw new Error(`${op.route.operationId} has no row in the access table`);
  return {
    route: { ...op.route, responses: withCommonRefusals(op.route) } as unknown as Operation["route"],
    access,
    repeatsBlindly: op.repeatsBlindly ?? (() => false),
    secretFields: op.secretFields ?? [],
    handler: op.handler as unknown as Operation["handler"],
  };
}
