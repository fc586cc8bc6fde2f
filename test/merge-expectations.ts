import { expect } from "vitest";
import { rows } from "./harness.ts";
import { type GivenPair, seen } from "./merge-rows.ts";
import { type ModelClinic, merged, siteNamesAreRight } from "./properties/merge-model.ts";

/** What the model knows of a clinic, and that its numbers are right. */
export async function look(clinicId: string): Promise<ModelClinic> {
  const { numbers, recounted, exists, ...model } = await seen(clinicId);
  if (exists) expect(numbers).toEqual(recounted);
  return model;
}

/** The clinics are one, as the model says of what they were. */
export async function expectMerged(given: GivenPair, [source, target]: [ModelClinic, ModelClinic]): Promise<void> {
  const now = await look(given.targetId);
  const { siteIds, ...wanted } = merged(source, target);
  const byUser = <T extends { user: string }>(list: T[]) => list.toSorted((a, b) => (a.user < b.user ? -1 : 1));
  expect({ ...now, sites: now.sites.map(({ id }) => id) }).toEqual({
    ...wanted,
    sites: siteIds,
    members: byUser(wanted.members),
    patients: byUser(wanted.patients),
    offers: wanted.offers.toSorted(),
  });
  expect(siteNamesAreRight(source, target, now.sites)).toBe(true);
  expect((await seen(given.sourceId)).exists).toBe(false);
  const left = ["patients", "clinicians", "clinic_patient_tags", "clinic_sites", "clinic_share_codes"].map(
    (table) => `SELECT 1 FROM ${table} WHERE clinic_id = ?1`,
  );
  expect(await rows(left.join(" UNION ALL "), given.sourceId)).toEqual([]);
}
