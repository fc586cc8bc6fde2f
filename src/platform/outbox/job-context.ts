import { auditChange } from "../audit/audit-store.ts";
import type { Service } from "../auth/caller.ts";
import { conflict } from "../core/errors.ts";
import { newObjectId } from "../core/ids.ts";
import type { Settings } from "../core/settings.ts";
import { type Db, UniqueViolation } from "../db/client.ts";
import type { Step } from "../db/guard.ts";
import { askingOf, type Read, type ReadResults } from "../db/read.ts";
import type { UserDirectory } from "../accounts/directory.ts";
import type { Change, Ctx } from "../context/context.ts";

/** What a job does in the name of a service. */
export interface JobIdentity {
  readonly operationId: string;
  readonly serviceId: string;
  /** Names what caused the job, in audit rows. */
  readonly requestId: string;
}

/**
 * The context of a job, in which the verbs of requests can be used: without access checks, a stored response or a
 * caller to answer. The outbox worker publishes the entries it writes.
 */
export class JobContext implements Ctx {
  readonly caller: Service;
  readonly now: number;
  readonly network = undefined;
  readonly requestId: string;
  readonly operationId: string;
  readonly roles = [];
  readonly replayKey = undefined;
  readonly settings: Settings;
  readonly users: UserDirectory;
  readonly outboxBatch: string;
  readonly #db: Db;
  readonly #guardWritable: (tenantId: string) => Step;
  /** Steps for the batch of the next commit, given the patient it is about. */
  alongside: ((patientId: string) => readonly Step[]) | undefined;
  /** Guards that go before all others of the next commits. */
  before: readonly Step[] = [];

  constructor(
    work: { db: Db; users: UserDirectory; settings: Settings; now: number; outboxBatch: string },
    { operationId, serviceId, requestId }: JobIdentity,
    guardWritable: (tenantId: string) => Step,
  ) {
    this.caller = { kind: "service", id: serviceId, scopes: undefined };
    this.now = work.now;
    this.requestId = requestId;
    this.operationId = operationId;
    this.settings = work.settings;
    this.users = work.users;
    this.outboxBatch = work.outboxBatch;
    this.#db = work.db;
    this.#guardWritable = guardWritable;
  }

  newId(): string {
    return newObjectId(this.now);
  }

  /** A job has no response to repeat. */
  answerStandsWhile(): void {}

  read<R extends Record<string, Read<unknown>>>(reads: R): Promise<ReadResults<R>> {
    return askingOf(this.#db).read(reads);
  }

  async commit<T>(change: Change<T>): Promise<T> {
    const steps: Step[] = change.clinicId === null ? [] : [this.#guardWritable(change.clinicId)];
    steps.push(...this.before);
    steps.push(...change.steps);
    steps.push(...(change.audit ?? [auditChange(this, change.clinicId, change.patientId)]));
    steps.push(...(change.outbox ?? []));
    if (this.alongside && change.patientId !== undefined) steps.push(...this.alongside(change.patientId));
    try {
      await this.#db.batch(steps);
    } catch (error) {
      if (error instanceof UniqueViolation) throw conflict();
      throw error;
    }
    return change.answer;
  }

  auditRead(): void {}

  auditRefusal(): void {}
}
