import { BASE_PATH } from "./resource.ts";

/** What of a patient's record and of its clinic is told. */
export interface RecordRow {
  readonly key: number;
  readonly clinicId: string;
  readonly userId: string;
  readonly fullName: string | null;
  readonly birthDate: string | null;
  readonly mrn: string | null;
  readonly email: string | null;
  readonly updatedAt: number;
  readonly lastDataAt: number | null;
  readonly lastUpdatedAt: number | null;
  readonly clinicName: string;
  readonly timezone: string | null;
  readonly preferredBgUnits: string | null;
  readonly clinicUpdatedAt: number;
}

/** Which record of which clinic. */
export interface RecordId {
  readonly clinicId: string;
  readonly patientId: string;
}

export const recordIdOf = ({ clinicId, userId }: { clinicId: string; userId: string }): string =>
  `${clinicId}.${userId.replaceAll("-", "")}`;

export const referenceTo = (id: string) => ({ reference: `Patient/${id}` });

const RECORD_ID = /^([a-f0-9]{24})\.([0-9a-f]{10}|[0-9a-f]{32})$/;

/** Which record an id is of; undefined where it is no id of one. */
export function recordOf(id: string | undefined): RecordId | undefined {
  const [, clinicId, user] = RECORD_ID.exec(id ?? "") ?? [];
  if (clinicId === undefined) return undefined;
  return { clinicId, patientId: user!.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
}

export const updatedAtOf = (it: RecordRow): number => Math.max(it.updatedAt, it.clinicUpdatedAt);

/** An address of ours, below an origin. */
export const addressOf = (origin: string, type: string, id?: string): string =>
  `${origin}${BASE_PATH}/${type}${id === undefined ? "" : `/${id}`}`;
