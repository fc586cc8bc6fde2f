import type { Role } from "../../access/grants.ts";
import { clinicNotFound } from "../../clinics/model/guards.ts";
import { findWholeClinic, type WholeClinic } from "../../clinics/model/store.ts";
import { type ClinicianRow, listClinicians } from "../../clinicians/model/store.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { type Asking, together } from "../../../platform/db/read.ts";
import type { Restriction } from "../../invites/model/rules.ts";
import type { ClinicForMerge, ClinicianForMerge, PatientForMerge } from "./clinic-for-merge.ts";
import { type MergePlan, planMerge } from "./plan.ts";
import { type PatientRowForMerge, patientsAfter } from "./read.ts";

/** A page of patients takes well below a second and a few megabytes; ten of them hold the largest clinics. */
const PATIENTS_PER_PAGE = 5000;
const EVERYBODY = { words: [], email: undefined, role: undefined };
const ALL = { offset: 0, limit: 1_000_000 };

export interface MergeOf {
  readonly sourceId: string;
  readonly targetId: string;
  readonly demoPatientUserId: string | undefined;
}

/**
 * Reads both clinics and plans their merge. Small clinics take one round trip, larger ones another for every further page
 * of patients. The plan is of one moment only while nobody writes to the clinics. 404 when either is not there.
 */
export async function readMergePlan(
  asking: Asking,
  { sourceId, targetId, demoPatientUserId }: MergeOf,
): Promise<MergePlan> {
  const page = (clinicId: string, after: number) =>
    patientsAfter(clinicId, after, PATIENTS_PER_PAGE, demoPatientUserId);
  const opening = (clinicId: string) =>
    together({
      whole: findWholeClinic(clinicId),
      clinicians: listClinicians(clinicId, EVERYBODY, ALL),
      patients: page(clinicId, 0),
    });
  const { source, target } = await asking.read({ source: opening(sourceId), target: opening(targetId) });
  if (!source.whole || !target.whole) throw clinicNotFound();

  const lean = new LeanPatients();
  const readings = [source, target].map(({ patients }) => ({
    patients: patients.map(lean.of),
    isWhole: isLast(patients),
  }));
  while (readings.some(({ isWhole }) => !isWhole)) {
    const next = Object.fromEntries(
      [sourceId, targetId].flatMap((clinicId, i) => {
        const { isWhole, patients } = readings[i]!;
        return isWhole ? [] : [[i, page(clinicId, patients.at(-1)!.key)]];
      }),
    );
    for (const [i, rows] of Object.entries(await asking.read(next))) {
      const reading = readings[Number(i)]!;
      for (const row of rows) reading.patients.push(lean.of(row));
      reading.isWhole = isLast(rows);
    }
  }
  const [ofSource, ofTarget] = readings.map(({ patients }) => patients);
  return planMerge(
    clinicOf(source.whole, source.clinicians, ofSource!),
    clinicOf(target.whole, target.clinicians, ofTarget!),
  );
}

const isLast = (rows: readonly unknown[]) => rows.length < PATIENTS_PER_PAGE;

const clinicOf = (
  { clinic, tags, sites }: WholeClinic,
  clinicians: readonly ClinicianRow[],
  patients: readonly PatientForMerge[],
): ClinicForMerge => ({
  id: clinic.id,
  name: clinic.name,
  version: clinic.version,
  mrnRequired: clinic.mrnRequired === 1,
  mrnUnique: clinic.mrnUnique === 1,
  preferredBgUnits: clinic.preferredBgUnits ?? "",
  timezone: clinic.timezone ?? "",
  membershipRestrictions: parsedJson<Restriction[]>(clinic.membershipRestrictions) ?? [],
  tags: tags.map(({ id, name }) => ({ id, name })),
  sites: sites.map(({ id, name }) => ({ id, name })),
  clinicians: clinicians.map(clinicianOf),
  patients,
});

const clinicianOf = (row: ClinicianRow): ClinicianForMerge => ({
  id: row.id,
  userId: row.userId,
  inviteId: row.inviteId,
  email: row.email,
  name: row.name,
  roles: JSON.parse(row.roles) as Role[],
  isServiceAccount: row.isServiceAccount === 1,
});

/** Makes patients of rows. What many patients have alike, they have in common. */
class LeanPatients {
  readonly #lists = new Map<string, readonly string[]>();
  readonly #birthDates = new Map<string, string>();

  readonly of = (row: PatientRowForMerge): PatientForMerge => ({
    key: row.key,
    userId: row.userId,
    fullName: row.fullName,
    birthDate: row.birthDate && kept(this.#birthDates, row.birthDate, () => row.birthDate!),
    mrn: row.mrn,
    tagIds: kept(this.#lists, row.tags, () => JSON.parse(row.tags) as string[]),
    siteIds: kept(this.#lists, row.sites, () => JSON.parse(row.sites) as string[]),
    permissions: row.permissions ?? 0,
    lastUploadAt: later(row.cgmLastUploadAt, row.bgmLastUploadAt),
  });
}

const later = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.max(a, b));

function kept<V>(values: Map<string, V>, key: string, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
