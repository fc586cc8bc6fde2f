import { beforeEach, describe, expect, test, vi } from "vitest";
import { auditRows, type GivenClinic, givenClinic, givenPatient, rows } from "../../../../test/harness.ts";
import { storedRecord } from "../../../../test/stored-records.ts";
import { givenSummary, statsWith } from "../../../../test/summaries.ts";

const MANY = 2_200;
const DEFAULT_ORDER = "?limit=20";
const CHOSEN = "?sort=-fullName&sortType=cgm&limit=20";

let clinic: GivenClinic;
let ids: string[];
beforeEach(async () => {
  clinic = await givenClinic();
  ids = [];
  for (const fullName of ["Ana", "Bo", "Cy"]) ids.push((await givenPatient(clinic, { fullName })).id);
  // So that what is kept of the clinic is what is there now.
  for (const query of [DEFAULT_ORDER, CHOSEN]) await list(query);
});

const list = (query: string) => clinic.member.get(`${clinic.path}/patients${query}`);
const get = (id: string) => clinic.member.get(`${clinic.path}/patients/${id}`);
const stored = async () => {
  const found = await Promise.all(ids.map((id) => storedRecord(clinic.clinicId, id)));
  return found.map((it) => it!.record);
};

/** What makes it unknown whether the versions that are kept led to those that are stored. */
const BREAKS: readonly (readonly [string, () => Promise<unknown>])[] = [
  [
    "more changes than are written down",
    () =>
      rows(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
         INSERT INTO patient_changes (clinic_id, seq, key, renamed)
         SELECT ?1, (SELECT max(seq) FROM patient_changes WHERE clinic_id = ?1) + i, NULL, 0 FROM n RETURNING 1`,
        clinic.clinicId,
      ),
  ],
  [
    "a database that was put back and has gone another way",
    () => rows("UPDATE patient_changes SET token = token + 1 WHERE clinic_id = ? RETURNING 1", clinic.clinicId),
  ],
];

describe("a page of patients, some of whom were looked at before", () => {
  test.each(BREAKS)("takes no further round trip after %s, and has the records that are stored", async (_, breaks) => {
    await breaks();
    await rows("UPDATE patients SET full_name = full_name || ' B.' WHERE user_id = ? RETURNING 1", ids[1]);
    const page = await list(DEFAULT_ORDER);
    expect([page.calls, page.body.data.slice(0, 3)]).toEqual([1, await stored()]);
    await breaks();
    const chosen = await list(CHOSEN);
    expect([chosen.calls, chosen.body.data.toReversed().slice(0, 3)]).toEqual([2, await stored()]);
  });

  test("names all of them in the trail", async () => {
    await list(DEFAULT_ORDER);
    await list(CHOSEN);
    const named = async () => {
      const found = await auditRows({ operation: "ListPatients", clinic_id: clinic.clinicId });
      return ids.map((id) => found.filter(({ patient_id }) => patient_id === id).length);
    };
    await vi.waitFor(async () => expect(await named()).toEqual([4, 4, 4]), { timeout: 20_000, interval: 100 });
  });
});

const rename = (id: string, version: string) =>
  rows(`UPDATE patients SET full_name = full_name || ' B.', version = ${version} WHERE user_id = ? RETURNING 1`, id);

describe("a patient who was looked at before", () => {
  test.each(BREAKS)("is as stored after %s, in one round trip", async (_, breaks) => {
    await breaks();
    await rename(ids[1]!, "version");
    for (const [at, id] of ids.entries()) {
      const { calls, body } = await get(id);
      expect([calls, body]).toEqual([1, (await stored())[at]]);
    }
  });

  test("is as stored after a change, in one round trip and to the last digit", async () => {
    const stats = await statsWith("cgm", { totalRecords: 3, averageGlucoseMmol: 0.1 + 0.2 });
    const config = { ...stats.config, lowGlucoseThreshold: 3.9000000000000004 };
    await givenSummary(clinic.clinicId, ids[1]!, { cgmStats: { ...stats, config } });
    await rename(ids[1]!, "version + 1");
    const { calls, body } = await get(ids[1]!);
    expect(body.summary.cgmStats.config).toMatchObject(config);
    expect([calls, body]).toEqual([1, (await stored())[1]]);
    await rename(ids[1]!, "version + 1");
    expect((await list(DEFAULT_ORDER)).body.data[1]).toEqual((await stored())[1]);
  });

  test("is not read again, however long the summary", async () => {
    const id = ids[0]!;
    await givenSummary(clinic.clinicId, id, { cgmStats: await statsWith("cgm", { totalRecords: 3 }) });
    const [first, second] = [await get(id), await get(id)];
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect(second.rowsRead).toBeLessThanOrEqual(6);
    expect(first.rowsRead).toBeGreaterThan(second.rowsRead);
  });

  test("is nobody to a clinic that they have left", async () => {
    await get(ids[2]!);
    await clinic.admin.delete(`${clinic.path}/patients/${ids[2]}`);
    expect((await get(ids[2]!)).status).toBe(404);
  });
});
