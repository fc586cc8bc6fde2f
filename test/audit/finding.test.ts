import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { type Access, insertAccesses } from "../../src/platform/audit/accesses-store.ts";
import { type AccessFilter, findAccesses } from "../../src/platform/audit/find-accesses.ts";
import { accessesIn, placeOf, rowId } from "../../src/platform/audit/postings.ts";
import { emptyTrail, losing, sweepAudit, trail, trailRows, untilOthersAreTold } from "./trail.ts";

const AT = Date.UTC(2026, 2, 1, 12);
const CLINICS = ["0123456789abcdef01234567", "0123456789abcdef01234568"];
const ACTORS = ["aaaaaaaaaa", "aaaaaaaaab", "aaaaaaaaac"];
const PATIENTS = [
  ...Array.from({ length: 20 }, (_, i) => `bbbbbbbb${String(i).padStart(2, "0")}`),
  ...Array.from({ length: 20 }, (_, i) => `00000000-0000-4000-8000-0000000000${String(i).padStart(2, "0")}`),
];

let state = 1;
const below = (n: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};

/** What is written, as it is expected back. */
let written: Access[] = [];
/** Writes entries about none to several patients of the forty, with times that are nearly in order. */
async function record(count: number): Promise<void> {
  const more = Array.from({ length: count }, (_, i): Access => {
    const seq = written.length + i + 1;
    const patientIds = [...new Set(Array.from({ length: below(4) }, () => PATIENTS[below(PATIENTS.length)]!))];
    return {
      seq,
      id: seq.toString(16).padStart(24, "0"),
      at: AT + seq * 1000 - below(20) * 500,
      requestId: `r${seq}`,
      actorKind: "person",
      actorId: ACTORS[below(3)]!,
      operation: "ListPatients",
      clinicId: below(10) ? CLINICS[below(2)]! : null,
      patientIds,
      outcome: "read",
    };
  });
  await trail().batch(insertAccesses(more.map((it) => ({ v: 1, ...it }))));
  written.push(...more);
}

/** All pages of a search: what they had, and of how many entries each was. */
async function all(filter: Omit<AccessFilter, "cursor">): Promise<{ seqs: number[]; pages: number[] }> {
  const seqs: number[] = [];
  const pages: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await findAccesses(trail(), { ...filter, cursor });
    seqs.push(...page.entries.map(({ seq }) => seq));
    pages.push(page.entries.length);
    ({ cursor } = page);
  } while (cursor !== undefined && pages.length < 200);
  return { seqs, pages };
}

/** What a search has to find, in its order. */
function expected({ clinicId, patientId, actorId, from = 0, to = Infinity }: Omit<AccessFilter, "cursor">): number[] {
  const found = written.filter(
    (it) =>
      (clinicId === undefined || it.clinicId === clinicId) &&
      (actorId === undefined || it.actorId === actorId) &&
      (patientId === undefined || it.patientIds.includes(patientId)) &&
      it.at >= from &&
      it.at < to,
  );
  const isByTime = patientId === undefined && (clinicId !== undefined || actorId !== undefined);
  return found.toSorted((a, b) => (isByTime ? b.at - a.at || b.seq - a.seq : b.seq - a.seq)).map(({ seq }) => seq);
}

const index = (bindings = env) => sweepAudit(["index patients"], { bindings });
const indexed = async () =>
  (await trailRows<{ upto: number }>("SELECT upto FROM progress WHERE name = 'indexed'"))[0]!.upto;

beforeAll(untilOthersAreTold);
beforeEach(async () => {
  await emptyTrail();
  written = [];
});

async function expectAllFound(): Promise<void> {
  const [clinicId, actorId] = [CLINICS[0], ACTORS[0]];
  const middle = { from: AT + written.length * 300, to: AT + written.length * 700 };
  const filters: Omit<AccessFilter, "cursor" | "limit">[] = [
    {},
    { clinicId },
    { actorId },
    { clinicId, actorId },
    ...[PATIENTS[0], PATIENTS[5], PATIENTS[25]].flatMap((patientId) => [
      { patientId },
      { patientId, clinicId },
      { patientId, actorId, clinicId },
    ]),
  ];
  for (const filter of [...filters, ...filters.map((it) => ({ ...it, ...middle }))]) {
    for (const limit of [31, 100]) {
      const { seqs, pages } = await all({ ...filter, limit });
      expect([filter, limit, seqs]).toEqual([filter, limit, expected({ ...filter, limit })]);
      expect(Math.max(...pages)).toBeLessThanOrEqual(limit);
    }
  }
}

describe("finding accesses", () => {
  test("finds by clinic, actor, patient and time what a search through everything finds, while it is indexed", async () => {
    await record(150);
    await expectAllFound();
    await index();
    expect(await indexed()).toBe(0);
    await record(1100);
    await index();
    expect(await indexed()).toBe(1250);
    await expectAllFound();
    await record(100);
    await index();
    expect(await indexed()).toBe(1250);
    await expectAllFound();
  });

  test("returns an entry whole", async () => {
    await record(50);
    const it = written.find(({ patientIds }) => patientIds.length === 3)!;
    const { entries } = await findAccesses(trail(), { patientId: it.patientIds[1]!, limit: 100 });
    const found = entries.find(({ seq }) => seq === it.seq)!;
    expect({ ...found, patientIds: found.patientIds.toSorted() }).toEqual({
      ...it,
      patientIds: it.patientIds.toSorted(),
    });
  });

  test.each(["before", "after"] as const)("finds all of it when indexing is lost %s any batch", async (when) => {
    await record(2300);
    for (let batch = 1; batch <= 8; batch++) await index({ ...env, AUDIT_DB: losing(env.AUDIT_DB, { batch, when }) });
    await Promise.all([index(), index()]);
    expect(await indexed()).toBe(2300);
    const entries = await trailRows<{ n: number }>("SELECT sum(length(entries)) / 5 AS n FROM patient_postings");
    expect(entries[0]!.n).toBe(written.reduce((sum, { patientIds }) => sum + patientIds.length, 0));
    await expectAllFound();
  });

  test("indexes each entry once, whatever the number of sweeps at a time", async () => {
    await record(1200);
    await Promise.all([index(), index(), index()]);
    await index();
    const entries = await trailRows<{ n: number }>("SELECT sum(length(entries)) / 5 AS n FROM patient_postings");
    expect(entries[0]!.n).toBe(written.reduce((sum, { patientIds }) => sum + patientIds.length, 0));
    await expectAllFound();
  });

  test("finds nothing of another patient whose hash is the same", async () => {
    const seen = new Map<string, string>();
    let same: [string, string] | undefined;
    for (let n = 0; same === undefined; n++) {
      const id = n.toString(16).padStart(10, "0");
      const place = JSON.stringify(placeOf(id));
      const other = seen.get(place);
      if (other !== undefined) same = [other, id];
      seen.set(place, id);
    }
    await record(200);
    const access = {
      v: 1,
      at: AT,
      requestId: "r",
      actorKind: "service",
      actorId: "s",
      operation: "o",
      clinicId: null,
    } as const;
    const of = (patientId: string, n: number) => ({
      ...access,
      id: `ab${String(n).padStart(22, "0")}`,
      patientIds: [patientId],
      outcome: "read" as const,
    });
    await trail().batch(insertAccesses(same.map(of)));
    await index();
    expect(await indexed()).toBe(202);
    for (const [n, patientId] of same.entries()) expect((await all({ patientId, limit: 10 })).seqs).toEqual([201 + n]);
  });

  test("finds what arrived since a time, also where days before it are closed", async () => {
    for (const day of [0, 1, 2]) {
      await record(300);
      const shift = day * 86_400_000;
      for (const it of written.slice(-300)) Object.assign(it, { at: it.at + shift });
      await env.AUDIT_DB.prepare("UPDATE accesses SET at = at + ? WHERE seq > ?")
        .bind(shift, written.length - 300)
        .run();
      await sweepAudit(["index patients", "seal", "export days"], { now: AT + shift + 3_600_000 });
    }
    expect(await trailRows("SELECT day FROM audit_days")).toHaveLength(2);
    for (const from of [AT, AT + 86_400_000, AT + 86_400_000 * 1.6, AT + 86_400_000 * 2])
      for (const patientId of [undefined, PATIENTS[3]])
        expect((await all({ patientId, from, limit: 50 })).seqs).toEqual(expected({ patientId, from, limit: 50 }));
  });

  test("of nobody finds nothing", async () => {
    await record(500);
    await index();
    for (const patientId of ["cccccccccc", "not an id", ""])
      expect(await findAccesses(trail(), { patientId, limit: 10 })).toEqual({ entries: [], cursor: undefined });
  });

  test("finds patients whose id has another form", async () => {
    const id = "f".repeat(24);
    const access = {
      v: 1,
      id,
      at: AT,
      requestId: "r",
      actorKind: "service",
      actorId: "s",
      operation: "o",
      clinicId: null,
    } as const;
    await trail().batch(insertAccesses([{ ...access, patientIds: ["Jane", "bbbbbbbb00"], outcome: "refused" }]));
    for (const patientId of ["Jane", "bbbbbbbb00"])
      expect((await findAccesses(trail(), { patientId, limit: 10 })).entries).toMatchObject([{ id }]);
  });
});

test("a patient's entries in many large rows of postings are found in pages that each get further", async () => {
  const patientId = "bbbbbbbb00";
  const { bucket, digits } = placeOf(patientId);
  await env.AUDIT_DB.batch([
    env.AUDIT_DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 89)
       INSERT INTO patient_postings (id, entries) SELECT ?1 + 8 * i, CAST(unhex(?2 || '0001') || zeroblob(150000) AS BLOB) FROM n`,
    ).bind(rowId(bucket, 0), digits),
    env.AUDIT_DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 89)
       INSERT INTO accesses (seq, id, at, request_id, actor_kind, actor_id, operation, clinic_id, outcome, patients)
       SELECT 65536 * i + 1, unhex(printf('%024x', i)), ?1, 'r', 'person', 'a', 'GetPatient', NULL, 'read', unhex('0001' || ?2) FROM n`,
    ).bind(AT, patientId),
    env.AUDIT_DB.prepare("UPDATE progress SET upto = 90 * 65536 WHERE name = 'indexed'"),
  ]);
  const { seqs, pages } = await all({ patientId, limit: 100 });
  expect(seqs).toEqual(Array.from({ length: 90 }, (_, i) => 65_536 * (89 - i) + 1));
  expect(pages.length).toBeLessThan(5);
});

describe("a row of postings", () => {
  test("has a patient's entries at their places alone, latest first, in the range its number says", () => {
    const entries = "ABCDEF0001 0ABCDEF002 ABCDEF0003 FABCDEFABC DEF0000004 ABCDEF0001".replaceAll(" ", "");
    expect(accessesIn(rowId(63, 0), entries, "abcdef")).toEqual([3, 1]);
    expect(accessesIn(rowId(63, 17), entries, "abcdef")).toEqual([2 * 65_536 + 3, 2 * 65_536 + 1]);
  });
});

describe("a hundred thousand entries", () => {
  /** Entries about one patient of a thousand each; every 5,000th names the one we look for as well. */
  const fill = (from: number, to: number) =>
    env.AUDIT_DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO accesses (seq, id, at, request_id, actor_kind, actor_id, operation, clinic_id, outcome, patients)
       SELECT i, unhex(printf('%024x', i)), ?3 + i, 'r', 'person', 'aaaaaaaaaa', 'GetPatient', '0123456789abcdef01234567', 'read',
         unhex(printf('%04x%010x', 1 + (i % 5000 = 0), i % 1000) || CASE WHEN i % 5000 = 0 THEN 'bbbbbbbb00' ELSE '' END) FROM n`,
    )
      .bind(from, to, AT)
      .run();
  const wanted = Array.from({ length: 20 }, (_, i) => 100_000 - i * 5000);

  test("lead to a patient's over few rows, before and after rows become one, also while that is lost", async () => {
    await fill(1, 60_000);
    for (let times = 0; times < 6; times++) await index();
    const parts = await trailRows("SELECT 1 FROM patient_postings");
    expect(parts).toHaveLength(64 * 8);
    const search = { patientId: "bbbbbbbb00", limit: 100 };
    expect((await all(search)).seqs).toEqual(wanted.filter((seq) => seq <= 60_000));
    await fill(60_001, 100_000);
    for (let times = 0; times < 5; times++) {
      for (const when of ["before", "after"] as const)
        await index({ ...env, AUDIT_DB: losing(env.AUDIT_DB, { batch: 22, when }) });
      expect((await all(search)).seqs).toEqual(wanted);
    }
    await index();
    expect(await indexed()).toBe(100_000);
    // One row for what is complete, parts of the rest.
    expect(await trailRows("SELECT 1 FROM patient_postings")).toHaveLength(64 + 64 * 5);
    expect((await all(search)).seqs).toEqual(wanted);
    expect((await all({ ...search, limit: 3 })).seqs).toEqual(wanted);
    const db = trail();
    await findAccesses(db, search);
    expect(db.usage.rowsRead).toBeLessThan(100);
    const other = await all({ patientId: "00000003e7", limit: 100 });
    expect(other.seqs).toEqual(Array.from({ length: 100 }, (_, i) => 99_999 - i * 1000));
  });
});
