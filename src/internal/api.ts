import { WorkerEntrypoint } from "cloudflare:workers";
import { z } from "@hono/zod-openapi";
import { createApp } from "../app.ts";
import type { Service } from "../auth/caller.ts";
import { forbidden, invalid, Refusal, unauthorized } from "../core/errors.ts";
import { USER_ID } from "../core/ids.ts";
import type { Bindings } from "../core/settings.ts";
import { Db } from "../db/client.ts";
import { BOUND_CALLER } from "../request/identify.ts";
import { putUserRow } from "../users/store.ts";

/** What the deployed configuration of a bound service says of it. */
export interface InternalProps {
  readonly caller: string;
  /** Operation ids and RPC method names the service may use; "*" for all. */
  readonly scopes: readonly string[];
}

const UserInput = z.object({
  id: z.string().regex(USER_ID),
  email: z.email().toLowerCase().nullish(),
  emailVerified: z.boolean().default(false),
  name: z.string().min(1).nullish(),
  profile: z
    .object({
      fullName: z.string().optional(),
      patient: z
        .object({
          fullName: z.string().optional(),
          birthday: z.string().optional(),
          mrn: z.string().optional(),
          targetDevices: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .default({}),
  roles: z.array(z.string()).default([]),
  isCustodial: z.boolean().default(false),
});

const app = createApp();

/**
 * The entrypoint for services bound to this Worker. Not reachable from the internet: who may call, and what, is in the
 * props of the caller's deployed configuration.
 */
export class InternalApi extends WorkerEntrypoint<Bindings, InternalProps> {
  /** Serves any operation to the bound service as a service caller, within its scopes. */
  override async fetch(request: Request): Promise<Response> {
    let caller: Service;
    try {
      caller = this.#caller();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return Response.json({ code: error.status, message: error.message }, { status: error.status });
    }
    return app.fetch(request, { ...this.env, [BOUND_CALLER]: caller }, this.ctx);
  }

  /**
   * Writes a user of the deployment's own directory, whole. Refuses an address another user has (409); the refusal's
   * text names the field.
   */
  async putUser(input: z.input<typeof UserInput>): Promise<void> {
    this.#require("putUser");
    const result = UserInput.safeParse(input);
    if (!result.success) {
      const issue = result.error.issues[0];
      throw invalid(`user.${issue?.path.join(".")}: ${issue?.message}`);
    }
    const { email, name, ...rest } = result.data;
    await new Db(this.env.DB).batch(putUserRow({ ...rest, email: email ?? null, name: name ?? null }, Date.now()));
  }

  #caller(): Service {
    const { caller, scopes } = this.ctx.props ?? {};
    if (typeof caller !== "string" || caller === "" || !Array.isArray(scopes)) throw unauthorized("no caller in props");
    return { kind: "service", id: caller, scopes: scopes.includes("*") ? undefined : new Set(scopes) };
  }

  #require(scope: string): void {
    const { scopes } = this.#caller();
    if (scopes !== undefined && !scopes.has(scope)) throw forbidden();
  }
}
