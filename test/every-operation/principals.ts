import { operations } from "../../src/entry/operations.ts";
import type { Operation } from "../../src/platform/request/operation.ts";
import { openSet } from "../device-data.ts";
import {
  type Caller,
  type GivenClinic,
  givenAccount,
  givenClinic,
  newUserId,
  person,
  rows,
  service,
  UNKNOWN_ID,
} from "../harness.ts";
import { EXPECTED, type Right } from "./expected-access.ts";

/** Somebody who calls: who they are in a clinic, whether the path names them, and what that makes them. */
export interface Principal {
  readonly name: string;
  readonly rights: readonly Right[];
  readonly isNamed?: true;
  readonly join: (clinic: GivenClinic) => Caller | Promise<Caller>;
}

async function invited(clinic: GivenClinic): Promise<Caller> {
  const caller = await person();
  const invitation = { inviteId: caller.id, email: `${caller.id}@people.test`, roles: ["CLINIC_ADMIN"] };
  const { status } = await clinic.service.post(`${clinic.path}/clinicians`, invitation);
  if (status !== 200) throw new Error(`CreateClinician answered ${status}`);
  return caller;
}
const adminElsewhere = async () => (await givenClinic()).admin;

export const PRINCIPALS: readonly Principal[] = [
  { name: "a service", rights: ["service"], join: (clinic) => clinic.service },
  { name: "an admin", rights: ["person", "record", "member", "admin"], join: (clinic) => clinic.admin },
  { name: "a plain member", rights: ["person", "record", "member"], join: (clinic) => clinic.member },
  { name: "a clinician who only prescribes", rights: ["person", "record"], join: (clinic) => clinic.prescriber },
  { name: "an outsider", rights: ["person"], join: (clinic) => clinic.outsider },
  { name: "an admin of another clinic", rights: ["person"], join: adminElsewhere },
  { name: "somebody invited as admin", rights: ["person"], join: invited },
  { name: "an outsider the path names", rights: ["person", "self"], isNamed: true, join: (clinic) => clinic.outsider },
  {
    name: "a plain member the path names",
    rights: ["person", "record", "member", "self", "memberSelf"],
    isNamed: true,
    join: (clinic) => clinic.member,
  },
  {
    name: "a clinician who only prescribes and whom the path names",
    rights: ["person", "record", "self"],
    isNamed: true,
    join: (clinic) => clinic.prescriber,
  },
  {
    name: "an admin of another clinic whom the path names",
    rights: ["person", "self"],
    isNamed: true,
    join: adminElsewhere,
  },
];

/** A well-formed key of no invitation. */
export const UNKNOWN_KEY = "0123456789abcdefghijklmnopqrs-_Z";

/** A well-formed id of no data set. */
export const UNKNOWN_SET = "0123456789abcdef0123456789abcdef";

const PERSON_PARAMETERS = new Set(["userId", "patientId", "clinicianId"]);
/** Parameters with a clinic and a person in one id. */
const RECORD_PARAMETERS = new Set(["recordId", "observationId"]);

/** The id of a record, as FHIR has it. */
export const recordIdOf = (clinicId: string, userId: string): string => `${clinicId}.${userId.replaceAll("-", "")}`;

/** The query of an operation that needs one, with a record in it where it names one. */
export const queryOf = (name: string, clinicId: string, named: string): string =>
  (EXPECTED[name]?.query ?? "").replace("{recordId}", recordIdOf(clinicId, named));

export const parametersOf = ({ route }: Operation): string[] =>
  [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);

/** Operations that a report names somebody to. */
const OF_REPORTS = new Set(["FhirDocument", "FhirBinary"]);

/** The principals that make a difference to an operation. */
export const principalsOf = (operation: Operation): Principal[] => {
  const { operationId } = operation.route;
  const namesSomebody =
    parametersOf(operation).some((name) => PERSON_PARAMETERS.has(name) || RECORD_PARAMETERS.has(name)) ||
    OF_REPORTS.has(operationId) ||
    EXPECTED[operationId]?.query?.includes("{recordId}");
  return PRINCIPALS.filter((principal) => namesSomebody || !principal.isNamed);
};

/** The operation's path with parameters filled in; `isNamed` puts the caller wherever it names a person. */
export function pathOf(operation: Operation, clinicId: string, named: string): string {
  const values: Record<string, string> = {
    clinicId,
    shareCode: "ABCD-EFGH-JKLM",
    siteId: UNKNOWN_ID,
    patientTagId: UNKNOWN_ID,
    // Malformed where that is wanted of ids; as a summary or an entry of the outbox it is unknown.
    summaryId: clinicId,
    entryId: clinicId,
    inviteId: UNKNOWN_KEY,
    mergeId: UNKNOWN_ID,
    reportId: UNKNOWN_ID,
    recordId: recordIdOf(clinicId, named),
    observationId: `${recordIdOf(clinicId, named)}.c14gmi`,
    subscriptionId: UNKNOWN_ID,
    permission: "custodian",
    providerId: "dexcom",
    otherPatientId: "0123456789",
    dataSetId: UNKNOWN_SET,
    kind: "cgm",
    date: "2026-03-01",
  };
  return operation.route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = PERSON_PARAMETERS.has(name) ? named : values[name];
    if (value === undefined) throw new Error(`no value for {${name}} of ${operation.route.operationId}`);
    return value;
  });
}

/** A report of a patient, as it is recorded; undefined where there is no such clinic. */
async function givenReportOf(clinicId: string, userId: string): Promise<string | undefined> {
  await givenAccount({ sub: userId });
  await (await service()).post(`/v1/clinics/${clinicId}/patients/${userId}`, { permissions: { view: {} } });
  const [made] = await rows<{ id: string }>(
    `INSERT INTO reports (id, patient_key, state, cause, size, sha256, created_at)
     SELECT lower(hex(randomblob(12))), key, 'ready', 'request', 1, '', 1 FROM patients WHERE clinic_id = ? AND user_id = ?
     RETURNING id`,
    clinicId,
    userId,
  );
  return made?.id;
}

/** The same where a data set is one that is there: it is open, changes as it goes along, and is somebody else's. */
export async function pathOfKnown(operation: Operation, clinicId: string, named: string): Promise<string> {
  const path = pathOf(operation, clinicId, named);
  if (OF_REPORTS.has(operation.route.operationId)) {
    const reportId = await givenReportOf(clinicId, named);
    return reportId === undefined ? path : path.replace(UNKNOWN_ID, reportId);
  }
  if (!path.includes(UNKNOWN_SET)) return path;
  const setId = await openSet(await service(), newUserId(), { dataSetType: "continuous" });
  return path.replace(UNKNOWN_SET, setId);
}

/** Whom the path names when a principal calls: them, or somebody else. */
export const namedBy = (principal: Principal, caller: Caller): string => (principal.isNamed ? caller.id : newUserId());

/** Every operation after its name, as `test.each` takes them. */
export const allOperationsByName = operations.map((operation) => [operation.route.operationId, operation] as const);

/** Those that are called with a session token. */
export const operationsByName = allOperationsByName.filter(([name]) => !EXPECTED[name]?.hasOwnSecret);

/** Those whose callers have a secret of their own. */
export const withOwnSecret = allOperationsByName.filter(([name]) => EXPECTED[name]?.hasOwnSecret);
