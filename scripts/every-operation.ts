import { setTimeout as sleep } from "node:timers/promises";
import { DEMO_HOSPITAL, DEMO_SERVICE_ACCOUNT, LOCAL_VERIFICATION_TOKEN, LOCAL_XEALTH } from "./demo-data.ts";
import { localKeys, type PersonClaims } from "./local-keys.ts";
import { randomOf, syntheticSummary } from "./synthetic.ts";
import { as, call, state, token } from "./trial.ts";

interface Published {
  readonly method: string;
  readonly path: string;
}

interface Given {
  /** Values of what stands in braces in the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Enough of every answer that is used here; absent where an operation answers something else. */
interface Answered {
  readonly id: string;
  readonly key: string;
  readonly inviteId: string;
  readonly shareCode: string;
  readonly status: string;
  readonly phase: string;
  readonly challenge: string;
  readonly present: boolean;
  readonly url: string;
  readonly data: { readonly id: string };
}

/** A caller of operations, by name. */
type Caller = (operationId: string, given?: Given) => Promise<Answered>;

const WITHIN_MS = 60_000;
const ASK_MS = 500;
/** An account is stored after the response that its token came with. */
const ACCOUNT_IS_STORED_MS = 1_000;

const CLINIC = {
  name: "Every Operation",
  preferredBgUnits: "mg/dL",
  address: "1 Main Street",
  city: "Springfield",
  state: "IL",
  postalCode: "62701",
  country: "US",
  clinicType: "provider_practice",
  timezone: "US/Central",
};
const EHR = {
  enabled: true,
  provider: "redox",
  sourceId: "every-operation",
  destinationIds: { flowsheet: "every-flowsheet", notes: "every-notes", results: "every-results" },
  mrnIdType: "MRN",
  procedureCodes: { enableSummaryReports: "1", disableSummaryReports: "2", createAccount: "3" },
  scheduledReports: { cadence: "14d", onUploadEnabled: false },
  tags: { codes: [] },
  flowsheets: { icode: false },
};

/**
 * Calls every published operation of the running server as a newcomer could, and names those without a successful call.
 * Throws at the first answer that is no success.
 */
export async function callEveryOperation(): Promise<string[]> {
  const published = await readPublished();
  const succeeded = new Set<string>();
  const keys = await localKeys(state);

  const callerWith =
    (sessionToken: string): Caller =>
    async (operationId, { path = {}, query = "", body, headers = {} } = {}) => {
      const operation = published.get(operationId);
      if (!operation) throw new Error(`${operationId} is not published`);
      const url = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? `{${name}}`);
      const answer = await call(operation.method, url + query, { ...as(sessionToken), ...headers }, body);
      if (answer.status >= 300) throw new Error(`${operationId} answered ${answer.status}: ${answer.text}`);
      succeeded.add(operationId);
      const location = answer.headers.get("location");
      if (location !== null) return { id: location.split("/").at(-1) } as Answered;
      return (/^[{[]/.test(answer.text) ? JSON.parse(answer.text) : {}) as Answered;
    };
  /** A person the server knows: it has seen a token of theirs. */
  const person = async (claims: PersonClaims): Promise<Caller> => {
    const sessionToken = await keys.signPerson(claims);
    await call("GET", "/v1/clinics/share_code/AAAA-AAAA-AAAA", as(sessionToken));
    return callerWith(sessionToken);
  };

  const service = callerWith(await keys.signService("every-operation"));
  const numbered = async (n: number) => {
    const userId = `e0e0e0e00${n}`;
    const email = `person-${n}@every.example`;
    return { userId, email, as: await person({ userId, email, name: `Person ${n}` }) };
  };
  const owner = await numbered(0);
  const [colleague, accepting, dismissing, patient, inviting] = await Promise.all([1, 2, 3, 4, 5].map(numbered));
  await sleep(ACCOUNT_IS_STORED_MS);
  const everybody = { service, owner, colleague: colleague!, patient: patient!, inviting: inviting! };

  const { id: clinicId, shareCode } = await owner.as("CreateClinic", { body: CLINIC });
  const it: Clinic = { ...everybody, path: { clinicId }, shareCode };
  await tryClinic(it);
  await tryClinicians(it);
  await tryInvitations(it, accepting!, dismissing!);
  const patientId = await tryPatients(it);
  await tryDeviceData(it);
  await tryTagsAndSites(it);
  await tryPatientInvitations(it);
  await tryMerges(it);
  await tryPatientMerges(it);
  await tryXealth(service);
  await tryOutbox(service);
  await tryEvents(it);
  await tryAudit(it);
  await owner.as("DeletePatient", { path: { ...it.path, patientId } });
  await service("UpdateClinicUserDetails", {
    path: { userId: it.colleague.userId },
    body: { email: "changed@every.example" },
  });
  await service("DeleteUserFromClinics", { path: { userId: it.colleague.userId } });

  const legacyId = "e0e0e0e0f0";
  const legacy = ["--user", legacyId, "--email", "legacy@every.example", "--name", "Old Town", "--legacy-clinic"];
  await tryMigrations(it, legacyId, callerWith(await token(...legacy)));
  return [...published.keys()].filter((operationId) => !succeeded.has(operationId) && !LATER.has(operationId));
}

interface Known {
  readonly userId: string;
  readonly email: string;
  readonly as: Caller;
}

interface Clinic {
  readonly path: { readonly clinicId: string };
  readonly shareCode: string;
  readonly service: Caller;
  /** Its first admin. */
  readonly owner: Known;
  readonly colleague: Known;
  readonly patient: Known;
  /** Somebody who offers the clinic their data. */
  readonly inviting: Known;
}

async function readPublished(): Promise<Map<string, Published>> {
  const { paths } = JSON.parse((await call("GET", "/openapi.json")).text) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  const found = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, { method: method.toUpperCase(), path }]),
  );
  return new Map(found.filter((entry): entry is [string, Published] => entry[0] !== undefined));
}

async function tryClinic({ path, shareCode, service, owner }: Clinic): Promise<void> {
  await owner.as("GetClinic", { path });
  await owner.as("GetClinicByShareCode", { path: { shareCode } });
  await service("ListClinics");
  await owner.as("UpdateClinic", { path, body: { ...CLINIC, city: "Shelbyville" } });
  await service("UpdateTier", { path, body: { tier: "tier0300" } });
  await owner.as("UpdateSuppressedNotifications", {
    path,
    body: { suppressedNotifications: { patientClinicInvitation: true } },
  });
  await service("UpdateMembershipRestrictions", { path, body: { restrictions: [] } });
  await owner.as("ListMembershipRestrictions", { path });
  await service("UpdateEHRSettings", { path, body: EHR });
  await owner.as("GetEHRSettings", { path });
  await service("UpdateMRNSettings", { path, body: { required: false, unique: true } });
  await owner.as("GetMRNSettings", { path });
  await service("UpdatePatientCountSettings", { path, body: {} });
  await owner.as("GetPatientCountSettings", { path });
  await owner.as("GetPatientCount", { path });
  await service("RefreshPatientCount", { path });
}

async function tryClinicians({ path, service, owner, colleague }: Clinic): Promise<void> {
  const { userId: id, email } = colleague;
  const here = { ...path, clinicianId: id };
  await service("CreateClinician", { path, body: { id, email, name: "Person 1", roles: ["CLINIC_MEMBER"] } });
  await owner.as("ListClinicians", { path });
  await owner.as("GetClinician", { path: here });
  await owner.as("UpdateClinician", { path: here, body: { id, email, name: "P. One", roles: ["CLINIC_ADMIN"] } });
  await colleague.as("ListClinicsForClinician", { path: { userId: id } });
  await service("ListAllClinicians");
  const { clientId, clientSecret, name } = DEMO_SERVICE_ACCOUNT;
  const account = await service("AddServiceAccount", {
    path,
    body: { name, client_id: clientId, client_secret: clientSecret },
  });
  await owner.as("DeleteClinician", { path: { ...path, clinicianId: account.id } });
}

async function tryInvitations(clinic: Clinic, accepting: Known, dismissing: Known): Promise<void> {
  const { path, service, owner, colleague } = clinic;
  const invite = async (email: string) => {
    const { inviteId } = await owner.as("InviteClinician", { path, body: { email, roles: ["CLINIC_MEMBER"] } });
    return { ...path, inviteId };
  };
  const received = ({ inviteId }: { inviteId: string }, { userId }: Known) => ({ inviteId, userId });

  const accepted = await invite(accepting.email);
  await owner.as("GetClinicianInvite", { path: accepted });
  await owner.as("ResendInvite", { path: accepted });
  await accepting.as("ListClinicianInvites", { path: { userId: accepting.userId } });
  await accepting.as("AcceptClinicianInvite", { path: received(accepted, accepting) });
  await dismissing.as("DismissClinicianInvite", { path: received(await invite(dismissing.email), dismissing) });
  await owner.as("DeleteInvite", { path: await invite("canceled@every.example") });
  const linked = await invite("linked@every.example");
  await service("GetInvitedClinician", { path: linked });
  await service("AssociateClinicianToUser", { path: linked, body: { userId: dismissing.userId } });
  await service("DeleteInvitedClinician", { path: await invite("removed@every.example") });
  await colleague.as("GetClinic", { path });
}

async function tryPatients({ path, service, owner, patient }: Clinic): Promise<string> {
  const record = { fullName: "Every Patient", birthDate: "1990-05-01", mrn: "E-1", email: "patient@every.example" };
  const { id: patientId } = await owner.as("CreatePatientAccount", { path, body: record });
  const here = { ...path, patientId };
  await owner.as("GetPatient", { path: here });
  await owner.as("UpdatePatient", { path: here, body: { ...record, fullName: "Each Patient" } });
  await owner.as("ListPatients", { path });
  await owner.as("FindPatients", { query: "?mrn=E-1" });
  await owner.as("UpdatePatientReviews", { path: here });
  await owner.as("DeletePatientReviews", { path: here });
  await owner.as("SendUploadReminder", { path: here });
  await service("UpdatePatientDataSources", {
    path: { userId: patientId },
    body: [{ providerName: "dexcom", state: "pending" }],
  });
  await owner.as("ConnectProvider", { path: { ...here, providerId: "dexcom" } });
  const habits = {
    glucose: 7,
    improvement: 0,
    variation: 0.3,
    wear: 0.9,
    minutesPerRecord: 5,
    fingersticksPerDay: 1,
    daysOfHistory: 90,
    lastDataAt: Date.now(),
  };
  const summary = syntheticSummary(randomOf("every operation"), habits, ["cgm"], Date.now());
  await service("UpdatePatientSummary", { path: { patientId }, body: summary ?? {} });
  await tryReports(here, owner.as);
  await tryEhr(here, service, record);
  await service("DeletePatientSummary", { path: { summaryId: summary?.cgmStats?.id ?? "" } });

  const linked = { ...path, patientId: patient.userId };
  await service("CreatePatientFromUser", { path: linked, body: { permissions: { view: {}, upload: {} } } });
  await patient.as("UpdatePatientPermissions", { path: linked, body: { view: {}, note: {} } });
  await patient.as("DeletePatientPermission", { path: { ...linked, permission: "note" } });
  await patient.as("ListClinicsForPatient", { path: { userId: patient.userId } });
  return patientId;
}

async function tryReports(here: Readonly<Record<string, string>>, owner: Caller): Promise<void> {
  const { id: reportId } = await owner("CreatePatientReport", { path: here });
  await owner("ListPatientReports", { path: here });
  await owner("GetPatientReport", { path: { ...here, reportId } });
  await tryFhir({ ...here, reportId }, owner);
}

/** Reads the same as FHIR. */
async function tryFhir(
  { clinicId, patientId, reportId }: Readonly<Record<string, string>>,
  owner: Caller,
): Promise<void> {
  const recordId = `${clinicId}.${patientId!.replaceAll("-", "")}`;
  await owner("FhirMetadata");
  await owner("FhirCgmSummaryDefinition");
  await owner("FhirPatient", { path: { recordId } });
  await owner("FhirObservation", { path: { observationId: `${recordId}.c14day` } });
  for (const name of ["FhirDocument", "FhirBinary"]) await owner(name, { path: { reportId: reportId! } });
  for (const way of ["", "ByPost"]) {
    await owner(`FhirCgmSummary${way}`, { path: { recordId } });
    await owner(`FhirPatients${way}`, { query: `?_id=${recordId}` });
    await owner(`FhirObservations${way}`, { query: `?patient=${recordId}` });
    await owner(`FhirDocuments${way}`, { query: `?patient=${recordId}` });
  }
}

/** Orders the reports of a patient as an EHR does, waits for the note, and syncs. */
async function tryEhr(
  here: Readonly<Record<string, string>>,
  service: Caller,
  { birthDate, mrn }: { readonly birthDate: string; readonly mrn: string },
): Promise<void> {
  const token = LOCAL_VERIFICATION_TOKEN;
  await service("VerifyEndpoint", { body: { "verification-token": token, challenge: "every" } });
  const orderId = `every-order-${Date.now()}`;
  const order = {
    Meta: { DataModel: "Order", EventType: "New", Source: { ID: EHR.sourceId }, Logs: [{ ID: orderId }] },
    Patient: {
      Identifiers: [{ ID: mrn, IDType: EHR.mrnIdType }],
      Demographics: { FirstName: "Each", LastName: "Patient", DOB: birthDate },
    },
    Order: { ID: orderId, Procedure: { Code: EHR.procedureCodes.enableSummaryReports } },
  };
  await service("ProcessEHRMessage", { body: order, headers: { "verification-token": token } });
  let documentId = "";
  await until("a note", async () => {
    const messages = JSON.parse((await call("GET", "/sandbox/redox/messages.json")).text) as {
      model: string;
      orderId: string;
      documentId: string;
    }[];
    documentId = messages.find((it) => it.model === "Notes" && it.orderId === orderId)?.documentId ?? "";
    return documentId === "" ? "nothing" : "a note";
  });
  const messageRef = { dataModel: "Order", eventType: "New", documentId };
  await service("MatchClinicAndPatient", { body: { messageRef, patients: { criteria: ["MRN_DOB"] } } });
  await service("SyncEHRData", { path: { clinicId: here.clinicId ?? "" } });
  await service("SyncEHRDataForPatient", { path: { patientId: here.patientId ?? "" } });
}

/** Orders the program for a patient of the demo hospital as Xealth does, lists it, and opens the report. */
async function tryXealth(xealth: Caller): Promise<void> {
  const headers = { authorization: `Bearer ${LOCAL_XEALTH.bearerToken}` };
  const { deployment, programId, mrnIdType, patient } = DEMO_HOSPITAL;
  const asked = {
    deployment,
    programId,
    patientIdentity: { ids: [{ id: patient.mrn, type: mrnIdType, origin: "epic" }] },
    datasets: {
      demographicsV1: {
        name: { given: [patient.firstName], family: [patient.lastName] },
        birthDate: patient.birthDate,
      },
    },
  };
  const preorder = { eventType: "preorder", eventContext: "initial", ...asked };
  await xealth("XealthPreorder", { headers, body: preorder });
  // The sandbox keeps the order, so that it can be read, and tells the service of it: here it is told again.
  const placed = await call("POST", "/sandbox/xealth/orders", {}, { chart: patient });
  const { exchanges } = JSON.parse(placed.text) as { exchanges: { request: object }[] };
  await xealth("XealthNotification", { headers, body: exchanges[0]?.request ?? {} });
  await until("enrolled", async () => {
    const body = { eventType: "getPrograms", eventContext: "initial", ehrView: "encounter", ...asked };
    return (await xealth("XealthGetPrograms", { headers, body })).present ? "enrolled" : "no program";
  });
  const body = { eventType: "getProgramUrl", eventContext: "initial", ehrView: "encounter", ...asked };
  const { url } = await xealth("XealthGetProgramUrl", { headers, body });
  await xealth("ViewPDFReport", { query: new URL(url).search });
}

/** Has an order given up, of an EHR that no clinic has, and has it tried again. */
async function tryOutbox(service: Caller): Promise<void> {
  const orderId = `nobodys-order-${Date.now()}`;
  const order = {
    Meta: { DataModel: "Order", EventType: "New", Source: { ID: orderId }, Logs: [{ ID: orderId }] },
    Patient: { Identifiers: [] },
    Order: { ID: orderId },
  };
  await service("ProcessEHRMessage", { body: order, headers: { "verification-token": LOCAL_VERIFICATION_TOKEN } });
  let entryId = "";
  await until("a failed entry", async () => {
    const failed = (await service("ListFailedEntries", { query: "?limit=1000" })) as unknown as { id: string }[];
    entryId = failed.at(-1)?.id ?? "";
    return entryId === "" ? "nothing" : "a failed entry";
  });
  await service("GetOutboxEntry", { path: { entryId } });
  await service("RequeueEntry", { path: { entryId } });
  await service("ListDeadLetters", { query: "?limit=10" });
}

/** Subscribes an address that takes nothing to events, changes that and ends it. */
async function tryEvents({ service, owner, path }: Clinic): Promise<void> {
  const body = { url: "http://127.0.0.1:9/events", events: ["patient.created"] };
  const { id } = (await service("CreateEventSubscription", { path, body })) as unknown as { id: string };
  const one = { ...path, subscriptionId: id };
  await owner.as("ListEventSubscriptions", { path });
  await owner.as("GetEventSubscription", { path: one });
  await service("RotateEventSubscriptionSecret", { path: one });
  await service("UpdateEventSubscription", { path: one, body: { ...body, active: false } });
  await service("DeleteEventSubscription", { path: one });
}

/** Reads the audit trail. Its first day can be read when that day is over. */
async function tryAudit({ service, owner, path, patient }: Clinic): Promise<void> {
  await owner.as("ListClinicAudit", { path });
  await owner.as("ListPatientAudit", { path: { ...path, patientId: patient.userId } });
  await service("ListAccesses", { query: `?clinicId=${path.clinicId}&limit=5` });
  await service("ListAuditDays");
}

/** What a server that has just been started can't answer with success. */
const LATER: ReadonlySet<string> = new Set(["GetAuditDay"]);

/** Uploads readings of a person, reads them and their summary, and destroys all of it. */
async function tryDeviceData({ service, patient }: Clinic): Promise<void> {
  const { userId } = patient;
  const ofUser = { userId };
  const { data } = await patient.as("OpenDataSet", { path: ofUser, body: { deviceId: "CgmCo-5-003" } });
  const ofSet = { dataSetId: data.id };
  const reading = (id: string) => ({
    type: "cbg",
    id: id.repeat(32),
    units: "mg/dL",
    value: 119,
    time: new Date().toISOString(),
    deviceId: "CgmCo-5-003",
  });
  await patient.as("AddData", { path: ofSet, body: [reading("a"), reading("b")] });
  await patient.as("RemoveData", { path: ofSet, body: [{ id: "b".repeat(32) }] });
  await patient.as("UpdateDataSet", { path: ofSet, body: { dataState: "closed" } });
  await patient.as("GetDataSet", { path: ofSet });
  await patient.as("ListDataSets", { path: ofUser });
  await patient.as("ListDataSetsInEnvelope", { path: ofUser });
  await patient.as("QueryData", { path: ofUser, query: "?type=cbg&limit=10" });
  await patient.as("RecomputeSummary", { path: { ...ofUser, kind: "cgm" } });
  await patient.as("GetSummary", { path: { ...ofUser, kind: "cgm" } });
  await service("ListOutdatedSummaries", { path: { kind: "cgm" } });
  await service("ListMigratableSummaries", { path: { kind: "cgm" } });
  await patient.as("GetTime");
  await patient.as("DeleteDataSet", { path: ofSet });
  await service("DeleteUserData", { path: ofUser });
}

async function tryTagsAndSites({ path, service, owner }: Clinic): Promise<void> {
  const tag = async (name: string) => ({
    ...path,
    patientTagId: (await owner.as("CreatePatientTag", { path, body: { name } })).id,
  });
  const site = async (name: string) => (await owner.as("CreateSite", { path, body: { name } })).id;

  const renamed = await tag("First");
  await owner.as("UpdatePatientTag", { path: renamed, body: { name: "Renamed" } });
  await owner.as("AssignPatientTagToClinicPatients", { path: renamed });
  const query = `?period=14d&tags=${renamed.patientTagId}&lastDataCutoff=2026-01-01T00:00:00Z`;
  await owner.as("TideReport", { path, query });
  await owner.as("DeletePatientTagFromClinicPatients", { path: renamed });
  await owner.as("DeletePatientTag", { path: renamed });
  await service("ConvertPatientTagToSite", { path: await tag("South") });
  const [north, east] = [await site("North"), await site("East")];
  await owner.as("UpdateSite", { path: { ...path, siteId: north }, body: { id: north, name: "Northwest" } });
  await service("MergeSite", { path: { ...path, siteId: north }, body: { id: east } });
  await owner.as("DeleteSite", { path: { ...path, siteId: north } });
}

async function tryPatientInvitations({ path, shareCode, owner, inviting }: Clinic): Promise<void> {
  const offer = async () => {
    const body = { shareCode, permissions: { view: {}, note: {} } };
    const { key } = await inviting.as("SendPatientInvitation", { path: { userId: inviting.userId }, body });
    return { ...path, inviteId: key };
  };
  await inviting.as("DeletePatientInvitation", { path: await offer() });
  const accepted = await offer();
  await owner.as("GetPatientInvites", { path });
  const body = { fullName: "Person 5", birthDate: "1979-11-30", mrn: "E-5" };
  await owner.as("AcceptPatientInvitation", { path: accepted, body });
}

async function tryMerges({ path, service, owner }: Clinic): Promise<void> {
  const { id: sourceId } = await owner.as("CreateClinic", { body: { ...CLINIC, name: "To Be Merged" } });
  await service("UpdateMRNSettings", {
    path: { clinicId: sourceId },
    body: { required: false, unique: true },
  });
  await service("GenerateMergeReport", { path, body: { sourceId } });
  const headers = { prefer: "respond-async" };
  const { id: mergeId } = await service("MergeClinic", { path, body: { sourceId }, headers });
  await until("done", async () => (await service("GetMerge", { path: { ...path, mergeId } })).phase);
  await service("UndoMerge", { path: { ...path, mergeId } });
  await until("undone", async () => (await service("GetMerge", { path: { ...path, mergeId } })).phase);
  await owner.as("DeleteClinic", { path: { clinicId: sourceId } });
}

async function tryPatientMerges({ path, owner }: Clinic): Promise<void> {
  // Not the same body twice: that would be one record.
  const add = (mrn: string) =>
    owner.as("CreatePatientAccount", { path, body: { fullName: "Twice Entered", birthDate: "1969-07-20", mrn } });
  const [{ id: sourceId }, { id: patientId }] = [await add("TWICE-1"), await add("TWICE-2")];
  const here = { ...path, patientId };
  await owner.as("ListDuplicatePatients", { path });
  const pair = { ...here, otherPatientId: sourceId };
  await owner.as("MarkPatientsDistinct", { path: pair });
  await owner.as("UnmarkPatientsDistinct", { path: pair });
  const { id: mergeId } = await owner.as("MergePatient", { path: here, body: { sourceId } });
  await owner.as("GetPatientMerge", { path: { ...path, mergeId } });
  await owner.as("ListPatientMerges", { path: here });
  await owner.as("UndoPatientMerge", { path: { ...path, mergeId } });
}

async function tryMigrations({ path, service, owner }: Clinic, userId: string, legacy: Caller): Promise<void> {
  const { id: clinicId } = await service("EnableNewClinicExperience", { path: { userId } });
  const migrated = { clinicId };
  await legacy("UpdateClinic", { path: migrated, body: { ...CLINIC, name: "Old Town" } });
  await legacy("TriggerInitialMigration", { path: migrated });
  await legacy("ListMigrations", { path: migrated });
  const here = { ...migrated, userId };
  await until("COMPLETED", async () => (await legacy("GetMigration", { path: here })).status);
  await service("UpdateMigration", { path: here, body: { status: "COMPLETED" } });
  await service("MigrateLegacyClinicianPatients", { path, body: { userId: owner.userId } });
}

async function until(wanted: string, ask: () => Promise<string>): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const found = await ask();
    if (found === wanted) return;
    if (Date.now() > end) throw new Error(`${wanted} was not reached: ${found}`);
    await sleep(ASK_MS);
  }
}
