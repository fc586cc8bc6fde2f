import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { insertAccesses } from "../../src/platform/audit/accesses-store.ts";
import { findAccesses } from "../../src/platform/audit/find-accesses.ts";
import { listDays, readDay } from "../../src/platform/audit/export-day.ts";
import { checkSeal, hashBefore } from "../../src/platform/audit/seal.ts";
import { sealsAfter } from "../../src/platform/audit/seals-store.ts";
import { askingOf } from "../../src/platform/db/read.ts";
import { emptyTrail, losing, meanwhile, sweepAudit, trail, trailRows, untilOthersAreTold } from "./trail.ts";

const DAY_MS = 86_400_000;
/** Noon of a day. */
const NOON = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;

let made = 0;
/** Writes entries, each about one patient. */
async function record(count: number, at = NOON): Promise<void> {
  await trail().batch(
    insertAccesses(
      Array.from({ length: count }, () => ({
        v: 1 as const,
        id: (++made).toString(16).padStart(24, "0"),
        at,
        requestId: `r${made}`,
        actorKind: "person",
        actorId: "aaaaaaaaaa",
        operation: "GetPatient",
        clinicId: "0123456789abcdef01234567",
        patientIds: [(made % 7).toString(16).padStart(10, "b")],
        outcome: "read" as const,
      })),
    ),
  );
}

const seal = (now: number, bindings = env) => sweepAudit(["seal"], { now, bindings });
const exportDays = (now: number, bindings = env) => sweepAudit(["export days"], { now, bindings });
const sealed = () =>
  trailRows<{ seq: number; first: number; entries: number }>("SELECT seq, first, entries FROM seals");
/** The seals that do not fit their entries, or the seal before. */
async function brokenSeals(): Promise<number[]> {
  const { seals } = await askingOf(trail()).read({ seals: sealsAfter(0, Number.MAX_SAFE_INTEGER, 100) });
  const broken: number[] = [];
  for (const it of seals) {
    const { isIntact } = await checkSeal(trail(), it, await hashBefore(trail(), it.first));
    if (!isIntact) broken.push(it.seq);
  }
  return broken;
}

beforeAll(untilOthersAreTold);
beforeEach(emptyTrail);

/** SHA-256 as hex, by no code of the service. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The lines of a day's export, all parts of it. */
async function linesOf(day: string): Promise<string[]> {
  const lines: string[] = [];
  for (let part = 1; ; part++) {
    const object = await readDay(env.AUDIT_EXPORTS, day, part);
    if (!object) return lines;
    const text = await object.text();
    expect(text.endsWith("\n")).toBe(true);
    lines.push(...text.slice(0, -1).split("\n"));
  }
}

describe("sealing", () => {
  test("waits for 200 entries, or for ten minutes", async () => {
    await record(199);
    await seal(NOON + 9 * MINUTE);
    expect(await sealed()).toEqual([]);
    await seal(NOON + 10 * MINUTE);
    expect(await sealed()).toEqual([{ first: 1, seq: 199, entries: 199 }]);
    await record(200, NOON + 11 * MINUTE);
    await seal(NOON + 11 * MINUTE);
    expect((await sealed()).map(({ seq }) => seq)).toEqual([199, 399]);
  });

  test("seals at most a thousand at a time, all of them and each once, in a chain that fits", async () => {
    await record(2500);
    await seal(NOON);
    await seal(NOON + 10 * MINUTE);
    expect(await sealed()).toEqual([
      { first: 1, seq: 1000, entries: 1000 },
      { first: 1001, seq: 2000, entries: 1000 },
      { first: 2001, seq: 2500, entries: 500 },
    ]);
    expect(await brokenSeals()).toEqual([]);
  });

  test("of two sweeps at a time one seals", async () => {
    await record(500);
    await Promise.all([seal(NOON), seal(NOON), seal(NOON)]);
    expect(await sealed()).toEqual([{ first: 1, seq: 500, entries: 500 }]);
  });

  test("of two sweeps that see different numbers of entries one seals", async () => {
    await record(500);
    const other = async () => {
      await record(100);
      await seal(NOON);
    };
    expect(await seal(NOON, { ...env, AUDIT_DB: meanwhile(env.AUDIT_DB, 3, other) })).toHaveLength(1);
    expect(await sealed()).toEqual([{ first: 1, seq: 600, entries: 600 }]);
  });

  test.each(["before", "after"] as const)("goes on where it was when the database is lost %s a batch", async (when) => {
    await record(2500);
    for (let batch = 1; batch <= 9; batch++) {
      await seal(NOON, { ...env, AUDIT_DB: losing(env.AUDIT_DB, { batch, when }) });
    }
    await seal(NOON);
    expect((await sealed()).map(({ first, seq }) => [first, seq])).toEqual([
      [1, 1000],
      [1001, 2000],
      [2001, 2500],
    ]);
    expect(await brokenSeals()).toEqual([]);
  });
});

describe("who tampers with what is sealed is noticed", () => {
  beforeEach(async () => {
    for (let i = 0; i < 3; i++) {
      await record(300);
      await seal(NOON);
    }
    expect(await brokenSeals()).toEqual([]);
  });

  test.each([
    ["changes who", "UPDATE accesses SET actor_id = 'cccccccccc' WHERE seq = 450", [600]],
    ["changes when", "UPDATE accesses SET at = at + 1 WHERE seq = 450", [600]],
    ["changes whose", "UPDATE accesses SET patients = unhex('0001aaaaaaaaaa') WHERE seq = 450", [600]],
    ["changes the id of the entry", "UPDATE accesses SET id = unhex('00') WHERE seq = 450", [600]],
    ["removes an entry", "DELETE FROM accesses WHERE seq = 450", [600]],
    ["removes the newest", "DELETE FROM accesses WHERE seq = 900", [900]],
    ["exchanges two", "UPDATE accesses SET seq = CASE seq WHEN 450 THEN -1 ELSE 450 END WHERE seq IN (450)", [600]],
    ["removes a seal", "DELETE FROM seals WHERE seq = 600", [900]],
    ["removes the oldest seal", "DELETE FROM seals WHERE seq = 300", [600]],
    [
      "removes a seal with its entries",
      "DELETE FROM seals WHERE seq = 300; DELETE FROM accesses WHERE seq <= 300",
      [600],
    ],
    ["makes a seal begin elsewhere", "UPDATE seals SET first = 302 WHERE seq = 600", [600]],
    ["gives a seal another hash", "UPDATE seals SET hash = 'f' WHERE seq = 600", [600, 900]],
  ])("%s", async (_, statements, expected) => {
    for (const statement of statements.split(";")) await env.AUDIT_DB.prepare(statement).run();
    expect(await brokenSeals()).toEqual(expected);
  });

  test("also one who seals again what was changed: what comes after does not fit", async () => {
    const hashes = await trailRows<{ seq: number; hash: string }>("SELECT seq, hash FROM seals ORDER BY seq");
    await env.AUDIT_DB.prepare("UPDATE accesses SET actor_id = 'cccccccccc' WHERE seq = 450").run();
    await env.AUDIT_DB.prepare("DELETE FROM seals WHERE seq = 900").run();
    await env.AUDIT_DB.prepare("DELETE FROM seals WHERE seq = 600").run();
    await seal(NOON);
    const later = await trailRows<{ hash: string }>("SELECT hash FROM seals ORDER BY seq DESC LIMIT 1");
    expect(later[0]!.hash).not.toBe(hashes.at(-1)!.hash);
  });
});

describe("the export of a day", () => {
  test("begins when the day is over, and has every entry and seal as lines that can be verified without the service", async () => {
    await record(700);
    await seal(NOON);
    await record(1500, NOON + 1);
    await seal(NOON + 1);
    await seal(NOON + 20 * MINUTE);
    await exportDays(NOON + 11 * 60 * MINUTE);
    expect(await linesOf("2026-03-01")).toEqual([]);
    await exportDays(NOON + 12 * 60 * MINUTE);
    let previous = "";
    let entries: string[] = [];
    const seen: number[] = [];
    for (const line of await linesOf("2026-03-01")) {
      const it = JSON.parse(line);
      if (it.seal === undefined) {
        entries.push(line);
        seen.push(it.seq);
        continue;
      }
      expect(it).toMatchObject({ seal: seen.at(-1), entries: entries.length, previous, isIntact: true });
      expect(await sha256([it.previous, ...entries, ""].join("\n"))).toBe(it.hash);
      [previous, entries] = [it.hash, []];
    }
    expect(entries).toEqual([]);
    expect(seen).toEqual(Array.from({ length: 2200 }, (_, i) => i + 1));
    const days = await listDays(trail(), "9999", 10);
    expect(days).toEqual([
      {
        day: "2026-03-01",
        first: 1,
        last: 2200,
        entries: 2200,
        hash: previous,
        exportedTo: 2200,
        parts: 2,
        broken: 0,
        exportedAt: NOON + 12 * 60 * MINUTE,
        droppedAt: null,
      },
    ]);
  });

  test("has what an entry says, and no more than ids", async () => {
    await record(1);
    await seal(NOON + 10 * MINUTE);
    await exportDays(NOON + DAY_MS);
    const [line] = await linesOf("2026-03-01");
    expect(JSON.parse(line!)).toEqual({
      seq: 1,
      id: made.toString(16).padStart(24, "0"),
      at: NOON,
      requestId: `r${made}`,
      actorKind: "person",
      actorId: "aaaaaaaaaa",
      operation: "GetPatient",
      clinicId: "0123456789abcdef01234567",
      outcome: "read",
      patientIds: [(made % 7).toString(16).padStart(10, "b")],
    });
    const { objects } = await env.AUDIT_EXPORTS.list();
    expect(objects.map(({ key }) => key)).toEqual(["2026-03-01/000001.ndjson"]);
  });

  test("is one for each day, also when the cron stood still for days; each entry is in one", async () => {
    for (const day of [0, 1, 4]) {
      await record(250, NOON + day * DAY_MS);
      await seal(NOON + day * DAY_MS);
    }
    for (let times = 0; times < 4; times++) await exportDays(NOON + 9 * DAY_MS);
    const days = (await listDays(trail(), "9999", 10)).toReversed();
    expect(days.map(({ day, first, last, parts }) => [day, first, last, parts])).toEqual([
      ["2026-03-01", 1, 250, 1],
      ["2026-03-02", 251, 500, 1],
      ["2026-03-05", 501, 750, 1],
    ]);
  });

  test("takes no seal any more once the day is closed", async () => {
    await record(250);
    await seal(NOON);
    await exportDays(NOON + DAY_MS);
    await record(250);
    // A run of the cron that has taken long.
    expect(await seal(NOON)).toHaveLength(1);
    expect(await sealed()).toHaveLength(1);
    await seal(NOON + DAY_MS);
    await exportDays(NOON + 2 * DAY_MS);
    expect((await listDays(trail(), "9999", 10)).map(({ day, entries }) => [day, entries])).toEqual([
      ["2026-03-02", 250],
      ["2026-03-01", 250],
    ]);
  });

  test("what happened after midnight is of no day before, though the run of the cron was due before", async () => {
    const midnight = NOON + DAY_MS / 2;
    await record(1, midnight + 5_000);
    await record(1500, midnight - MINUTE);
    await seal(midnight - MINUTE);
    await seal(midnight + 10 * MINUTE);
    for (let times = 0; times < 2; times++) await exportDays(midnight + 2 * DAY_MS);
    expect((await listDays(trail(), "9999", 10)).map(({ day, entries }) => [day, entries])).toEqual([
      ["2026-03-02", 1501],
    ]);
    const [{ patients } = { patients: "" }] = await trailRows<{ patients: string }>(
      "SELECT substr(hex(patients), 5) AS patients FROM accesses WHERE seq = 1",
    );
    const { entries } = await findAccesses(trail(), { patientId: patients.toLowerCase(), from: midnight, limit: 100 });
    expect(entries.map(({ seq }) => seq)).toEqual([1]);
  });

  test("an entry from far ahead holds no day back for long", async () => {
    await record(250, NOON + 3 * DAY_MS);
    await seal(NOON);
    await exportDays(NOON + DAY_MS);
    expect((await listDays(trail(), "9999", 10)).map(({ day }) => day)).toEqual(["2026-03-01"]);
  });

  const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  test.each(["before", "after"] as const)("is the same when the database is lost %s any batch", async (when) => {
    await record(3300);
    await seal(NOON);
    await seal(NOON + 10 * MINUTE);
    const now = NOON + DAY_MS;
    for (const batch of steps) await exportDays(now, { ...env, AUDIT_DB: losing(env.AUDIT_DB, { batch, when }) });
    await exportDays(now);
    const lines = (await linesOf("2026-03-01")).map((line) => JSON.parse(line));
    expect(lines.filter(({ seal: it }) => it === undefined).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 3300 }, (_, i) => i + 1),
    );
    expect((await listDays(trail(), "9999", 1))[0]).toMatchObject({ exportedTo: 3300, parts: 4, broken: 0 });
  });

  test("goes on after the object store was lost before or after it took a part, also where nothing can be overwritten", async () => {
    await record(2500);
    await seal(NOON);
    await seal(NOON + 10 * MINUTE);
    const now = NOON + DAY_MS;
    const locked = (when: "before" | "after" | "never") => ({
      head: (key: string) => env.AUDIT_EXPORTS.head(key),
      put: async (key: string, text: string, options: R2PutOptions) => {
        if (when === "before" || (await env.AUDIT_EXPORTS.head(key))) throw new Error("lost, or locked");
        await env.AUDIT_EXPORTS.put(key, text, options);
        if (when === "after") throw new Error("lost");
      },
    });
    for (const when of ["before", "after", "after", "never"] as const)
      await exportDays(now, { ...env, AUDIT_EXPORTS: locked(when) as unknown as R2Bucket });
    expect((await linesOf("2026-03-01")).filter((line) => line.startsWith('{"seq"'))).toHaveLength(2500);
    expect((await listDays(trail(), "9999", 1))[0]).toMatchObject({ exportedTo: 2500, parts: 3 });
  });

  test("is written once by several sweeps at a time", async () => {
    await record(2500);
    await seal(NOON);
    await seal(NOON + 10 * MINUTE);
    await Promise.all(Array.from({ length: 3 }, () => exportDays(NOON + DAY_MS)));
    expect((await linesOf("2026-03-01")).filter((line) => line.startsWith('{"seq"'))).toHaveLength(2500);
    expect((await listDays(trail(), "9999", 1))[0]).toMatchObject({ exportedTo: 2500, parts: 3 });
  });

  test("says which seals were broken, counts them, and logs them", async () => {
    await record(500);
    await seal(NOON);
    await env.AUDIT_DB.prepare("DELETE FROM accesses WHERE seq = 7").run();
    const logged = vi.spyOn(console, "log").mockImplementation(() => {});
    await exportDays(NOON + DAY_MS);
    const events = logged.mock.calls.map(([line]) => JSON.parse(String(line)));
    logged.mockRestore();
    expect(events.map(({ level, event }) => [level, event])).toEqual([
      ["error", "audit seal broken"],
      ["info", "audit exported"],
    ]);
    expect((await listDays(trail(), "9999", 1))[0]).toMatchObject({ entries: 500, broken: 1, parts: 1 });
    expect(JSON.parse((await linesOf("2026-03-01")).at(-1)!)).toMatchObject({ seal: 500, isIntact: false });
  });
});

describe("what is older than AUDIT_DAYS", () => {
  const drop = (now: number, bindings = env) => sweepAudit(["drop days"], { now, bindings });
  const seqs = async () =>
    (await trailRows<{ seq: number }>("SELECT seq FROM accesses ORDER BY seq")).map(({ seq }) => seq);
  const KEPT = 180 * DAY_MS;

  beforeEach(async () => {
    for (const day of [0, 1]) {
      await record(1200, NOON + day * DAY_MS);
      for (const later of [0, 20 * MINUTE]) await seal(NOON + day * DAY_MS + later);
    }
  });

  test("is removed when it is exported, and not before; what is left is still sealed", async () => {
    await drop(NOON + KEPT + 5 * DAY_MS);
    const head = () => Promise.reject(new Error("lost"));
    await exportDays(NOON + DAY_MS, { ...env, AUDIT_EXPORTS: { head } as unknown as R2Bucket });
    expect(await listDays(trail(), "9999", 1)).toHaveLength(1);
    await drop(NOON + KEPT + 5 * DAY_MS);
    expect(await seqs()).toHaveLength(2400);
    await exportDays(NOON + DAY_MS);
    await drop(NOON + KEPT);
    expect(await seqs()).toHaveLength(2400);
    await drop(NOON + KEPT + DAY_MS);
    expect(await seqs()).toEqual(Array.from({ length: 1200 }, (_, i) => 1201 + i));
    expect((await sealed()).map(({ first }) => first)).toEqual([1201, 2201]);
    expect(await brokenSeals()).toEqual([]);
    expect((await listDays(trail(), "9999", 1))[0]).toMatchObject({ droppedAt: NOON + KEPT + DAY_MS });
    await env.AUDIT_DB.prepare("DELETE FROM seals WHERE seq = 2200").run();
    expect(await brokenSeals()).toEqual([2400]);
  });

  test("has never the newest entries among it: the next entry continues their numbers and their chain", async () => {
    for (let times = 0; times < 3; times++) await exportDays(NOON + 3 * DAY_MS);
    for (let times = 0; times < 3; times++) await drop(NOON + 2 * KEPT);
    expect(await seqs()).toHaveLength(1200);
    await record(200, NOON + 2 * KEPT);
    await seal(NOON + 2 * KEPT);
    expect((await seqs()).at(-1)).toBe(2600);
    expect(await brokenSeals()).toEqual([]);
  });

  test.each(["before", "after"] as const)("goes in the end when the database is lost %s any batch", async (when) => {
    await exportDays(NOON + DAY_MS);
    const now = NOON + KEPT + DAY_MS;
    for (const batch of [1, 2, 3, 4]) await drop(now, { ...env, AUDIT_DB: losing(env.AUDIT_DB, { batch, when }) });
    await drop(now);
    expect(await seqs()).toHaveLength(1200);
    expect(await brokenSeals()).toEqual([]);
    expect((await listDays(trail(), "9999", 1))[0]).toMatchObject({ droppedAt: now });
  });

  test("is what AUDIT_DAYS says, at least 90", async () => {
    await exportDays(NOON + DAY_MS);
    const soon = NOON + 91 * DAY_MS;
    await drop(soon, { ...env, AUDIT_DAYS: "91" } as typeof env);
    expect(await seqs()).toHaveLength(2400);
    const tooFew = await drop(soon, { ...env, AUDIT_DAYS: "89" } as typeof env);
    expect(String(tooFew[0])).toContain("AUDIT_DAYS");
    await drop(soon, { ...env, AUDIT_DAYS: "90" } as typeof env);
    expect(await seqs()).toHaveLength(1200);
  });
});
