import { WorkerEntrypoint } from "cloudflare:workers";
import { z } from "@hono/zod-openapi";
import { findOpenClaim, type OpenClaim } from "../features/accounts/claims-store.ts";
import { holderOfToken } from "../features/accounts/tokens-store.ts";
import { clinicsAsTenants } from "../features/access/clinics-as-tenants.ts";
import { listDeadLetters } from "../features/background/list-dead-letters.ts";
import { listFailedEntries } from "../features/background/list-failed-entries.ts";
import { requeueEntry } from "../features/background/requeue-entry.ts";
import { FAILED_CURSOR } from "../features/background/rules.ts";
import { app } from "./app.ts";
import { service } from "../platform/auth/access.ts";
import type { Service } from "../platform/auth/caller.ts";
import { forbidden, invalid, Refusal, unauthorized } from "../platform/core/errors.ts";
import { CODE_LENGTH_MAX, code, Email, identifier, list, name, text } from "../platform/core/bounded-text.ts";
import { BirthDate, UserId } from "../platform/core/wire.ts";
import { ownWords } from "../platform/core/own-words.ts";
import { type Bindings, settingsOf } from "../platform/core/settings.ts";
import { Db } from "../platform/db/client.ts";
import { mapped, type Read, together } from "../platform/db/read.ts";
import { putShare } from "../features/legacy-migrations/model/store.ts";
import { listJobsOfUser, type ListedJob } from "../features/ehr/sync/listed-jobs-store.ts";
import { findProvenance, type Provenance } from "../features/merges/steps/store.ts";
import { findPatientProvenance, type PatientProvenance } from "../features/patient-merges/store.ts";
import { publishEntries } from "../platform/outbox/publish.ts";
import type { ShownEntry } from "../platform/outbox/store.ts";
import { permissionBits } from "../features/patients/model/record.ts";
import type { DeadLetter } from "../platform/outbox/dead-letters-store.ts";
import { BOUND_CALLER } from "../platform/request/identify.ts";
import { spendOfService } from "../platform/request/limited.ts";
import { RequestContext } from "../platform/request/request-context.ts";
import { directoryOf } from "../platform/accounts/directory-of.ts";
import { TARGET_DEVICES_MAX } from "../platform/accounts/directory.ts";
import { addressKey } from "../platform/text/comparison-key.ts";
import { putUserRow } from "../platform/accounts/own-directory-store.ts";

/** The props in the deployed configuration of a bound service. */
export interface InternalProps {
  readonly caller: string;
  /** Operation ids and RPC method names the service may use; "*" for all. */
  readonly scopes: readonly string[];
}

const ROLES_MAX = 50;
/** Four permissions exist; repeated ones are accepted. */
const PERMISSIONS_MAX = 10;

const UserInput = z.object({
  id: UserId,
  email: Email.transform(addressKey).nullish(),
  emailVerified: z.boolean().default(false),
  name: name().nullish(),
  profile: z
    .object({
      fullName: name().or(z.literal("")).optional(),
      patient: z
        .object({
          fullName: name().or(z.literal("")).optional(),
          birthday: BirthDate.or(z.literal("")).optional(),
          mrn: identifier().or(z.literal("")).optional(),
          targetDevices: list(text({ min: 0, max: CODE_LENGTH_MAX }), TARGET_DEVICES_MAX).optional(),
        })
        .optional(),
    })
    .default({}),
  roles: list(code(), ROLES_MAX).default([]),
  isCustodial: z.boolean().default(false),
});

const ShareInput = z.object({
  fromUserId: UserId,
  toUserId: UserId,
  permissions: list(z.enum(["custodian", "view", "upload", "note"]), PERMISSIONS_MAX).min(1),
});

const limit = z.int().min(1).max(1000).default(100);
const after = text({ min: 0, max: CODE_LENGTH_MAX })
  .refine((it) => it === "" || FAILED_CURSOR.test(it), { error: "the cursor of an entry is expected" })
  .default("");
const FailedPage = z.object({ limit, after });
const DeadLetterPage = z.object({ limit, after: z.int().default(0) });

/** Validates the input of an RPC call; throws a refusal that names the field. */
function valid<S extends z.ZodType>(schema: S, input: unknown, ...root: string[]): z.output<S> {
  const result = schema.safeParse(input, { error: ownWords });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(`${[...root, ...(issue?.path ?? [])].join(".") || "input"}: ${issue?.message}`);
}

/**
 * The RPC entrypoint for services bound to this Worker. Not reachable from the internet; the caller and its scopes are
 * in the props of the caller's deployed configuration.
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
   * Creates or replaces a user of the deployment's own directory. Refuses an address another user has (409); a
   * validation error names the field.
   */
  async putUser(input: z.input<typeof UserInput>): Promise<void> {
    this.#require("putUser");
    const { email, name, ...rest } = valid(UserInput, input, "user");
    await new Db(this.env.DB).batch(putUserRow({ ...rest, email: email ?? null, name: name ?? null }, Date.now()));
  }

  /**
   * Failed mails and jobs in the order in which they failed, without recipients: at most `limit` of those after the one with
   * the `cursor` `after`.
   */
  async listFailedEntries(input: z.input<typeof FailedPage> = {}): Promise<ShownEntry[]> {
    const ctx = this.#enter("listFailedEntries");
    const { limit, after } = valid(FailedPage, input);
    return listFailedEntries(ctx, after || undefined, limit);
  }

  /** Records that an account shares its data with a legacy clinic account, whose migration makes it a patient. */
  async putAccountShare(input: z.input<typeof ShareInput>): Promise<void> {
    this.#require("putAccountShare");
    const { fromUserId, toUserId, permissions } = valid(ShareInput, input);
    await new Db(this.env.DB).batch([putShare(fromUserId, toUserId, permissionBits(permissions))]);
  }

  /** Requeues a failed mail or job and sends it to its queue, as RequeueEntry does. */
  async requeueEntry(input: { id: string }): Promise<void> {
    const ctx = this.#enter("requeueEntry");
    const { id } = valid(z.object({ id: code() }), input);
    await requeueEntry(ctx, id);
    await publishEntries(this.env, ctx.outboxEntries);
  }

  /**
   * The open account claim with the key in a mail, for the service that lets the owner claim the custodial account (and
   * then removes the clinic's `custodian` permission). Undefined once it was used or replaced, or has expired.
   */
  async findAccountClaim(input: { key: string }): Promise<OpenClaim | undefined> {
    this.#require("findAccountClaim");
    const { key } = valid(z.object({ key: code() }), input);
    return this.#ask(findOpenClaim(key, Date.now()));
  }

  /** The person whose mail token is valid for this path; undefined for another path, or if expired or replaced. */
  async findTokenHolder(input: { token: string; path: string }): Promise<string | undefined> {
    this.#require("findTokenHolder");
    const { token, path } = valid(z.object({ token: code(), path: text({ min: 0, max: CODE_LENGTH_MAX }) }), input);
    return this.#ask(await holderOfToken(token, path, Date.now()));
  }

  /**
   * What the EHRs of a person got and when, or the reason why not, newest first: at most `limit` jobs, without any
   * numbers.
   */
  async listEhrJobs(input: { userId: string; limit?: number }): Promise<ListedJob[]> {
    this.#require("listEhrJobs");
    const { userId, limit: most } = valid(z.object({ userId: UserId, limit }), input);
    return this.#ask(listJobsOfUser(userId, most));
  }

  /**
   * The merges of clinics that moved a person's records, and those of two patients that one of them was part of, newest
   * first, including undone ones.
   */
  async findProvenance(input: { userId: string }): Promise<(Provenance | PatientProvenance)[]> {
    this.#require("findProvenance");
    const { userId } = valid(z.object({ userId: UserId }), input);
    const read = together({ clinics: findProvenance(userId), patients: findPatientProvenance(userId) });
    return this.#ask(mapped(read, (it) => [...it.clinics, ...it.patients].toSorted((a, b) => b.mergedAt - a.mergedAt)));
  }

  /** Queue messages that could not be processed, oldest first: at most `limit` of those after the id `after`. */
  async listDeadLetters(input: z.input<typeof DeadLetterPage> = {}): Promise<DeadLetter[]> {
    const ctx = this.#enter("listDeadLetters");
    const { limit, after } = valid(DeadLetterPage, input);
    return listDeadLetters(ctx, after, limit);
  }

  async #ask<T>(read: Read<T>): Promise<T> {
    return read.take(await new Db(this.env.DB).batch(read.statements));
  }

  #caller(): Service {
    const { caller, scopes } = this.ctx.props ?? {};
    if (typeof caller !== "string" || caller === "" || !Array.isArray(scopes)) throw unauthorized("no caller in props");
    return { kind: "service", id: caller, scopes: scopes.includes("*") ? undefined : new Set(scopes) };
  }

  /** The context in which a method calls a verb of operations; refuses a service that does not have it in its scopes. */
  #enter(method: string): RequestContext {
    const settings = settingsOf(this.env);
    const caller = this.#caller();
    spendOfService(this.env, caller.id);
    const ctx = new RequestContext({
      caller,
      now: Date.now(),
      requestId: crypto.randomUUID(),
      settings,
      users: directoryOf(settings),
      db: new Db(this.env.DB),
      tenants: clinicsAsTenants,
    });
    ctx.enter({
      operationId: method,
      rule: [service],
      refusesWithReason: false,
      successStatus: () => 200,
      param: () => undefined,
    });
    return ctx;
  }

  #require(scope: string): void {
    const { id, scopes } = this.#caller();
    spendOfService(this.env, id);
    if (scopes !== undefined && !scopes.has(scope)) throw forbidden();
  }
}
