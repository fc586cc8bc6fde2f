import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import { recordIdOf, type RecordId, type RecordRow, referenceTo, updatedAtOf } from "./record.ts";
import { clinicOf, coding, type Draft } from "./resource.ts";

/** What is left of a record that was merged into another: that it is none any more, and where it is. */
export function mergedPatientOf(origin: string, { clinicId, patientId }: RecordId, survivor: RecordRow): Draft {
  return {
    updatedAt: updatedAtOf(survivor),
    resource: {
      resourceType: "Patient",
      id: recordIdOf({ clinicId, userId: patientId }),
      identifier: [{ use: "secondary", system: `${origin}/users`, value: patientId }],
      active: false,
      managingOrganization: clinicOf(origin, survivor),
      link: [{ other: referenceTo(recordIdOf(survivor)), type: "replaced-by" }],
    },
  };
}

/** A clinic's record of a patient. The name is one text: which part of it is the family's is not known. */
export function patientOf(origin: string, it: RecordRow): Draft {
  const [name, mrn] = [it.fullName?.trim(), it.mrn?.trim()];
  const system = `${origin}/clinics/${it.clinicId}/mrn`;
  const type = coding("http://terminology.hl7.org/CodeSystem/v2-0203", "MR");
  return {
    updatedAt: updatedAtOf(it),
    resource: {
      resourceType: "Patient",
      id: recordIdOf(it),
      identifier: [
        ...(mrn ? [{ use: "usual", type, system, value: mrn }] : []),
        { use: "secondary", system: `${origin}/users`, value: it.userId },
      ],
      active: true,
      name: name ? [{ text: name }] : undefined,
      telecom: it.email ? [{ system: "email", value: it.email }] : undefined,
      birthDate: it.birthDate && it.birthDate !== UNKNOWN_DATE ? it.birthDate : undefined,
      managingOrganization: clinicOf(origin, it),
    },
  };
}
