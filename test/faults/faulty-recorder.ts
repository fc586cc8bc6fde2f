import { env } from "cloudflare:workers";
import { registry } from "../../src/entry/outbox.ts";
import type { QueuedService } from "../ehr/queued-service.ts";
import { type Call, type Calling, Recorder } from "../examples/recorder.ts";
import { type Answer, rows, send } from "../harness.ts";
import { deliver, makeDue, type Posted } from "../mail/post-office.ts";
import { servedIn } from "../served-in.ts";
import { type Fault, faultsOf, FaultyDatabase, type Kind } from "./faulty-database.ts";
import { comparable, restore, stored } from "./stored.ts";

/** Those whose handlers ask an EHR, which the scenario stands in for. */
const isOfEhr = (kind: string): boolean => /^(?:ehr|xealth)_/.test(kind);

const OF_REQUESTS: readonly Kind[] = ["unreachable", "overloaded", "lost", "undone"];
const OF_JOBS: readonly Kind[] = [...OF_REQUESTS, "outage"];
/** Deliveries after which a job has come to its end, with the one that was disturbed. */
const DELIVERIES_MAX = 6;
/** How often an operation or kind is disturbed in the part that always runs. */
const FEW = 2;
/** Of the job that sends to an EHR: at each of its batches. */
const MORE = 5;

/** Makes something of its own each time, which ends by itself. */
const MAKES_ANOTHER = new Set(["XealthGetProgramUrl"]);
/** Mails with a link that every attempt makes: an earlier one may have been delivered, so that its link stays good, too. */
const MAKES_LINKS = /^connection_request/;
/** Jobs that change the object of a person, which can't be made what it was: their entries alone are. */
const OF_OBJECTS = new Set(["destroy_device_data", "show_summaries"]);
/** Begin what goes on without them, and when it is not begun at once, a minute later: `merges/crashes.test.ts` ends it. */
const BEGINS = new Set(["MergeClinic", "UndoMerge"]);

const hasMergeThatStands = async (): Promise<boolean> =>
  (await rows("SELECT 1 FROM patient_merges WHERE undone_at IS NULL")).length > 0;

interface Entry {
  readonly id: string;
  readonly kind: string;
}

/**
 * Plays the scenario with faults of the database: every call that writes, and every entry of the outbox, is done undisturbed,
 * and again from the same state with each fault, and must come to the same. `isWhole`: with every fault at every batch and
 * statement.
 */
export class FaultyRecorder extends Recorder {
  readonly faults: string[] = [];
  /** How often each operation, and each kind of entry, was disturbed. */
  readonly disturbed = new Map<string, number>();
  readonly #database = new FaultyDatabase();
  readonly #isWhole: boolean;
  readonly #posted: Posted[] = [];
  readonly #known = new Set<string>();
  #calls = 0;

  constructor(isWhole: boolean) {
    super();
    this.#isWhole = isWhole;
  }

  override get variables(): Record<string, unknown> {
    const nowhere = { send: async () => {}, sendBatch: async () => {} };
    const SANDBOX = {
      fetch: async (_: string, { body }: { body: string }) => {
        this.#posted.push(JSON.parse(body) as Posted);
        return new Response(null, { status: 202 });
      },
    };
    return {
      ...this.#database.bindings,
      AUDIT_QUEUE: nowhere,
      NOTIFICATIONS_QUEUE: nowhere,
      MIGRATIONS_QUEUE: nowhere,
      EHR_QUEUE: nowhere,
      EVENTS_QUEUE: nowhere,
      SANDBOX,
      MAIL_FROM: "noreply@clinics-edge.example",
    };
  }

  override as(calling: Calling): Call {
    const { token } = calling;
    const through = calling.through ?? servedIn(this.variables);
    const call = super.as({ ...calling, through });
    return async (operationId, request = {}) => {
      // The account is written once by each isolate, which is no part of any call.
      if (token !== undefined && !this.#known.has(token)) {
        this.#known.add(token);
        await send("GET", "/v1/clinics/share_code/AAAA-AAAA-AAAA", { token, through: servedIn({}) });
      }
      const answered = await call(operationId, request);
      await this.#deliverAll((kind) => !isOfEhr(kind), { ...env, ...this.variables });
      return answered;
    };
  }

  override async run(service: QueuedService, effects: () => readonly unknown[]): Promise<void> {
    service.queued.splice(0);
    await this.#deliverAll(isOfEhr, service.bindings, effects);
    service.queued.splice(0);
  }

  /** A call, undisturbed and with faults; the answer that stands. */
  protected override async ask(
    name: string,
    act: (headers: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    const headers = { "idempotency-key": `fault-${++this.#calls}` };
    if (!this.#isWhole && (this.disturbed.get(name) ?? 0) >= FEW) return act(headers);
    const before = await stored();
    this.#database.begin();
    const first = await act(headers);
    const { batches } = this.#database;
    this.#database.begin();
    if (first.status >= 300 || !batches.some(({ writes }) => writes)) return first;
    const saying = ({ status, body, headers: said }: Answer) => [status, body, said.get("location")];
    const done = await stored();
    const after = comparable(before, done, saying(first));
    const standing = comparable(before, done);
    const untouched = comparable(before, before);
    const same = (what: string, found: readonly string[]) => this.#same(`${name}: ${what}`, found, after);
    same("sent twice", comparable(before, await stored(), saying(await act(headers))));
    let last = first;
    for (const fault of faultsOf(batches, OF_REQUESTS, this.#isWhole, this.#calls)) {
      const what = told(fault);
      await restore(before);
      this.#database.begin(fault);
      const answer = await act(headers);
      const { hasStruck } = this.#database;
      this.#database.begin();
      if (!hasStruck) continue;
      this.#count(name);
      const now = await stored();
      const found = comparable(before, now);
      if (!BEGINS.has(name) && !alike(found, untouched) && !alike(found, standing))
        this.#same(`${name}: ${what}, at once`, found, standing);
      if (answer.status >= 500) {
        const isTold = answer.status === 503 && answer.headers.get("retry-after") !== null;
        if (!isTold) this.faults.push(`${name}: ${what} was answered ${answer.status}`);
        last = await act(headers);
      } else last = answer;
      if (!MAKES_ANOTHER.has(name)) same(`${what}, and sent again`, comparable(before, await stored(), saying(last)));
    }
    return last;
  }

  /** Works on the entries that wait, and on those they lead to. */
  async #deliverAll(
    isOurs: (kind: string) => boolean,
    bindings: Record<string, unknown>,
    effects: () => readonly unknown[] = () => [],
  ): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const waiting = await rows<Entry>("SELECT id, kind FROM outbox WHERE state = 'queued' ORDER BY created_at, id");
      const ours = waiting.filter(({ kind }) => isOurs(kind) && (registry.mails.has(kind) || registry.jobs.has(kind)));
      let ended = 0;
      for (const entry of ours) {
        const isNew = (this.disturbed.get(entry.kind) ?? 0) === 0;
        const isDue = (await rows("SELECT 1 FROM outbox WHERE id = ? AND next_attempt_at <= ?", entry.id, Date.now()))
          .length;
        // Of what waits for a later time, one is let go before its time; not the account of a merge that can be undone until then.
        const isAwaited = entry.kind === "close_account" && (await hasMergeThatStands());
        if (!isDue && (!isNew || isAwaited)) continue;
        ended += await this.#deliver(entry, bindings, effects);
      }
      if (ended === 0) return;
    }
  }

  /** An entry, undisturbed and with faults; 1 when it has ended. */
  async #deliver(
    { id, kind }: Entry,
    bindings: Record<string, unknown>,
    effects: () => readonly unknown[],
  ): Promise<number> {
    const queue = isOfEhr(kind) ? "ehr" : "notifications";
    const attempt = async () => {
      await makeDue(id);
      await deliver([{ v: 1, id }], bindings, queue);
    };
    const hasEnded = async () =>
      (await rows("SELECT 1 FROM outbox WHERE id = ? AND state IN ('queued', 'sending')", id)).length === 0;
    const untilEnded = async () => {
      for (let n = 0; n < DELIVERIES_MAX && !(await hasEnded()); n++) await attempt();
    };
    const seen = (from: number, posted: number) => [
      ...effects().slice(from),
      ...this.#posted.slice(posted).map(({ to, subject }) => `${subject} to ${to}`),
    ];
    const isSending = kind === "ehr_job";
    if (!this.#isWhole && (this.disturbed.get(kind) ?? 0) >= (isSending ? MORE : FEW)) {
      await untilEnded();
      return Number(await hasEnded());
    }
    const before = await stored();
    const [from, posted] = [effects().length, this.#posted.length];
    this.#database.begin();
    await untilEnded();
    const { batches } = this.#database;
    this.#database.begin();
    const after = comparable(before, await stored());
    const sent = seen(from, posted);
    const isOver = await hasEnded();
    // Those that last are slow: what can't be recorded is tried for seconds.
    const kinds: readonly Kind[] = this.#isWhole ? OF_JOBS : isSending ? ["unreachable"] : OF_REQUESTS;
    for (const fault of faultsOf(batches, kinds, this.#isWhole || isSending, this.#calls)) {
      await restore(OF_OBJECTS.has(kind) ? new Map([["outbox", before.get("outbox")!]]) : before);
      const [n, m] = [effects().length, this.#posted.length];
      this.#database.begin(fault);
      await makeDue(id);
      await deliver([{ v: 1, id }], bindings, queue);
      this.#database.begin();
      this.#count(kind);
      await untilEnded();
      const withoutLinks = (lines: readonly string[]) =>
        MAKES_LINKS.test(kind) ? lines.filter((line) => !line.includes('["restricted_tokens"')) : lines;
      this.#same(`${kind}: ${told(fault)}`, withoutLinks(comparable(before, await stored())), withoutLinks(after));
      // While nothing can be recorded, what was sent can't be either: it is sent again.
      const isUnavoidable = fault.kind === "outage";
      const found = seen(n, m);
      const compared = isUnavoidable ? [...new Set(found.map(plain))] : found.map(plain);
      const expected = isUnavoidable ? [...new Set(sent.map(plain))] : sent.map(plain);
      this.#same(`${kind}: ${told(fault)}: what was sent`, compared, expected);
    }
    return Number(isOver);
  }

  #count(name: string): void {
    this.disturbed.set(name, (this.disturbed.get(name) ?? 0) + 1);
  }

  /** Keeps what differs, and goes on: one run shows all of it. */
  #same(what: string, found: readonly string[], expected: readonly string[]): void {
    if (alike(found, expected)) return;
    const without = (lines: readonly string[], others: readonly string[]) => lines.filter((it) => !others.includes(it));
    const differing = [without(expected, found), without(found, expected)];
    const [lacks, has] = differing.some((lines) => lines.length > 0) ? differing : [expected, found];
    const brief = (lines: readonly string[]) => lines.map((line) => line.slice(0, 400)).slice(0, 4);
    this.faults.push(`${what}\n  lacks ${brief(lacks).join("\n        ")}\n  has   ${brief(has).join("\n        ")}`);
  }
}

const told = ({ kind, batch, statement }: Fault): string =>
  `${kind} at batch ${batch + 1}${statement === undefined ? "" : `, statement ${statement + 1}`}`;
const alike = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((it, i) => it === b[i]);
const plain = (it: unknown): string => (typeof it === "string" ? it : JSON.stringify(it));
