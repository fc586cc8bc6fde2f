import { randomOf, syntheticSummary } from "../../../scripts/synthetic.ts";
import { onStage } from "../clock.ts";
import { NOOR, SAMUEL, ZOE } from "./people.ts";
import type { Stage } from "./stage.ts";

const HABITS = {
  glucose: 7.2,
  improvement: 0,
  variation: 0.42,
  wear: 0.94,
  minutesPerRecord: 5,
  fingersticksPerDay: 1.2,
  daysOfHistory: 90,
};

const PERIOD = "14d";
/** The changes that statistics of a period always have. */
const DELTA_NEEDED = /^(?:standardDeviation|coefficientOfVariation|min|max|daysWithData|hoursWithData)Delta$/;

const withoutDeltas = (period: object) =>
  Object.fromEntries(Object.entries(period).filter(([name]) => !name.endsWith("Delta") || DELTA_NEEDED.test(name)));

/** A summary of sensor data with statistics of one period. */
export function summaryOf(name: string) {
  const lastDataAt = Date.parse(onStage("2026-03-02T16:40:00.000Z"));
  const habits = { ...HABITS, lastDataAt };
  const { cgmStats } = syntheticSummary(randomOf(name), habits, ["cgm"], lastDataAt + 20 * 60_000)!;
  return { cgmStats: { ...cgmStats, periods: { [PERIOD]: withoutDeltas(cgmStats!.periods![PERIOD]!) } } };
}

/** A patient whom the clinic made, with everything it does to them; their id. */
export async function playPatients(
  { service, ana, harbor: path }: Stage,
  { tagId, site }: { readonly tagId: string; readonly site: { readonly id: string; readonly name: string } },
): Promise<string> {
  const record = { ...ZOE, tags: [tagId], sites: [site] };
  const { id: patientId } = await ana("CreatePatientAccount", { path, body: record });
  const here = { ...path, patientId };
  await ana("UpdatePatient", { path: here, body: { ...record, targetDevices: ["dexcom", "omnipod"] } });
  await ana("FindPatients", { query: { mrn: ZOE.mrn, birthDate: ZOE.birthDate } });
  await ana("SendUploadReminder", { path: here });
  const summary = summaryOf(ZOE.fullName);
  await service("UpdatePatientSummary", { path: { patientId }, body: summary });
  await service("UpdatePatientDataSources", {
    path: { userId: patientId },
    body: [{ providerName: "dexcom", state: "connected", modifiedTime: onStage("2026-03-01T09:30:00.000Z") }],
  });
  await ana("GetPatient", { path: here });
  await ana("ListPatients", {
    path,
    query: { sort: "-lastData", sortType: "cgm", period: PERIOD, tags: [tagId], limit: 10 },
  });
  await ana("TideReport", {
    path,
    query: { period: PERIOD, tags: [tagId], lastDataCutoff: onStage("2026-02-16T08:00:00.000Z") },
  });
  await ana("UpdatePatientReviews", { path: here });
  await ana("DeletePatientReviews", { path: here });
  await ana("ConnectProvider", { path: { ...here, providerId: "dexcom" } });
  await ana("DeletePatientTagFromClinicPatients", { path: { ...path, patientTagId: tagId }, body: [patientId] });
  await ana("AssignPatientTagToClinicPatients", { path: { ...path, patientTagId: tagId }, body: [patientId] });
  const { id: reportId } = await ana("CreatePatientReport", {
    path: here,
    body: { reports: ["all"], tzName: "US/Pacific", bgUnits: "mg/dL" },
  });
  await ana("ListPatientReports", { path: here });
  await ana("GetPatientReport", { path: { ...here, reportId } });
  const recordId = `${path.clinicId}.${patientId.replaceAll("-", "")}`;
  await ana("FhirMetadata");
  await ana("FhirCgmSummaryDefinition");
  await ana("FhirPatient", { path: { recordId } });
  await ana("FhirObservation", { path: { observationId: `${recordId}.c14gmi` } });
  await ana("FhirDocument", { path: { reportId } });
  await ana("FhirBinary", { path: { reportId }, query: { _format: "json" } });
  await ana("FhirCgmSummary", { path: { recordId }, query: { period: PERIOD } });
  await ana("FhirCgmSummaryByPost", {
    path: { recordId },
    body: { resourceType: "Parameters", parameter: [{ name: "period", valueCode: PERIOD }] },
  });
  await ana("FhirPatients", { query: { _id: recordId } });
  await ana("FhirObservations", { query: { patient: recordId, code: "97506-0" } });
  await ana("FhirDocuments", { query: { patient: recordId } });
  await ana("FhirPatientsByPost", { query: { _id: recordId } });
  await ana("FhirObservationsByPost", { query: { patient: recordId, code: "97506-0" } });
  await ana("FhirDocumentsByPost", { query: { patient: recordId } });
  await service("DeletePatientSummary", { path: { summaryId: summary.cgmStats.id! } });
  return patientId;
}

/** A patient with an account of their own, and one who offers the clinic their data. */
export async function playOwnAccounts(stage: Stage): Promise<void> {
  const { service, ana, noor, samuel, harbor: path, shareCode } = stage;
  const linked = { ...path, patientId: NOOR.id };
  await service("CreatePatientFromUser", {
    path: linked,
    body: { fullName: NOOR.name, birthDate: "1993-03-12", mrn: "HE-1013", permissions: { view: {}, upload: {} } },
  });
  await noor("UpdatePatientPermissions", { path: linked, body: { view: {}, upload: {}, note: {} } });
  await noor("DeletePatientPermission", { path: { ...linked, permission: "note" } });
  await noor("ListClinicsForPatient", { path: { userId: NOOR.id } });

  const offer = async () => {
    const body = { shareCode, permissions: { view: {}, upload: {}, note: {} } };
    const { key } = await samuel("SendPatientInvitation", { path: { userId: SAMUEL.id }, body });
    return { ...path, inviteId: key as string };
  };
  await samuel("DeletePatientInvitation", { path: await offer() });
  const accepted = await offer();
  await ana("GetPatientInvites", { path });
  const body = { fullName: SAMUEL.name, birthDate: "1979-10-05", mrn: "HE-1014" };
  await ana("AcceptPatientInvitation", { path: accepted, body });
}

/** What ends. */
export async function playFarewells({ service, ana, harbor: path }: Stage, patientId: string, userId: string) {
  await ana("DeletePatient", { path: { ...path, patientId } });
  await service("UpdateClinicUserDetails", { path: { userId }, body: { email: "moved@example.com" } });
  await service("DeleteUserFromClinics", { path: { userId } });
}
