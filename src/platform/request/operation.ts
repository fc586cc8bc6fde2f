import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Rule } from "../auth/access.ts";
import type { Bindings } from "../core/settings.ts";
import { type Authentication, sessionToken } from "./authentication.ts";
import { withCommonRefusals } from "./refusals.ts";
import type { RequestContext } from "./request-context.ts";

export interface AppEnv {
  Bindings: Bindings;
  Variables: { ctx: RequestContext; requestId: string };
}

/** An operation as its slice describes it. */
export interface Draft {
  readonly route: RouteConfig & { operationId: string };
  /** How its caller proves who they are. */
  readonly authentication: Authentication;
  /** No natural key tells a blind repeat from a new request: the same call within 30 seconds gets the first answer. */
  readonly repeatsBlindly: (body: unknown) => boolean;
  /** Fields of the body that leave no trace, not even a hash of them. */
  readonly secretFields: readonly string[];
  readonly handler: RouteHandler<RouteConfig, AppEnv>;
}

/** An operation as it is published: with who may call it, and all its refusals. */
export interface Operation extends Draft {
  readonly access: Rule;
  /** "Not allowed" is 401 here, and every error gives its message as a `reason`, too. */
  readonly refusesWithReason: boolean;
}

/** Checks a handler against its own route, and forgets the exact type so that all operations can share a list. */
export function operation<R extends RouteConfig>(op: {
  route: R;
  handler: RouteHandler<R, AppEnv>;
  authentication?: Authentication;
  repeatsBlindly?: (body: unknown) => boolean;
  secretFields?: readonly string[];
}): Draft {
  return {
    route: op.route as unknown as Draft["route"],
    authentication: op.authentication ?? sessionToken,
    repeatsBlindly: op.repeatsBlindly ?? (() => false),
    secretFields: op.secretFields ?? [],
    handler: op.handler as unknown as Draft["handler"],
  };
}

/**
 * Gives each operation its row of the access table and the refusals that come with being an operation. One without a
 * row stops the program from starting.
 */
export const published = (
  drafts: readonly Draft[],
  access: Readonly<Record<string, Rule>>,
  refusingWithReason: ReadonlySet<string>,
): readonly Operation[] =>
  drafts.map((draft) => {
    const { operationId } = draft.route;
    const rule = access[operationId];
    if (!rule) throw new Error(`${operationId} has no row in the access table`);
    const refusesWithReason = refusingWithReason.has(operationId);
    const responses = withCommonRefusals(draft.route, refusesWithReason);
    return { ...draft, access: rule, refusesWithReason, route: { ...draft.route, responses } };
  });
