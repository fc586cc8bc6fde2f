import { type QueuedAccess, auditChange } from "../audit/audit-store.ts";
import { openingRoles, type Rule, verdictOf } from "../auth/access.ts";
import type { Caller } from "../auth/caller.ts";
import type { Tenancy, Tenants, Whose } from "../auth/tenants.ts";
import type { Change, Ctx } from "../context/context.ts";
import { conflict, forbidden, notAuthorized, Refusal } from "../core/errors.ts";
import { newObjectId, OBJECT_ID } from "../core/ids.ts";
import type { Settings } from "../core/settings.ts";
import { StaleRead } from "../core/stale.ts";
import { type Db, UniqueViolation } from "../db/client.ts";
import type { Step } from "../db/guard.ts";
import { type Read, type ReadResults, together } from "../db/read.ts";
import { entriesOfBatch } from "../outbox/store.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import {
  AlreadyAnswered,
  findReplay,
  guardReplay,
  insertReplay,
  type ReplayKey,
  type ReplayRow,
  type Standing,
  replayed,
} from "./replays-store.ts";

/** A queue's message holds 128 KB; a thousand ids are a third of that. */
const AUDITED_PER_MESSAGE_MAX = 1000;

/** The caller lacks permission; rendered as 403, or as 401 on invitation operations. */
export class NotAllowed extends Refusal {
  static override readonly name: string = "NotAllowed";
}

/** What access checks and responses need to know about the requested operation. */
export interface Entered {
  readonly operationId: string;
  readonly rule: Rule;
  readonly refusesWithReason: boolean;
  /** Whose roles grant access, where not those of the application's tenants. */
  readonly tenancy?: Tenancy | undefined;
  /** The slice keeps the answers of requests beside its data, not in the database. */
  readonly keepsAnswers?: boolean;
  readonly successStatus: (hasBody: boolean) => number;
  readonly param: (name: string) => string | undefined;
}

/** The context of one request: caller, time, access, and the only way to the database. */
export class RequestContext implements Ctx {
  readonly caller: Caller;
  readonly now: number;
  readonly network: string | undefined;
  readonly requestId: string;
  readonly settings: Settings;
  readonly users: UserDirectory;
  readonly db: Db;
  readonly #tenants: Tenants;
  #tenancy: Tenancy;
  /** Audit entries that have not been sent yet. */
  readonly auditMessages: QueuedAccess[] = [];
  /** Called for each entry recorded after the response has started: by a body that is streamed. */
  onLateAudit: (() => void) | undefined;
  /** Outbox entries of this request, to be sent to their queues after the response. */
  readonly outboxEntries: { id: string; kind: string }[] = [];
  replayKey: ReplayKey | undefined;
  #entered: Entered | undefined;
  #isAuthorized = false;
  #roles: readonly string[] = [];
  #whose: Whose | undefined;
  /** Whether access depends on a clinician record, which every write checks again. */
  #isByMembership = false;
  #isReplayChecked = false;
  #outboxBatch: string | undefined;
  #standing: Standing | undefined;

  constructor(request: {
    caller: Caller;
    now: number;
    network?: string | undefined;
    requestId: string;
    settings: Settings;
    users: UserDirectory;
    db: Db;
    tenants: Tenants;
  }) {
    this.caller = request.caller;
    this.now = request.now;
    this.network = request.network;
    this.requestId = request.requestId;
    this.settings = request.settings;
    this.users = request.users;
    this.db = request.db;
    this.#tenants = request.tenants;
    this.#tenancy = request.tenants;
  }

  get operationId(): string {
    return this.#operation.operationId;
  }

  get outboxBatch(): string {
    this.#outboxBatch ??= crypto.randomUUID();
    return this.#outboxBatch;
  }

  get roles(): readonly string[] {
    return this.#roles;
  }

  /** Whose record the request is about, where its path does not say so. */
  get whose(): Whose | undefined {
    return this.#whose;
  }

  get isAuthorized(): boolean {
    return this.#isAuthorized;
  }

  get #operation(): Entered {
    if (!this.#entered) throw new Error("no operation entered");
    return this.#entered;
  }

  answerStandsWhile(standing: Standing): void {
    this.#standing = standing;
  }

  newId(): string {
    return newObjectId(this.now);
  }

  /** Checks access by caller and path alone; throws when that already refuses the caller. */
  enter(operation: Entered): void {
    this.#entered = operation;
    this.#tenancy = operation.tenancy ?? this.#tenants;
    this.#isReplayChecked = operation.keepsAnswers ?? false;
    const verdict = verdictOf(operation.rule, operation.operationId, this.caller, operation.param);
    if (verdict === "refused") throw this.#notAllowed();
    this.#isAuthorized = verdict === "allowed";
    this.#isByMembership = verdict === "byMembership";
  }

  /** Asks for the membership alone when nothing else has been asked: a refusal of the request must not precede it. */
  async authorize(): Promise<void> {
    if (!this.#isAuthorized) await this.read({});
  }

  async read<R extends Record<string, Read<unknown>>>(reads: R): Promise<ReadResults<R>> {
    const asksMembership = !this.#isAuthorized;
    const replayKey = this.#isReplayChecked ? undefined : this.replayKey;
    const asked = together(reads);
    const membership = asksMembership ? this.#membership() : undefined;
    const replay = replayKey && findReplay(replayKey, this.now, this.#standing);
    // The membership comes last, beside the lookups of what is asked.
    const beside = [...(replay?.statements ?? []), ...(membership?.statements ?? [])];
    const results = await this.db.batch([...beside, ...asked.statements]);
    const ofReplay = replay?.statements.length ?? 0;
    const repeated = replay && (await replay.take(results.slice(0, ofReplay)));
    if (membership) {
      const roles = await membership.take(results.slice(ofReplay, beside.length));
      const opening = this.#openingRoles();
      if (!roles.some((role) => opening.includes(role))) throw this.#refusedRepeat(repeated) ?? this.#notAllowed();
      this.#isAuthorized = true;
      this.#roles = roles;
    }
    if (replay && replayKey) {
      this.#isReplayChecked = true;
      if (repeated) throw replayed(repeated, replayKey);
    }
    return asked.take(results.slice(beside.length));
  }

  async commit<T>(change: Change<T>): Promise<T> {
    const { now } = this;
    const replayKey = change.isPartial || this.#entered?.keepsAnswers ? undefined : this.replayKey;
    if (replayKey?.isBlind && !this.#standing) throw new Error(`${this.operationId} does not say what it makes`);
    const steps: Step[] = [];
    if (this.#tenancy !== this.#tenants)
      throw new Error(`${this.operationId} commits without the roles it was granted by`);
    if (this.#isByMembership) {
      const roles = this.#openingRoles();
      steps.push(this.#tenants.guardRoles(this.#tenantId(), this.caller.id, roles, () => this.#notAllowed()));
    }
    if (replayKey) steps.push(guardReplay(replayKey, now, this.#standing));
    if (change.clinicId !== null) steps.push(this.#tenants.guardWritable(change.clinicId));
    steps.push(...change.steps);
    steps.push(...(change.audit ?? [auditChange(this, change.clinicId, change.patientId)]));
    if (replayKey) {
      const status = this.#operation.successStatus(change.answer !== undefined);
      steps.push(...insertReplay(replayKey, status, change.answer, now, this.#standing));
    }
    steps.push(...(change.outbox ?? []));
    // The batch id exists only if something was put in the outbox.
    const outboxEntries = this.#outboxBatch;
    if (outboxEntries !== undefined) steps.push(entriesOfBatch(outboxEntries));
    try {
      const results = await this.db.batch(steps);
      if (outboxEntries !== undefined) this.outboxEntries.push(...(results.at(-1) as { id: string; kind: string }[]));
    } catch (error) {
      // Guards precede unique indexes; should one be missing, a violation is still a conflict and not a fault.
      if (error instanceof UniqueViolation) throw conflict();
      const isRefused = error instanceof NotAllowed;
      if (replayKey && (error instanceof AlreadyAnswered || isRefused)) {
        this.#isAuthorized = !isRefused;
        this.#isReplayChecked = false;
        await this.read({});
        // What the answer stood for was changed in between.
        if (!isRefused) throw new StaleRead();
      }
      throw error;
    }
    this.#isAuthorized = true;
    return change.answer;
  }

  #notAllowed(): NotAllowed {
    const { kind, message } = this.#operation.refusesWithReason ? notAuthorized() : forbidden();
    return new NotAllowed(kind, message);
  }

  /** The fields of this request that may be logged. */
  logFields() {
    const clinicId = this.#entered?.param(this.#tenants.param);
    return {
      operation: this.#entered?.operationId,
      callerKind: this.caller.kind,
      callerId: this.caller.id,
      clinicId: clinicId !== undefined && OBJECT_ID.test(clinicId) ? clinicId : undefined,
    };
  }

  /**
   * A caller who left the clinic by this same request gets the stored response again if it has no body. A response with
   * a body is replayed only to a caller who still has access.
   */
  #refusedRepeat(repeated: ReplayRow | undefined): Error | undefined {
    if (!repeated || !this.replayKey || repeated.body !== null) return undefined;
    return repeated.fingerprint === this.replayKey.fingerprint ? replayed(repeated, this.replayKey) : undefined;
  }

  auditRead(clinicId: string | null, patientIds: readonly string[]): void {
    let from = 0;
    do {
      const ids = patientIds.slice(from, from + AUDITED_PER_MESSAGE_MAX);
      this.auditMessages.push(this.#auditMessage("read", clinicId, ids));
      from += AUDITED_PER_MESSAGE_MAX;
    } while (from < patientIds.length);
    this.onLateAudit?.();
  }

  /** Records that the caller was refused access to patients' records. */
  auditRefusal(clinicId: string | null, patientIds: readonly string[]): void {
    this.auditMessages.push(this.#auditMessage("refused", clinicId, patientIds));
  }

  #auditMessage(outcome: "read" | "refused", clinicId: string | null, patientIds: readonly string[]): QueuedAccess {
    return {
      v: 1,
      id: this.newId(),
      at: this.now,
      requestId: this.requestId,
      actorKind: this.caller.kind,
      actorId: this.caller.id,
      operation: this.operationId,
      clinicId,
      patientIds,
      outcome,
    };
  }

  #tenantId(): string {
    return this.#operation.param(this.#tenancy.param) ?? "";
  }

  #openingRoles() {
    return openingRoles(this.#operation.rule, this.caller, this.#operation.param);
  }

  #membership() {
    return this.#tenancy.rolesIn(this.#tenantId(), this.caller.id, (whose) => (this.#whose = whose));
  }
}
