import { beforeEach, describe, expect, test, vi } from "vitest";
import { auditRows, type GivenClinic, givenClinic, givenPatient, rows } from "../../../../test/harness.ts";

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
const stored = async () => {
  const answers = await Promise.all(ids.map((id) => clinic.member.get(`${clinic.path}/patients/${id}`)));
  return answers.map(({ body }) => body);
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
