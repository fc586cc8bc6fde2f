import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";
import { sweep } from "../../../test/mail/post-office.ts";
import { beginUndo, carryOut, lockPair, givenPair } from "../../../test/merge-rows.ts";

const DAY_MS = 24 * 3_600_000;
const patient = (person: number) => ({
  person,
  tags: [0],
  sites: [0],
  isCustodial: false,
  hasSummary: true,
  provider: "dexcom",
  ehr: { summaryAndReports: true },
});
const clinic = (...people: number[]) => ({
  tags: ["A"],
  sites: ["Main"],
  members: people.map((person) => ({ person: person + 100, isAdmin: true })),
  patients: people.map(patient),
  offers: [],
  ehrSource: "east",
});

/** A merge that was done so many days ago; its id. */
async function mergedDaysAgo(days: number): Promise<string> {
  const id = await lockPair(await givenPair({ source: clinic(1, 2), target: clinic(2, 3) }));
  expect(await carryOut(id)).toBe("done");
  await ago(id, days);
  return id;
}
/** Makes a merge so many days older. */
async function ago(id: string, days: number): Promise<void> {
  const ms = days * DAY_MS;
  await rows("UPDATE merges SET merged_at = merged_at - ? WHERE id = ? RETURNING id", ms, id);
  await rows("UPDATE merge_patients SET merged_at = merged_at - ? WHERE merge_id = ? RETURNING merge_id", ms, id);
}
const kept = (id: string) => ({
  patients: rows("SELECT before, after, as_merged FROM merge_patients WHERE merge_id = ?", id),
  members: rows("SELECT record, as_merged FROM merge_clinicians WHERE merge_id = ?", id),
});

describe("what a merge keeps of records so that it can be undone", () => {
  test("is erased when that is no longer possible; the ids stay", async () => {
    const id = await mergedDaysAgo(31.1);
    await sweep(env);
    const nothing = { before: null, after: null, as_merged: null };
    expect(await kept(id).patients).toEqual([nothing, nothing]);
    const members = await kept(id).members;
    expect(members.length).toBeGreaterThan(1);
    expect(members.every((it) => it.record === null && it.as_merged === null)).toBe(true);
    const ids = await rows("SELECT 1 FROM merge_patients WHERE merge_id = ? AND user_id <> '' AND source_key > 0", id);
    expect(ids).toHaveLength(2);
  });

  test("stays as long as an undo that began in time may take", async () => {
    const id = await mergedDaysAgo(30.9);
    await sweep(env);
    for (const it of await kept(id).patients) {
      expect(it).toEqual({ before: expect.any(String), after: expect.any(String), as_merged: expect.any(String) });
    }
    for (const it of await kept(id).members) expect(it.record).toEqual(expect.any(String));
  });

  test("stays of a merge that took days, until the undo of the whole is no longer possible", async () => {
    const id = await mergedDaysAgo(29.9);
    await rows("UPDATE merge_patients SET merged_at = merged_at - ? WHERE merge_id = ? RETURNING 1", 2 * DAY_MS, id);
    await sweep(env);
    for (const it of await kept(id).patients) expect(it.as_merged).toEqual(expect.any(String));
  });

  test("stays while an undo is under way, however long that takes", async () => {
    const pair = await givenPair({ source: clinic(1, 2), target: clinic(2, 3) });
    const id = await lockPair(pair);
    expect(await carryOut(id)).toBe("done");
    // The patient of both takes back what they have given the target.
    await rows(
      "UPDATE patients SET permissions = 0 WHERE clinic_id = ? AND full_name = 'N 2' RETURNING 1",
      pair.targetId,
    );
    await beginUndo(id);
    await ago(id, 33);
    await sweep(env);
    await rows("UPDATE merge_patients SET merged_at = merged_at + ? WHERE merge_id = ? RETURNING 1", 33 * DAY_MS, id);
    await rows("UPDATE merges SET merged_at = merged_at + ? WHERE id = ? RETURNING 1", 33 * DAY_MS, id);
    expect(await carryOut(id)).toBe("undone");
    expect(
      await rows(
        "SELECT full_name, permissions, tags FROM patients WHERE clinic_id = ? ORDER BY full_name",
        pair.sourceId,
      ),
    ).toEqual([
      { full_name: "N 1", permissions: 2, tags: expect.stringMatching(/^\["/) },
      { full_name: "N 2", permissions: 0, tags: expect.stringMatching(/^\["/) },
    ]);
  });
});
