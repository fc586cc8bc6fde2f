import { expect } from "vitest";
import { countRows, givenClinic, givenPatient, givenTag, type GivenClinic, rows } from "./harness.ts";

/** Asks an admin's merge of the source into the target. */
export const merge = (clinic: GivenClinic, targetId: string, sourceId: string, more: object = {}, query = "") =>
  clinic.admin.post(`${clinic.path}/patients/${targetId}/merge${query}`, { sourceId, ...more });

/** The two of the specification's example. */
export async function givenTwo() {
  const clinic = await givenClinic();
  const [t1, t2] = [await givenTag(clinic), await givenTag(clinic)];
  const born = { birthDate: "1987-02-03" };
  const a = await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "A-17", tags: [t1.id], ...born });
  const email = `rosa-${a.id}@example.org`;
  const b = await givenPatient(clinic, { fullName: "rosa díaz", email, tags: [t2.id, t1.id], ...born });
  return { clinic, t1, t2, a, b, email };
}

/** The numbers kept of a clinic are those that counting gives. */
export async function expectNumbersRight({ clinicId }: GivenClinic, tagId: string, withTag: number): Promise<void> {
  const total = await countRows("patients WHERE clinic_id = ?", clinicId);
  expect(await rows("SELECT patient_total AS n FROM clinics WHERE id = ?", clinicId)).toEqual([{ n: total }]);
  expect(await rows("SELECT num_patients AS n FROM clinic_patient_tags WHERE id = ?", tagId)).toEqual([{ n: withTag }]);
}
