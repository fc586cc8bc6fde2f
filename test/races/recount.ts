import { expect } from "vitest";
import { type GivenClinic, rows } from "../harness.ts";

/** The numbers a clinic keeps are those of a recount, and nothing is left of a clinic that is gone. */
export async function expectCounted({ clinicId }: GivenClinic): Promise<void> {
  const alike = async (what: string, kept: string, counted: string) =>
    expect(await rows(kept, clinicId), what).toEqual(await rows(counted, clinicId));
  await alike(
    "patients",
    "SELECT patient_total AS total, patient_demo AS demo, patient_plan AS plan FROM clinics WHERE id = ?",
    `SELECT count(p.key) AS total, coalesce(sum(p.is_demo), 0) AS demo, coalesce(sum(p.counts_to_plan), 0) AS plan
     FROM clinics c LEFT JOIN patients p ON p.clinic_id = c.id WHERE c.id = ? GROUP BY c.id`,
  );
  await alike(
    "providers",
    "SELECT provider, state, n FROM clinic_provider_counts WHERE clinic_id = ? AND n <> 0 ORDER BY 1, 2",
    `SELECT s.value ->> 'providerName' AS provider, s.value ->> 'state' AS state, count(*) AS n
     FROM patients, json_each(data_sources) AS s WHERE clinic_id = ? GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  for (const [list, table] of [
    ["tags", "clinic_patient_tags"],
    ["sites", "clinic_sites"],
  ] as const)
    await alike(
      list,
      `SELECT id, num_patients AS n FROM ${table} WHERE clinic_id = ? AND n <> 0 ORDER BY 1`,
      `SELECT entry.value AS id, count(*) AS n FROM patients, json_each(${list}) AS entry WHERE clinic_id = ? GROUP BY 1 ORDER BY 1`,
    );
  for (const table of ["patients", "clinicians", "clinic_patient_tags", "clinic_sites", "clinic_share_codes"]) {
    const left = `SELECT clinic_id FROM ${table} WHERE clinic_id NOT IN (SELECT id FROM clinics) LIMIT 1`;
    expect(await rows(left), `${table} of no clinic`).toEqual([]);
  }
}
