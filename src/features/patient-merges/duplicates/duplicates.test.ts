import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { givenAlike, known, modelled } from "../../../../test/alike-rows.ts";
import { allDuplicates, idsOf } from "../../../../test/duplicates.ts";
import { givenClinic, givenPatient, rows } from "../../../../test/harness.ts";
import { merge } from "../../../../test/patient-merges.ts";
import { Db, statementObservers } from "../../../platform/db/client.ts";
import { askingOf } from "../../../platform/db/read.ts";
import { findGroups } from "./scan-store.ts";

const ALL = ["likely", "mrnOnly", "nameOnly"];
const SUBSETS = [ALL, ["likely", "mrnOnly"], ["likely", "nameOnly"], ["mrnOnly", "nameOnly"], ...ALL.map((it) => [it])];

/** The same numbers every time, so that what fails can be looked at. */
function dice(seed: number) {
  let state = seed;
  return (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
}
const listed = ({ data, crowds }: { data: any[]; crowds: any[] }) => ({
  pairs: data.map((it) => `${idsOf(it).join(" ")} ${it.likeness} ${it.shared.join()}`).toSorted(),
  crowds: crowds
    .map((it) => `${it.shared.includes("birthDate") ? 1 : it.shared.includes("mrn") ? 2 : 3} ${it.patients}`)
    .toSorted(),
});
const expected = ({ pairs, crowds }: ReturnType<typeof modelled>) => ({
  pairs: pairs.map(({ ids, likeness, shared }) => `${ids.join(" ")} ${likeness} ${shared.join()}`).toSorted(),
  crowds,
});

describe("Records of one clinic that are alike", () => {
  test.each([1, 2, 3, 4, 5, 6])("are listed once each, in clinic %i, as comparing all with all finds", async (seed) => {
    const clinic = await givenClinic();
    const roll = dice(seed);
    const some = (of: readonly (string | null)[]) => of[roll(of.length)]!;
    const spread = 3 + roll(12);
    const names = [null, "", ...Array.from({ length: spread }, (_, i) => `name ${i}`)];
    const dates = [null, "0001-01-01", ...Array.from({ length: 1 + roll(4) }, (_, i) => `1980-01-0${i + 1}`)];
    const mrns = [null, null, ...Array.from({ length: spread * 2 }, (_, i) => `${i}`)];
    await givenAlike(
      clinic,
      Array.from({ length: 60 }, () => ({ name: some(names), date: some(dates), mrn: some(mrns) })),
    );
    const all = await known(clinic);
    for (const kinds of SUBSETS) {
      const model = expected(modelled(all, new Set(kinds)));
      for (const limit of [1, 7, 200])
        expect(listed(await allDuplicates(clinic, `likeness=${kinds.join()}&limit=${limit}`))).toEqual(model);
    }
    expect(listed(await allDuplicates(clinic))).toEqual(expected(modelled(all, new Set(["likely", "mrnOnly"]))));
  });

  test("are found in whatever spelling, accents and script", async () => {
    const clinic = await givenClinic();
    const birthDate = "1987-02-03";
    const [a, b] = [
      await givenPatient(clinic, { fullName: "Rosa Diaz", birthDate, mrn: "A 1" }),
      await givenPatient(clinic, { fullName: "rosa díaz", birthDate, mrn: "a1" }),
    ];
    const [c, d] = [
      await givenPatient(clinic, { fullName: "Анна Ли", birthDate: "1990-01-01" }),
      await givenPatient(clinic, { fullName: "АННА ЛИ", birthDate: "1990-01-01" }),
    ];
    const { data } = await allDuplicates(clinic);
    const pairs = data.map((it) => `${idsOf(it).join(" ")} ${it.likeness}`);
    expect(new Set(pairs)).toEqual(new Set([`${a.id} ${b.id} likely`, `${c.id} ${d.id} likely`]));
    const all = await known(clinic);
    expect(listed({ data, crowds: [] })).toEqual(expected(modelled(all, new Set(["likely"]))));
  });

  test("are paired up to ten of a kind, and eleven are a crowd, once, with three of them", async () => {
    const clinic = await givenClinic();
    const same = { name: "ten times", date: "1980-01-01" };
    const ids = await givenAlike(
      clinic,
      Array.from({ length: 10 }, () => same),
    );
    await rows(
      "UPDATE patients SET name_key = ?, birth_date = ? WHERE clinic_id = ? AND is_demo = 1",
      "ten times",
      "1980-01-01",
      clinic.clinicId,
    );
    const ten = await allDuplicates(clinic, "likeness=likely&limit=20");
    expect([new Set(ten.data.map((it) => idsOf(it).join())).size, ten.data.length, ten.crowds]).toEqual([45, 45, []]);
    const [eleventh] = await givenAlike(clinic, [same]);
    const eleven = await allDuplicates(clinic, "likeness=likely&limit=1");
    expect(eleven.data).toEqual([]);
    expect(eleven.crowds).toEqual([{ shared: ["fullName", "birthDate"], patients: 11, ids: expect.any(Array) }]);
    expect(eleven.crowds[0].ids).toHaveLength(3);
    for (const id of eleven.crowds[0].ids) expect([...ids, eleventh]).toContain(id);
  });

  test("are all listed to somebody who merges the pairs of each page before the next", async () => {
    const clinic = await givenClinic();
    const roll = dice(11);
    await givenAlike(
      clinic,
      Array.from({ length: 40 }, (_, i) => ({
        name: `n${roll(6)}`,
        date: `1980-01-0${1 + roll(4)}`,
        mrn: `m${i % 13}`,
      })),
    );
    // The clinic keeps their accounts.
    await rows(
      `INSERT INTO users (id, email_verified, roles, is_custodial, created_at, updated_at)
       SELECT user_id, 0, '[]', 1, 0, 0 FROM patients WHERE clinic_id = ? AND is_demo = 0 RETURNING id`,
      clinic.clinicId,
    );
    const all = "likeness=likely,mrnOnly,nameOnly";
    let merged = 0;
    const walked = await allDuplicates(clinic, `${all}&limit=1`, async ({ data }) => {
      for (const { suggested } of data) {
        const { status } = await merge(clinic, suggested.targetId, suggested.sourceId, { accept: ["not-alike"] });
        if (status === 200) merged++;
        else expect(status).toBe(404);
      }
    });
    expect(merged).toBeGreaterThan(10);
    const seen = new Set(walked.data.map((it) => idsOf(it).join()));
    for (const left of (await allDuplicates(clinic, all)).data) expect(seen).toContain(idsOf(left).join());
  });

  test("are found in covering indexes, without a sorter", async () => {
    const { clinicId } = await givenClinic();
    for (const phases of [[1, 2], [2, 3], [3]] as const)
      for (const after of [0, 7]) {
        const seen: string[] = [];
        const observer = (text: string) => {
          seen.push(text);
        };
        statementObservers.add(observer);
        await askingOf(new Db(env.DB)).read({ groups: findGroups(phases, clinicId, after, 50) });
        statementObservers.delete(observer);
        const text = seen.find((one) => one.includes("INDEXED BY patients_by_"))!;
        const count = text.split("?").length - 1;
        const plan = await rows<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, ...Array(count).fill(1));
        const details = plan.map(({ detail }) => detail);
        const own = details.filter((it) => it.startsWith("SEARCH patients USING COVERING INDEX"));
        expect(own).toEqual(
          phases.map(() => expect.stringMatching(/^SEARCH patients USING COVERING INDEX \w+ \(clinic_id=\? AND \S+>/)),
        );
        if (phases[0] === 1) expect(own[0]).toContain("(birth_date,name_key)>(?,?)");
        expect(details.filter((it) => /B-TREE|SCAN patients/.test(it))).toEqual([]);
      }
  });
});
