import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Rule } from "../auth/access.ts";
import type { Bindings } from "../core/settings.ts";
import type { Pace } from "../limits/pace.ts";
import { type Authentication, sessionToken } from "./authentication.ts";
import type { Tenancy } from "../auth/tenants.ts";
import type { RefusalPage } from "./page.ts";
import type { RefusalForm } from "./refusal-form.ts";
import type { TakenFrom } from "./limited.ts";
import { withCommonRefusals } from "./refusals.ts";
import type { RequestContext } from "./request-context.ts";

export interface AppEnv {
  Bindings: Bindings;
  /** `trace`: what the caller calls the request in its own traces. `taken`: what it has used of which limit. */
  Variables: { ctx: RequestContext; requestId: string; trace: string; taken?: TakenFrom };
}

/** An operation as its slice describes it. */
export interface Draft {
  readonly route: RouteConfig & Described & { operationId: string };
  /** How the caller is authenticated. */
  readonly authentication: Authentication;
  /** Has no natural key to recognise a blind repeat by: the same call within 30 seconds gets the first response. */
  readonly repeatsBlindly: (body: unknown) => boolean;
  /** Fields of the body that are never stored, not even hashed. */
  readonly secretFields: readonly string[];
  /** Shows refusals as pages; undefined: they are JSON. */
  readonly refusalPage: RefusalPage | undefined;
  /** Writes refusals in a form of its own; undefined: `code` and `message`. */
  readonly refusalForm: RefusalForm | undefined;
  /** Whose roles grant access; undefined: those of the application's tenants. One with its own commits nothing. */
  readonly tenancy: Tenancy | undefined;
  /** Older paths at which the same is answered. */
  readonly alsoAt: readonly string[];
  /** The slice keeps the answers of requests with an Idempotency-Key beside its data, not in the database. */
  readonly keepsAnswers: boolean;
  /** What of an isolate begins one after the other; undefined: it begins at once. */
  readonly pace: Pace | undefined;
  /** Query and body come to the handler as they are, the body as text; undefined: they are validated against the route. */
  readonly ownInput: OwnInput | undefined;
  /** Reads what is asked for and whom it names, where the path has no parameters for that; undefined: it has. */
  readonly asks: ((c: Context<AppEnv>) => Promise<Asked>) | undefined;
  readonly handler: RouteHandler<RouteConfig, AppEnv>;
}

/** Input that the slice checks itself, where its refusals say more than the first thing wrong. */
export interface OwnInput {
  readonly bodyBytesMax: number;
}

/** What a request asks for, as its slice reads it before access is decided; the handler gets it as the JSON body. */
export interface Asked {
  /** What access is decided by, in the place of path parameters. */
  readonly names: Readonly<Record<string, string>>;
  /** What is wrong with the request; told to those alone who are let in. */
  readonly refusal?: unknown;
}

/** A published operation: with its access rule and all its error responses. */
export interface Operation extends Draft {
  readonly access: Rule;
  /** Missing permission is 401 instead of 403, and every error body repeats its message as `reason`. */
  readonly refusesWithReason: boolean;
}

/** What the published description says of an operation; one that says nothing does not compile. */
interface Described {
  readonly summary: string;
  readonly description: string;
}

/** Type-checks a handler against its own route, then erases the exact type so that all operations fit one list. */
export function operation<R extends RouteConfig & Described>(op: {
  route: R;
  handler: RouteHandler<R, AppEnv>;
  authentication?: Authentication;
  repeatsBlindly?: (body: unknown) => boolean;
  secretFields?: readonly string[];
  refusalPage?: RefusalPage;
  refusalForm?: RefusalForm;
  tenancy?: Tenancy;
  alsoAt?: readonly string[];
  keepsAnswers?: boolean;
  pace?: Pace;
  ownInput?: OwnInput;
  asks?: (c: Context<AppEnv>) => Promise<Asked>;
}): Draft {
  return {
    route: op.route as unknown as Draft["route"],
    authentication: op.authentication ?? sessionToken,
    repeatsBlindly: op.repeatsBlindly ?? (() => false),
    secretFields: op.secretFields ?? [],
    refusalPage: op.refusalPage,
    refusalForm: op.refusalForm,
    tenancy: op.tenancy,
    alsoAt: op.alsoAt ?? [],
    keepsAnswers: op.keepsAnswers ?? false,
    pace: op.pace,
    ownInput: op.ownInput,
    asks: op.asks,
    handler: op.handler as unknown as Draft["handler"],
  };
}

/**
 * Adds to each operation its access rule and the common error responses. Throws at startup when an operation has no row
 * in the access table.
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
    const responses = withCommonRefusals(draft, refusesWithReason);
    return { ...draft, access: rule, refusesWithReason, route: { ...draft.route, responses } };
  });
