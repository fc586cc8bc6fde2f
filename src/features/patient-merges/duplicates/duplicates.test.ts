import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { givenClinic, givenPatient, rows } from "../../../../test/harness.ts";
import { Db, statementObservers } from "../../../platform/db/client.ts";
import { askingOf } from "../../../platform/db/read.ts";
import type { Likeness } from "../rules.ts";
import { PAIRED_AT_MOST, pairsOf, phasesFor } from "./pairs.ts";
import { type After, findGroups, findMembers } from "./scan-store.ts";

const ALL: readonly Likeness[] = ["likely", "mrnOnly", "nameOnly"];
const asking = () => askingOf(new Db(env.DB));

/** All pairs and crowds, `step` groups at a time. */
async function walk(clinicId: string, asked: ReadonlySet<Likeness>, step: number, demoKey: number | null = null) {
  const pairs: string[] = [];
  const crowds: number[] = [];
  for (const phase of phasesFor(asked)) {
    let after: After | undefined;
    for (;;) {
      const { groups } = await asking().read({ groups: findGroups(phase, clinicId, demoKey, after, step) });
      for (const group of groups) {
        if (group.patients > PAIRED_AT_MOST) crowds.push(group.patients);
        else {
          const members = findMembers(phase, clinicId, demoKey, group, PAIRED_AT_MOST);
          for (const { patients, likeness } of pairsOf(phase, (await asking().read({ members })).members, asked))
            pairs.push(`${patients[0].key} ${patients[1].key} ${likeness}`);
        }
      }
      if (groups.length < step) break;
      after = groups.at(-1);
    }
  }
  return { pairs, crowds };
}

/** The same by comparing each record with each. */
async function modelled(clinicId: string, asked: ReadonlySet<string>): Promise<string[]> {
  const all = await rows<{ key: number; n: string | null; d: string | null; m: string | null }>(
    "SELECT key, name_key AS n, birth_date AS d, mrn_key AS m FROM patients WHERE clinic_id = ? ORDER BY key",
    clinicId,
  );
  const found: string[] = [];
  for (const a of all)
    for (const b of all) {
      if (a.key >= b.key) continue;
      const name = !!a.n && a.n === b.n;
      const mrn = !!a.m && a.m === b.m;
      const date = !!a.d && a.d !== "0001-01-01" && a.d === b.d;
      const likeness = +name + +mrn + +date > 1 ? "likely" : mrn ? "mrnOnly" : name ? "nameOnly" : "none";
      if (asked.has(likeness)) found.push(`${a.key} ${b.key} ${likeness}`);
    }
  return found.toSorted();
}

const NAMES = ["Rosa Diaz", "rosa díaz", "Анна Ли", "АННА ЛИ", "Bo Chen", "Ida Berg"];
const DATES = ["1987-02-03", "1990-01-01", "0001-01-01"];
const MRNS = [undefined, "A 1", "a1", "B-2", "C-3"];

describe("Records of one clinic that are alike", () => {
  test.each([1, 2, 50])("are each paired once, %i groups at a time, as comparing all with all finds", async (step) => {
    const clinic = await givenClinic();
    for (let i = 0; i < 24; i++)
      await givenPatient(clinic, {
        fullName: NAMES[(i * 7 + (i >> 2)) % NAMES.length]!,
        birthDate: DATES[i % DATES.length]!,
        mrn: MRNS[(i * 3 + (i >> 3)) % MRNS.length],
      });
    for (const kind of ALL) expect(await modelled(clinic.clinicId, new Set([kind]))).not.toEqual([]);
    for (const kinds of [ALL, ...ALL.map((kind) => [kind])]) {
      const asked = new Set(kinds);
      const { pairs, crowds } = await walk(clinic.clinicId, asked, step);
      expect(crowds).toEqual([]);
      expect(pairs.toSorted()).toEqual(await modelled(clinic.clinicId, asked));
    }
  });

  test("are paired up to ten of a kind, and eleven are a crowd", async () => {
    const clinic = await givenClinic();
    const likely = new Set<Likeness>(["likely"]);
    // Each with an MRN of its own: a request that is the same again makes no second record.
    let made = 0;
    const add = () => givenPatient(clinic, { fullName: "Ten Times", birthDate: "1980-01-01", mrn: `T-${made++}` });
    for (let i = 0; i < 10; i++) await add();
    const ten = await walk(clinic.clinicId, likely, 50);
    expect([new Set(ten.pairs).size, ten.crowds]).toEqual([45, []]);
    const { id } = await add();
    expect(await walk(clinic.clinicId, likely, 50)).toEqual({ pairs: [], crowds: [11] });
    const [row] = await rows<{ key: number }>("SELECT key FROM patients WHERE user_id = ?", id);
    expect(await walk(clinic.clinicId, likely, 50, row!.key)).toEqual(ten);
  });

  test("are found in a covering index, without a sorter", async () => {
    const { clinicId } = await givenClinic();
    const after = { nameKey: "a", birthDate: "1980-01-01", mrnKey: "a" };
    for (const phase of [1, 2, 3] as const)
      for (const place of [undefined, after]) {
        const seen: string[] = [];
        const observer = (text: string) => {
          seen.push(text);
        };
        statementObservers.add(observer);
        await asking().read({ groups: findGroups(phase, clinicId, null, place, 50) });
        statementObservers.delete(observer);
        const text = seen.find((one) => one.includes("INDEXED BY"))!;
        const count = text.split("?").length - 1;
        const plan = await rows<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, ...Array(count).fill("a"));
        expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining("USING COVERING INDEX")]);
      }
  });
});
