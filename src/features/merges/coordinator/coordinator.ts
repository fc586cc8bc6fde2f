import { demoPatientUserId } from "../../clinics/model/demo-patient.ts";
import { DurableObject } from "cloudflare:workers";
import { faultOf, log } from "../../../platform/core/log.ts";
import { type Bindings, settingsOf } from "../../../platform/core/settings.ts";
import { Db } from "../../../platform/db/client.ts";
import { publishEntries } from "../../../platform/outbox/publish.ts";
import { insertReplay, type ReplayKey } from "../../../platform/request/replays-store.ts";
import { standingOf, takeStep } from "../steps/advance.ts";
import { Pace } from "../steps/pace.ts";
import { hasEnded, isComplete } from "../plan/rules.ts";
import type { MergeRow, Standing } from "../steps/store.ts";
import type { MergeWork } from "../steps/work.ts";

/** A step that has not ended by then is taken again: the process that took it was stopped, or is too late. */
const DEAD_MAN_MS = 10_000;
/** An alarm makes room for others after so long. */
const ALARM_MS = 20_000;
/** Between two steps others are heard: one request of theirs takes several turns. */
const PAUSE_MS = 15;
const BACK_OFF_MS = 2_000;
const BACK_OFF_MS_MAX = 60_000;

const MERGE_ID = "mergeId";
const FAULTS = "faults";

/**
 * Carries the merges of one source clinic to their end, a step after the other, also when it is stopped in between: an
 * alarm is always set before a step is taken. It decides who goes on, never what is true: two of them would take turns.
 */
export class ClinicMerge extends DurableObject<Bindings> {
  #tail: Promise<unknown> = Promise.resolve();

  /** Works on a merge, or on its undo, until both clinics are unlocked. What follows is done by alarms. */
  async run(mergeId: string): Promise<Pick<MergeRow, "phase" | "errors"> | undefined> {
    await this.#remember(mergeId, DEAD_MAN_MS);
    const merge = await this.#inTurn(() => this.#steps(mergeId, ({ phase }) => isComplete(phase)));
    await this.ctx.storage.setAlarm(Date.now());
    return merge && { phase: merge.phase, errors: merge.errors };
  }

  /** Sees to it that a merge is worked on, now and after every restart. */
  async begin(mergeId: string): Promise<void> {
    await this.#remember(mergeId, 0);
  }

  async #remember(mergeId: string, alarmInMs: number): Promise<void> {
    this.ctx.storage.kv.put(MERGE_ID, mergeId);
    this.ctx.storage.kv.put(FAULTS, 0);
    await this.ctx.storage.setAlarm(Date.now() + alarmInMs);
  }

  override async alarm(): Promise<void> {
    const mergeId = this.ctx.storage.kv.get<string>(MERGE_ID);
    if (mergeId === undefined) return;
    await this.ctx.storage.setAlarm(Date.now() + DEAD_MAN_MS);
    const until = Date.now() + ALARM_MS;
    try {
      const merge = await this.#inTurn(() => this.#steps(mergeId, () => Date.now() >= until));
      this.ctx.storage.kv.put(FAULTS, 0);
      if (!merge || hasEnded(merge.phase)) await this.#forget(mergeId);
      else await this.ctx.storage.setAlarm(Date.now());
    } catch (error) {
      const faults = (this.ctx.storage.kv.get<number>(FAULTS) ?? 0) + 1;
      this.ctx.storage.kv.put(FAULTS, faults);
      log("error", "merge postponed", { merge: mergeId, fault: faultOf(error) });
      await this.ctx.storage.setAlarm(Date.now() + Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** faults));
    }
  }

  /** Another merge may have been asked for meanwhile: its alarm stays. */
  async #forget(mergeId: string): Promise<void> {
    if (this.ctx.storage.kv.get<string>(MERGE_ID) !== mergeId) return this.ctx.storage.setAlarm(Date.now());
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  /** One after the other: several who want the same would only get in each other's way. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work, work);
    this.#tail = turn.catch(() => {});
    return turn;
  }

  /** Takes steps until the merge has ended or it is enough; the merge as it stands then. */
  async #steps(mergeId: string, isEnough: (merge: MergeRow) => boolean): Promise<MergeRow | undefined> {
    const db = new Db(this.env.DB);
    const isOver = (merge: MergeRow) => hasEnded(merge.phase) || isEnough(merge);
    const pace = new Pace();
    let alarmAt = 0;
    let standing: Standing | undefined;
    for (;;) {
      const now = Date.now();
      // Setting an alarm is a write: it is set again when half of its time has passed.
      if (alarmAt < now + DEAD_MAN_MS / 2) {
        alarmAt = now + DEAD_MAN_MS;
        await this.ctx.storage.setAlarm(alarmAt);
      }
      const work: MergeWork = {
        db,
        now,
        demoPatientUserId: demoPatientUserId(settingsOf(this.env)),
        patientsPerStep: pace.patientsPerStep,
        outboxBatch: crypto.randomUUID(),
        outboxEntries: [],
        keepAnswer,
      };
      standing ??= await standingOf(work, mergeId);
      if (!standing || isOver(standing.merge)) return standing?.merge;
      const before = db.usage.databaseMs;
      const patients = standing.page?.n;
      standing = await takeStep(work, standing);
      if (patients !== undefined) pace.took(patients, db.usage.databaseMs - before);
      await publishEntries(this.env, work.outboxEntries);
      if (standing && isOver(standing.merge)) return standing.merge;
      await scheduler.wait(PAUSE_MS);
    }
  }
}

/** The answer for a repeat of the request that asked for the merge, for the batch that completes it. */
function keepAnswer({ answerKey }: MergeRow) {
  if (answerKey === null) return [];
  return insertReplay(JSON.parse(answerKey) as ReplayKey, 200, undefined, Date.now());
}
