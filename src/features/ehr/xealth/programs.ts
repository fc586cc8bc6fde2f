import type { Ctx } from "../../../platform/context/context.ts";
import { fromDateTime, DateTime, parsedJson, toDateTime } from "../../../platform/core/wire.ts";
import type { FoundPatient } from "../../patients/model/read.ts";
import { type DataSource, isInCustody } from "../../patients/model/record.ts";
import type { JsonObject } from "../model/json.ts";
import { findAsked, findShown, type Shown } from "./match-store.ts";
import { deploymentOf, doing, matchAmong } from "./match.ts";
import { requestOf } from "./requests.ts";
import type { Program, ProgramsResponse } from "./schema.ts";

const ABSENT: ProgramsResponse = { present: false };

/** The program that an EHR shows of a patient: none without an active subscription. */
export const getPrograms = (ctx: Ctx, body: JsonObject): Promise<ProgramsResponse> =>
  doing("matching get programs request", async () => {
    const request = requestOf(body);
    const deployment = deploymentOf(request.deployment);
    const { found, shown } = await ctx.read({
      found: findAsked(deployment, request.identifiers),
      shown: findShown(deployment, request.identifiers, request.ehrUserId),
    });
    const matched = matchAmong(found, request, { byBirthDate: true });
    if (!matched?.patient || !isEnrolled(matched.patient)) return ABSENT;
    const { patient, clinic } = matched;
    ctx.auditRead(clinic.clinic.id, [patient.row.userId]);
    const own = shown.find(({ patientKey }) => patientKey === patient.row.key);
    // Kept as long as the subscription is active.
    if (!own || own.programId === null) return ABSENT;
    return { present: true, programs: [programOf(ctx.settings.product.productName, patient, own.programId, own)] };
  });

interface Subscription {
  readonly active?: boolean;
  readonly provider?: string;
  readonly matchedMessages?: readonly unknown[];
}

/** Whether an EHR has ordered the reports of a patient through Xealth. */
export function isEnrolled({ row }: FoundPatient): boolean {
  const subscription = parsedJson<{ xealthReports?: Subscription }>(row.ehrSubscriptions)?.xealthReports;
  return (
    subscription?.active === true &&
    subscription.provider === "xealth" &&
    (subscription.matchedMessages?.length ?? 0) > 0
  );
}

function programOf(title: string, patient: FoundPatient, programId: string, shown: Shown): Program {
  const uploadedAt = lastUploadOf(patient);
  const viewedAt = shown.views.get(programId);
  const at = DateTime.safeParse(shown.orderedAt);
  return {
    title,
    programId,
    enrolledDate: at.success ? dateOf(fromDateTime(at.data)) : undefined,
    hasStatusView: uploadedAt !== undefined,
    has_alert: uploadedAt !== undefined && (viewedAt === undefined || uploadedAt > viewedAt),
    description: descriptionOf(patient, uploadedAt, viewedAt),
  };
}

const dateOf = (at: number): string => toDateTime(at).slice(0, "2026-03-01".length);
const dateOrNone = (at: number | undefined): string => (at === undefined ? "N/A" : dateOf(at));

/** When the statistics were last updated: later than the upload, so that an alert follows what is seen in between. */
function lastUploadOf({ row }: FoundPatient): number | undefined {
  const times = [row.cgmLastUpdatedAt, row.bgmLastUpdatedAt].filter((at) => at !== null);
  return times.length === 0 ? undefined : Math.max(...times);
}

const descriptionOf = ({ row }: FoundPatient, uploadedAt: number | undefined, viewedAt: number | undefined): string =>
  [
    `Last Upload: ${dateOrNone(uploadedAt)}`,
    `Last Viewed by You: ${dateOrNone(viewedAt)}`,
    `Claimed Account?: ${row.permissions !== null && !isInCustody(row) ? "Yes" : "No"}`,
    `Cloud Connections: ${connectionsOf(parsedJson<DataSource[]>(row.dataSources) ?? [])}`,
  ].join(" | ");

/** Of each provider the source that was modified last, with its state. One that never was is the oldest. */
export function connectionsOf(sources: readonly DataSource[]): string {
  const byProvider = Map.groupBy(sources, ({ providerName }) => providerName);
  const connections = [...byProvider.keys()].map((provider) => {
    const latest = byProvider
      .get(provider)!
      .reduce((one, other) => ((other.modifiedTime ?? "") > (one.modifiedTime ?? "") ? other : one));
    return `${nameOf(provider)} (${stateOf(latest.state)})`;
  });
  return connections.length === 0 ? "None" : connections.toSorted().join(", ");
}

/** Written without a capital by those who make it. */
const LOWER_CASE = "twiist";
const nameOf = (provider: string): string =>
  provider.toLowerCase() === LOWER_CASE
    ? LOWER_CASE
    : provider.toLowerCase().replaceAll(/(?<=^|\s)\p{L}/gu, (letter) => letter.toUpperCase());
const stateOf = (state: string): string => (state === "pendingReconnect" ? "pending reconnect" : state.toLowerCase());
