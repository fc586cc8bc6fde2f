import { describe, expect, test } from "vitest";
import { givenAlike } from "../alike-rows.ts";
import { allDuplicates, duplicates, mark } from "../duplicates.ts";
import { type Answer, type GivenClinic, givenClinic } from "../harness.ts";

/** What the search for patients that may be one person costs in the largest clinics. */

const PATIENTS = 50_000;
const rowsAtMost = 2 * PATIENTS + 2500;

async function givenMany(rowOf: (i: number) => { name: string; date: string; mrn: string }): Promise<GivenClinic> {
  const clinic = await givenClinic();
  for (let at = 0; at < PATIENTS; at += 10_000)
    await givenAlike(
      clinic,
      Array.from({ length: 10_000 }, (_, i) => rowOf(at + i)),
    );
  return clinic;
}
const born = (i: number) => new Date(Date.UTC(1940, 0, 1 + (i % 20_000))).toISOString().slice(0, 10);
const within = ({ status, calls, rowsRead }: Answer) => {
  expect([status, calls]).toEqual([200, expect.toSatisfy((n) => n <= 2)]);
  expect(rowsRead).toBeLessThanOrEqual(rowsAtMost);
  return rowsRead;
};
const EVERYTHING = "likeness=likely,mrnOnly,nameOnly";

describe("in a clinic of 50,000 patients", { timeout: 120_000 }, () => {
  test("without duplicates a page reads two phases, and the third is another page", async () => {
    const clinic = await givenMany((i) => ({ name: `person ${i}`, date: born(i), mrn: `m${i}` }));
    const rows = [];
    const answer = await duplicates(clinic);
    rows.push(within(answer));
    expect(answer.body).toEqual({ data: [], crowds: [], meta: {} });
    const first = await duplicates(clinic, EVERYTHING);
    rows.push(within(first));
    expect(first.body.meta).toEqual({ next: "3.0" });
    const second = await duplicates(clinic, `${EVERYTHING}&cursor=3.0`);
    rows.push(within(second));
    expect(second.body).toEqual({ data: [], crowds: [], meta: {} });
    rows.push(within(await duplicates(clinic, "marked=true")));
    expect(rows).toEqual([2, 2, 1, 1].map((scans) => expect.closeTo(scans * PATIENTS, -2)));
  });

  test("with one patient in twenty twice, each page is within its bounds", async () => {
    const clinic = await givenMany((i) => {
      const n = i % 20 === 1 ? i - 1 : i;
      return { name: `person ${n}`, date: born(n), mrn: `m${i % 40 === 3 ? i - 1 : i}` };
    });
    const rows = [within(await duplicates(clinic)), within(await duplicates(clinic, "limit=200"))];
    const { data, pages } = await allDuplicates(clinic, `${EVERYTHING}&limit=200`);
    expect([data.length, pages]).toEqual([3750, expect.toSatisfy((n) => n < 60)]);
    for (const it of data.slice(0, 50)) await mark(clinic, it.patients[0].id, it.patients[1].id);
    rows.push(within(await duplicates(clinic, "limit=200")), within(await duplicates(clinic, "marked=true")));
    // A page ends where it has enough: only one that looks for marks goes through all.
    for (const one of rows.slice(0, 3)) expect(one).toBeLessThanOrEqual(PATIENTS / 4);
  });

  test.each([2, 10, 11])("with groups of %i the largest page is within its bounds", async (size) => {
    const clinic = await givenMany((i) => {
      const n = i - (i % size);
      return { name: `person ${n}`, date: born(n), mrn: `m${n}` };
    });
    const answer = await duplicates(clinic, "limit=200");
    within(answer);
    expect(answer.rowsRead).toBeLessThanOrEqual(5000);
  });

  test("all alike are one crowd of each phase", async () => {
    const clinic = await givenMany(() => ({ name: "one", date: "1980-01-01", mrn: "m" }));
    const answer = await duplicates(clinic);
    expect(within(answer)).toBeLessThanOrEqual(2 * PATIENTS + 50);
    expect(answer.body).toMatchObject({
      data: [],
      crowds: [
        { shared: ["fullName", "birthDate"], patients: PATIENTS, ids: { length: 3 } },
        { shared: ["mrn"], patients: PATIENTS, ids: { length: 3 } },
      ],
      meta: {},
    });
  });
});
