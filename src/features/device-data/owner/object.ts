import { DurableObject } from "cloudflare:workers";
import { faultOf, log } from "../../../platform/core/log.ts";
import type { Bindings } from "../../../platform/core/settings.ts";
import { Db } from "../../../platform/db/client.ts";
import { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { publishEntries } from "../../../platform/outbox/publish.ts";
import type { SummaryKind } from "../../summaries/compute/kinds.ts";
import type { ChartData } from "../../reports/model/chart-data.ts";
import { SUMMARY_KINDS } from "../../summaries/compute/reasons.ts";
import type { DataOwner, NewSet, Outcome, Selection, SetChange, Write } from "./bindings.ts";
import { chartData } from "./chart-store.ts";
import { addData, close, deleteSet, removeData } from "./change-data.ts";
import type { PackedData } from "./packed.ts";
import { findAnswer, hasPending, keepAnswer, remember } from "./pending-store.ts";
import { askedOf, listOfAll, wholeList } from "./query-stream.ts";
import { finishPush, makePush, renumberPush, sendPush } from "./push.ts";
import type { Position } from "../model/query.ts";
import { emptyPage, type ObjectQuery, type Page, queryPage } from "./query-store.ts";
import { changeSet, findSet, insertSet, listSets, provenanceKey, type SetFilter, type SetRow } from "./sets-store.ts";
import { ADDED_DELAY_MS, nextDue, outdate, summaryDocument } from "./summaries.ts";
import { createTables } from "./tables.ts";
import { Work } from "./work.ts";

const OWNER = "ownerId";
const LAST_AT = "lastAt";
const REVISION = "revision";
const FAULTS = "faults";
const ALARM_AT = "alarmAt";

/** An alarm makes room for others after so many. */
const PUSHES_AT_ONCE = 20;
/** A push that has not ended by then is tried again: the process that made it was stopped. */
const DEAD_MAN_MS = 30_000;
const BACK_OFF_MS = 2_000;
const BACK_OFF_MS_MAX = 10 * 60_000;
/** The owner of a set is found through the database: who has opened one waits for that, within reason. */
const OPENED_ATTEMPTS = 3;

/**
 * All device data of one person: data sets, data, the hourly buckets of their readings, and the summaries. The truth about
 * them is here, each request is one transaction; the database is told what others need to know (whose a set is, the audit
 * trail, the summaries that clinics show) by pushes that an alarm repeats until they have arrived.
 */
export class DeviceData extends DurableObject<Bindings> implements DataOwner {
  readonly #sql = new ObjectSql(this.ctx.storage);
  #hasTables = false;
  #isKnown = false;
  #pushing: Promise<unknown> = Promise.resolve();

  async openSet(set: NewSet, write: Write): Promise<Outcome<SetRow>> {
    const outcome = this.#write(write, 0, (work) => {
      const { sql, at } = work;
      const row = { ...set, isContinuous: set.isContinuous ? 1 : 0, createdAt: at, modifiedAt: at };
      insertSet(sql, row, provenanceKey(sql, write.provenance));
      const deduplicator = `${set.deduplicator} ${set.version}`;
      remember(sql, { kind: "set", body: { id: set.id, deduplicator, isContinuous: row.isContinuous } });
      return { answer: findSet(sql, set.id)! };
    });
    for (let attempt = 1; attempt <= OPENED_ATTEMPTS && hasPending(this.#sql); attempt++) {
      await this.#push().catch((error: unknown) => log("warn", "push postponed", { fault: faultOf(error) }));
    }
    return outcome;
  }

  async findSet(id: string): Promise<SetRow | undefined> {
    return this.#isEmpty() ? undefined : findSet(this.#sql, id);
  }

  async listSets(filter: SetFilter): Promise<SetRow[]> {
    return this.#isEmpty() ? [] : listSets(this.#sql, filter);
  }

  async changeSet(id: string, { record, time, isClosed }: SetChange, write: Write): Promise<Outcome<SetRow>> {
    return this.#changeOpen(id, write, 0, (work, set) => {
      const { sql, at } = work;
      if (set.isContinuous === 0) {
        close(work, set);
      } else {
        const changed = { ...(JSON.parse(set.record) as object), ...record } as { deviceId?: string };
        const row = { key: set.key, record: JSON.stringify(changed), time: time ?? set.time };
        changeSet(sql, { ...row, deviceId: changed.deviceId ?? null }, at);
        if (isClosed) close(work, set);
      }
      return { answer: findSet(sql, id)! };
    });
  }

  async deleteSet(id: string, onlyOwn: boolean, write: Write): Promise<Outcome<null>> {
    return this.#write<null>(write, 0, (work) => {
      const set = findSet(work.sql, id);
      if (!set || set.deletedAt !== null) return { refused: "unknown set" };
      if (onlyOwn && (set.openedBy === null || set.openedBy !== write.audit.actorId)) return { refused: "not allowed" };
      deleteSet(work, set);
      return { answer: null };
    });
  }

  async addData(id: string, data: PackedData, write: Write): Promise<Outcome<null>> {
    return this.#changeOpen<null>(id, write, undefined, (work, set) => {
      const refused = addData(work, set, data, provenanceKey(work.sql, write.provenance));
      return refused === undefined ? { answer: null } : { refused };
    });
  }

  async removeData(id: string, selection: Selection, write: Write): Promise<Outcome<null>> {
    return this.#changeOpen<null>(id, write, 0, (work, set) => {
      removeData(work, set, selection);
      return { answer: null };
    });
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#isEmpty() ? wholeList("[]") : listOfAll(this.#sql, askedOf(request.headers));
  }

  async query(query: ObjectQuery, after: Position | undefined, limit: number): Promise<Outcome<Page>> {
    if (this.#isEmpty()) return { answer: emptyPage() };
    const page = queryPage(this.#sql, query, after, limit);
    // Of a part of a buffer the whole would be sent.
    return { answer: { ...page, list: page.list.slice() } };
  }

  async destroy(write: Write): Promise<Outcome<null>> {
    if (this.#isEmpty()) return { answer: null };
    // Kept beside the data: what is left to be told does not know that they are gone.
    const outcome = this.#write<null>(write, 0, ({ sql }) => {
      for (const table of ["data", "archived", "sets", "additions", "shapes", "provenances", "buckets", "summaries"]) {
        sql.run(`DELETE FROM ${table}`);
      }
      remember(sql, { kind: "destroyed", body: null });
      return { answer: null };
    });
    await this.#push().catch((error: unknown) => log("warn", "push postponed", { fault: faultOf(error) }));
    return outcome;
  }

  async chart(from: number, to: number): Promise<ChartData | undefined> {
    return this.#isEmpty() ? undefined : chartData(this.#sql, from, to);
  }

  async summary(kind: SummaryKind): Promise<string | undefined> {
    return this.#isEmpty() ? undefined : summaryDocument(this.#sql, kind);
  }

  async recompute(kind: SummaryKind): Promise<string | undefined> {
    if (this.#isEmpty()) return undefined;
    this.#sql.transaction(() => {
      this.#remindAt(Date.now());
      outdate(this.#sql, [kind], undefined, Date.now());
    });
    await this.#push();
    return summaryDocument(this.#sql, kind);
  }

  async wake(): Promise<void> {
    if (this.#isEmpty()) return;
    this.#sql.transaction(() => {
      outdate(this.#sql, SUMMARY_KINDS, undefined, Date.now());
      this.#remindAt(Date.now());
    });
  }

  override async alarm(): Promise<void> {
    if (this.#isEmpty()) return;
    this.ctx.storage.kv.delete(ALARM_AT);
    try {
      await this.#push();
      this.ctx.storage.kv.put(FAULTS, 0);
    } catch (error) {
      const faults = (this.ctx.storage.kv.get<number>(FAULTS) ?? 0) + 1;
      this.ctx.storage.kv.put(FAULTS, faults);
      log("error", "push postponed", { fault: faultOf(error) });
      await this.ctx.storage.setAlarm(Date.now() + Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** faults));
    }
  }

  /** Nothing was ever written, or all was destroyed: not even the tables are there. */
  #isEmpty(): boolean {
    this.#isKnown ||= this.ctx.storage.kv.get(OWNER) !== undefined;
    return !this.#isKnown;
  }

  /** A change of an open set. */
  #changeOpen<T>(
    id: string,
    write: Write,
    alarmInMs: number | undefined,
    change: (work: Work, set: SetRow) => Outcome<T>,
  ): Outcome<T> {
    return this.#write<T>(write, alarmInMs, (work) => {
      const set = findSet(work.sql, id);
      if (!set || set.deletedAt !== null) return { refused: "unknown set" };
      return set.closedAt === null ? change(work, set) : { refused: "closed set" };
    });
  }

  /**
   * Writes all that belongs to a request, or nothing: the change, its audit row, the answer for a repeat, and an alarm that
   * sees to the rest. A repeat gets the first answer again.
   */
  #write<T>({ ownerId, now, audit, repeat }: Write, alarmInMs: number | undefined, change: (work: Work) => Outcome<T>) {
    const sql = this.#sql;
    return sql.transaction((): Outcome<T> => {
      if (!this.#hasTables) createTables(sql);
      if (this.#isEmpty()) this.ctx.storage.kv.put(OWNER, ownerId);
      const at = this.#now(now);
      const known = repeat && findAnswer(sql, repeat.id, at);
      if (known && known.fingerprint !== repeat.fingerprint) return { refused: "other request" };
      if (known) return { answer: JSON.parse(known.body) as T };
      const work = new Work(sql, at);
      const outcome = change(work);
      if ("refused" in outcome) return outcome;
      work.settle();
      remember(sql, { kind: "audit", body: audit });
      if (repeat) keepAnswer(sql, repeat, outcome.answer, at);
      this.#remindAt(alarmInMs === undefined ? at + ADDED_DELAY_MS : at + alarmInMs);
      this.#hasTables = true;
      return outcome;
    });
  }

  /** Times never go back, so that what came later has the later time. */
  #now(now: number): number {
    const at = Math.max(now, this.ctx.storage.kv.get<number>(LAST_AT) ?? 0);
    this.ctx.storage.kv.put(LAST_AT, at);
    return at;
  }

  /** Sets the alarm, unless it rings before. */
  #remindAt(at: number): void {
    const set = this.ctx.storage.kv.get<number>(ALARM_AT);
    if (set !== undefined && set <= at) return;
    this.ctx.storage.kv.put(ALARM_AT, at);
    void this.ctx.storage.setAlarm(at);
  }

  /** One after the other: two at a time would tell the same. */
  #push(): Promise<void> {
    const turn = this.#pushing.then(() => this.#pushAll());
    this.#pushing = turn.catch(() => {});
    return turn;
  }

  /** Calculates what is due, and tells the database what it does not know yet; then sets the alarm for what is left. */
  async #pushAll(): Promise<void> {
    const sql = this.#sql;
    for (let round = 0; round < PUSHES_AT_ONCE && !this.#isEmpty(); round++) {
      const push = sql.transaction(() => {
        const begun = makePush(sql, {
          ownerId: this.#ownerId(),
          now: Date.now(),
          nextRevision: () => this.#nextRevision(),
        });
        if (begun) void this.ctx.storage.setAlarm(Date.now() + DEAD_MAN_MS);
        return begun;
      });
      if (!push) break;
      const entries = await sendPush(new Db(this.env.DB), push, (revision) => {
        this.ctx.storage.kv.put(REVISION, revision);
        sql.transaction(() => renumberPush(sql, push, revision));
      });
      if (entries === "again") continue;
      const isOver = sql.transaction(() => finishPush(sql, push));
      if (isOver) await this.#forgetAll();
      await publishEntries(this.env, entries);
    }
    if (this.#isEmpty()) return;
    sql.transaction(() => {
      this.ctx.storage.kv.delete(ALARM_AT);
      const due = hasPending(sql) ? Date.now() : nextDue(sql);
      if (due === undefined) void this.ctx.storage.deleteAlarm();
      else this.#remindAt(Math.max(due, Date.now()));
    });
  }

  #nextRevision(): number {
    const revision = Math.max(Date.now(), (this.ctx.storage.kv.get<number>(REVISION) ?? 0) + 1);
    this.ctx.storage.kv.put(REVISION, revision);
    return revision;
  }

  #ownerId(): string {
    return this.ctx.storage.kv.get<string>(OWNER)!;
  }

  /** All was destroyed, and everybody knows: nothing stays. */
  async #forgetAll(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#hasTables = false;
    this.#isKnown = false;
    this.#sql.forget();
  }
}
