import fc from "fast-check";
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import { readBatch } from "../../src/features/device-data/model/ingest.ts";
import { identityHashes } from "../../src/features/device-data/model/identity.ts";
import { packed } from "../../src/features/device-data/owner/packed.ts";
import { type GivenClinic, givenClinic, givenPatient } from "../harness.ts";
import { type ModelReading, modelStats, periodDifferences } from "../summaries-model.ts";
import { cases } from "./size.ts";

/**
 * Histories of data sets, through the object of a person, against a model that keeps plain lists and computes summaries
 * from nothing: late, duplicate, overlapping, hidden, given back and deleted data.
 */

const MINUTE = 60_000;
const HASH = "org.tidepool.deduplicator.device.deactivate.hash";
const NONE = "org.tidepool.deduplicator.none";
const ORIGIN = "org.tidepool.deduplicator.dataset.delete.origin";

type Kind = "cbg" | "smbg";
interface Sent {
  readonly kind: Kind;
  /** Minutes before the start of the history. */
  readonly ago: number;
  readonly value: number;
  readonly device: number;
  readonly interval: number | undefined;
  readonly origin: string | undefined;
}
type Step =
  | { readonly do: "open"; readonly set: keyof typeof SETS }
  | { readonly do: "add"; readonly to: number; readonly data: readonly Sent[] }
  | { readonly do: "close"; readonly set: number }
  | { readonly do: "delete"; readonly set: number }
  | { readonly do: "remove"; readonly set: number; readonly pick: number; readonly by: "id" | "origin" }
  | { readonly do: "calculate" };

const SETS = {
  continuous: { isContinuous: true, deduplicator: NONE },
  byOrigin: { isContinuous: true, deduplicator: ORIGIN },
  normal: { isContinuous: false, deduplicator: NONE },
  byHash: { isContinuous: false, deduplicator: HASH },
} as const;

const DEVICES = ["DevA-1", "DevB-1", "AbbottFreeStyleLibre-X1"];

/** Most readings are near to each other, so that they meet; some are far back, and some at the very same time. */
const ago = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 180 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 * 24 * 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 70 * 24 * 60 }) },
);
const sent: fc.Arbitrary<Sent> = fc.record({
  kind: fc.constantFrom<Kind>("cbg", "cbg", "smbg"),
  ago,
  value: fc.constantFrom(2.5, 3, 3.9, 5.5, 7.25, 10, 13.9, 14.123, 19.4, 22),
  device: fc.integer({ min: 0, max: DEVICES.length - 1 }),
  interval: fc.constantFrom(undefined, 60_000, 300_000),
  origin: fc.constantFrom(undefined, undefined, "one", "two"),
});
const index = fc.integer({ min: 0, max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      set: fc.constantFrom(...(Object.keys(SETS) as (keyof typeof SETS)[])),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("add" as const), to: index, data: fc.array(sent, { maxLength: 25 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("close" as const), set: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), set: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("remove" as const),
      set: index,
      pick: index,
      by: fc.constantFrom("id" as const, "origin" as const),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "calculate" as const }) },
);

interface ModelSet {
  readonly id: string;
  readonly isContinuous: boolean;
  readonly deduplicator: string;
  isOpen: boolean;
  isDeleted: boolean;
  closedAt: number | undefined;
}
interface ModelDatum extends Sent {
  readonly id: string;
  readonly set: ModelSet;
  readonly createdAt: number;
  /** When and for which set it was hidden. */
  hidden: { at: number; by: ModelSet | undefined } | undefined;
}

const isShown = ({ set, hidden }: ModelDatum) =>
  !set.isDeleted && hidden === undefined && (set.closedAt !== undefined || set.isContinuous);
const sameIdentity = (a: ModelDatum, b: ModelDatum) =>
  a.kind === b.kind && a.ago === b.ago && a.value === b.value && a.device === b.device;

/** What a history comes to, and what is to be asked of the object for it. */
class History {
  readonly sets: ModelSet[] = [];
  data: ModelDatum[] = [];
  readonly start: number;
  now: number;
  #lastId = 0;

  constructor(start: number) {
    this.start = start;
    this.now = start;
  }

  newId(): string {
    return (++this.#lastId).toString(16).padStart(32, "0");
  }

  close(set: ModelSet): void {
    set.isOpen = false;
    set.closedAt = this.now;
    if (set.deduplicator !== HASH) return;
    const own = this.data.filter((it) => it.set === set);
    for (const other of this.data) {
      if (
        other.set !== set &&
        isShown(other) &&
        other.set.deduplicator === HASH &&
        own.some((it) => sameIdentity(it, other))
      ) {
        other.hidden = { at: this.now, by: set };
      }
    }
  }

  delete(set: ModelSet): void {
    for (const older of this.data.filter(({ hidden }) => hidden?.by === set)) {
      older.hidden = this.data.find((it) => it.set === set && sameIdentity(it, older))?.hidden;
    }
    this.data = this.data.filter((it) => it.set !== set);
    set.isOpen = false;
    set.isDeleted = true;
  }

  remove(set: ModelSet, isWanted: (datum: ModelDatum) => boolean): void {
    const found = this.data.filter((it) => it.set === set && it.hidden === undefined && isWanted(it));
    if (set.deduplicator === ORIGIN) for (const it of found) it.hidden = { at: this.now, by: undefined };
    else this.data = this.data.filter((it) => !found.includes(it));
  }

  readings(kind: Kind): ModelReading[] {
    return this.data
      .filter((it) => it.kind === kind)
      .map((it) => ({
        id: it.id,
        time: this.start - it.ago * MINUTE,
        value: it.value,
        sampleInterval: it.interval,
        deviceId: DEVICES[it.device],
        createdTime: it.createdAt,
        modifiedTime: Math.max(it.createdAt, it.hidden?.at ?? 0, it.set.isContinuous ? 0 : (it.set.closedAt ?? 0)),
        active: isShown(it),
      }));
  }
}

const datumOf = (history: History, it: Sent & { id: string }) => ({
  id: it.id,
  type: it.kind,
  units: "mmol/L",
  value: it.value,
  time: new Date(history.start - it.ago * MINUTE).toISOString(),
  deviceId: DEVICES[it.device],
  ...(it.kind === "cbg" && it.interval !== undefined && { sampleInterval: it.interval }),
  ...(it.origin !== undefined && { origin: { id: it.origin } }),
});

let clinic: GivenClinic;
let lives = 0;
/** A clinic has a limit of 250 patients. */
const LIVES_PER_CLINIC = 200;

async function live(steps: readonly Step[]): Promise<void> {
  if (lives++ % LIVES_PER_CLINIC === 0) clinic = await givenClinic();
  const { id: userId } = await givenPatient(clinic);
  const object: any = env.DEVICE_DATA.getByName(userId);
  const history = new History(Date.now() - 3_600_000);
  let requests = 0;
  const write = () => ({
    ownerId: userId,
    now: history.now,
    repeat: undefined,
    provenance: "{}",
    audit: {
      v: 1,
      at: history.now,
      requestId: `${userId}-${++requests}`,
      actorKind: "service",
      actorId: "test",
      operation: "AddData",
      clinicId: null,
      patientIds: [userId],
      outcome: "changed",
    },
  });
  const pick = (n: number) => history.sets.filter(({ isDeleted }) => !isDeleted)[n];
  const ask = async (asked: Promise<object>) => expect(await asked).toHaveProperty("answer");

  for (const it of steps) {
    history.now += 1000;
    if (it.do === "open") {
      const { isContinuous, deduplicator } = SETS[it.set];
      const id = `5e7${history.sets.length}`.padStart(32, "0");
      history.sets.push({ id, isContinuous, deduplicator, isOpen: true, isDeleted: false, closedAt: undefined });
      const set = { id, isContinuous, deduplicator, version: "1.0.0", record: "{}", time: history.now };
      await ask(object.openSet({ ...set, deviceId: null, clientName: null, openedBy: null }, write()));
    } else if (it.do === "add") {
      const set = pick(it.to);
      if (!set?.isOpen) continue;
      const data = it.data.map((datum) => ({ ...datum, id: history.newId() }));
      if (set.deduplicator === ORIGIN) {
        const origins = new Set(data.map(({ origin }) => origin));
        history.data = history.data.filter(
          (old) => !(old.set === set && old.origin !== undefined && origins.has(old.origin)),
        );
      }
      for (const datum of data) history.data.push({ ...datum, set, createdAt: history.now, hidden: undefined });
      const read = readBatch(
        data.map((datum) => datumOf(history, datum)),
        { newId: () => "" },
      );
      if ("errors" in read) throw new Error(JSON.stringify(read.errors));
      const scope = { ownerId: userId, hasPrimeTarget: true };
      const hashes = set.deduplicator === HASH ? await identityHashes(read.data, scope) : undefined;
      await ask(object.addData(set.id, packed(read.data, hashes, read.sentIds), write()));
    } else if (it.do === "close") {
      const set = pick(it.set);
      if (!set?.isOpen) continue;
      history.close(set);
      await ask(object.changeSet(set.id, { record: {}, time: undefined, isClosed: true }, write()));
    } else if (it.do === "delete") {
      const set = pick(it.set);
      if (!set) continue;
      history.delete(set);
      await ask(object.deleteSet(set.id, false, write()));
    } else if (it.do === "remove") {
      const set = pick(it.set);
      const datum = history.data.filter((one) => one.set === set)[it.pick];
      if (!set?.isOpen || !datum) continue;
      if (it.by === "origin" && datum.origin === undefined) continue;
      const selection = {
        ids: it.by === "id" ? [datum.id] : [],
        hashes: [],
        origins: it.by === "origin" ? [datum.origin] : [],
      };
      history.remove(set, (one) => (it.by === "id" ? one.id === datum.id : one.origin === datum.origin));
      await ask(object.removeData(set.id, selection, write()));
    } else {
      await calculated(object, userId, history);
    }
  }
  await calculated(object, userId, history);
}

/** An origin that sends another kind of reading than before: the other kind's summary has to go. */
const reading = { ago: 0, value: 2.5, device: 0, interval: undefined, origin: "one" };
const OTHER_KIND: Step[] = [
  { do: "open", set: "byOrigin" },
  { do: "add", to: 3, data: [{ ...reading, kind: "smbg" }] },
  { do: "calculate" },
  { do: "add", to: 3, data: [{ ...reading, kind: "cbg" }] },
];

/** What clinics show by itself; then, when they were told again, also when data came that nobody sees yet. */
async function calculated(object: any, userId: string, history: History): Promise<void> {
  await runDurableObjectAlarm(object);
  await expectShown(userId, history, { isFresh: false });
  await object.wake();
  await runDurableObjectAlarm(object);
  await expectShown(userId, history, { isFresh: true });
}

async function expectShown(userId: string, history: History, { isFresh }: { isFresh: boolean }): Promise<void> {
  const { body } = await clinic.admin.get(`${clinic.path}/patients/${userId}`);
  for (const [kind, type] of [
    ["cgm", "cbg"],
    ["bgm", "smbg"],
  ] as const) {
    const expected = modelStats(kind, history.readings(type), history.now);
    const stats = body.summary?.[`${kind}Stats`];
    if (!expected) {
      expect(stats).toBeUndefined();
      continue;
    }
    for (const [period, values] of Object.entries(expected.periods)) {
      expect(periodDifferences(stats.periods[period], values), `${kind} ${period}`).toEqual([]);
    }
    const { firstData, lastData, lastUploadDate, hasOutdatedSince } = stats.dates;
    expect([firstData, lastData].map(Date.parse)).toEqual([expected.firstData, expected.lastData]);
    if (isFresh) expect(Date.parse(lastUploadDate)).toBe(expected.lastUploadDate);
    expect(hasOutdatedSince).toBe(false);
  }
}

test(
  "a summary that is kept up to date is the one that is computed from nothing",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        await live([
          { do: "open", set: "continuous" },
          { do: "open", set: "byHash" },
          { do: "open", set: "byHash" },
          ...steps,
        ]);
      }),
      { numRuns: cases(500, 40), examples: [[OTHER_KIND]] },
    );
  },
  20 * MINUTE,
);
