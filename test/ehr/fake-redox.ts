import { exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { vi } from "vitest";
import { forgetRedoxTokens } from "../../src/features/ehr/redox/client.ts";
import {
  type Answer,
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  rows,
  send,
} from "../harness.ts";
import { expectValidForRedox } from "../redox-schemas.ts";
import { statsWith } from "../summaries.ts";
import type { Json } from "./orders.ts";
import { queuedService } from "./queued-service.ts";

/** Redox as the tests have it, and everything an order or a sync needs around it. */

export const VERIFICATION_TOKEN = "verify-me";
const TOKEN_URL = "https://redox.test/token";
const ENDPOINT_URL = "https://redox.test/endpoint";
const UPLOAD_URL = "https://redox.test/upload";

const keyPair = generateKeyPair("RS384", { extractable: true, modulusLength: 2048 });

export const redoxVariables = async (): Promise<Record<string, string>> => ({
  REDOX_ENABLED: "true",
  REDOX_VERIFICATION_TOKEN: VERIFICATION_TOKEN,
  REDOX_CLIENT_ID: "client-1",
  REDOX_KEY_ID: "key-1",
  REDOX_PRIVATE_KEY: (await exportPKCS8((await keyPair).privateKey)).replaceAll("\n", "\\n"),
  REDOX_SOURCE_ID: "our-source",
  REDOX_SOURCE_NAME: "Clinics Edge",
  REDOX_TOKEN_URL: TOKEN_URL,
  REDOX_ENDPOINT_URL: ENDPOINT_URL,
  REDOX_UPLOAD_URL: UPLOAD_URL,
});

/** What Redox does with a request instead of accepting it; `after` it has taken the message in. */
export interface Trouble {
  readonly on?: "token" | "endpoint" | "upload";
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** The connection breaks, before or after the message was taken in. */
  readonly breaks?: "before" | "after";
  readonly hangs?: boolean;
  /** Something that happens while the message is under way. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** A Redox that takes messages in, and the queues of the service, which run when they are told to. */
export async function fakeRedox(more: Record<string, unknown> = {}) {
  forgetRedoxTokens();
  const messages: Json[] = [];
  const uploads: Uint8Array[] = [];
  const troubles: Trouble[] = [];
  const issued: string[] = [];
  const usedIds = new Set<unknown>();
  const { publicKey } = await keyPair;

  const takeToken = async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
    const { payload, protectedHeader } = await jwtVerify(form.get("client_assertion") ?? "", publicKey, {
      algorithms: ["RS384"],
      issuer: "client-1",
      subject: "client-1",
    });
    const isGood =
      form.get("grant_type") === "client_credentials" &&
      form.get("client_assertion_type") === "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" &&
      protectedHeader.kid === "key-1" &&
      (payload.exp ?? 0) - (payload.iat ?? 0) === 300 &&
      !usedIds.has(payload.jti);
    usedIds.add(payload.jti);
    if (!isGood) return Response.json({ error: "invalid_client" }, { status: 401 });
    issued.push(`token-${issued.length + 1}`);
    return Response.json({ access_token: issued.at(-1), token_type: "Bearer", expires_in: 600 });
  };

  const serve = async (request: Request): Promise<Response> => {
    const on = request.url === TOKEN_URL ? "token" : request.url === UPLOAD_URL ? "upload" : "endpoint";
    const at = troubles.findIndex((trouble) => (trouble.on ?? "endpoint") === on);
    const [trouble] = at < 0 ? [] : troubles.splice(at, 1);
    await trouble?.meanwhile?.();
    if (trouble?.hangs) throw new DOMException("timed out", "TimeoutError");
    if (trouble?.breaks === "before") throw new TypeError("connection refused");
    if (trouble?.status !== undefined) {
      return Response.json({ errorDetail: "no" }, { status: trouble.status, headers: trouble.headers });
    }
    if (on === "token") return takeToken(request);
    const bearer = (request.headers.get("authorization") ?? "").replace(/^Bearer /, "");
    if (!issued.includes(bearer)) return new Response(null, { status: 401 });
    if (on === "upload") {
      const file = (await request.formData()).get("file") as unknown as File;
      uploads.push(new Uint8Array(await file.arrayBuffer()));
      return Response.json({ URI: `https://blob.redox.test/${uploads.length}` });
    }
    const message = await request.json<Json>();
    expectValidForRedox(message);
    messages.push(message);
    if (trouble?.breaks === "after") throw new TypeError("connection lost");
    return Response.json({ Meta: {} });
  };

  const outside = globalThis.fetch;
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith("https://redox.test/") ? serve(request) : outside(input, init);
  });

  const service = queuedService({ ...(await redoxVariables()), ...more }, "ehr");
  const { through, run } = service;
  const sendAs = (caller: Caller, method: string, path: string, body?: unknown): Promise<Answer> =>
    send(method, path, { token: caller.token, body, through });

  const of = (dataModel: string): Json[] => messages.filter(({ Meta }) => Meta.DataModel === dataModel);
  /** Sends a message as Redox does. */
  const post = (message: unknown, headers: Record<string, string> = { "verification-token": VERIFICATION_TOKEN }) =>
    send("POST", "/v1/redox", { body: message, headers, through });

  return {
    messages,
    uploads,
    troubles,
    issued,
    ...service,
    sendAs,
    restore: () => spy.mockRestore(),
    of,
    /** What was taken in, as "Flowsheet New". */
    kinds: () => messages.map(({ Meta }) => `${Meta.DataModel} ${Meta.EventType}`),
    /** The answers to orders: what about, whether it went well, and the text. */
    results: () =>
      of("Results").map(({ Orders }) => {
        const [outcome, text] = Orders[0].Results;
        return [outcome.Code, outcome.Value, text.Value];
      }),
    post,
    /** Sends an order, and has it applied. */
    async order(clinic: ConnectedClinic, patient: Json, code: string, parts?: OrderParts): Promise<void> {
      await post(orderFor(clinic, patient as never, code, parts));
      await run();
    },
    syncClinic: (clinic: GivenClinic) => sendAs(clinic.service, "POST", `${clinic.path}/ehr/sync`),
    syncPatient: (clinic: GivenClinic, { id }: Json) => sendAs(clinic.service, "POST", `/v1/patients/${id}/ehr/sync`),
  };
}

export type FakeRedox = Awaited<ReturnType<typeof fakeRedox>>;

export const CODES = {
  enableSummaryReports: "ON",
  disableSummaryReports: "OFF",
  createAccount: "NEW",
  createAccountAndEnableReports: "NEW-ON",
};

/** What a sync sends, and what orders are answered. */
export const BOTH = ["Flowsheet New", "Notes New"];
export const MATCHED = ["MATCHING_RESULT", "SUCCESS", "Patient was successfully matched"];
export const NOBODY = ["MATCHING_RESULT", "FAILURE", "No matching patients were found"];
export const SEVERAL = ["MATCHING_RESULT", "FAILURE", "Multiple matching patients were found"];
export const CREATED = ["ACCOUNT_CREATION_RESULT", "SUCCESS", "Account was successfully created"];
export const notCreated = (reason: string) => ["ACCOUNT_CREATION_RESULT", "FAILURE", reason];

/** A person that no clinic has. */
export const somebody = () => ({ fullName: `Nora ${newUserId()}`, birthDate: "1985-05-05", mrn: `N${newUserId()}` });

export type ConnectedClinic = GivenClinic & { readonly sourceId: string };

/** A clinic that Redox connects, with a source of its own. */
export async function connectedClinic(
  settings: Record<string, unknown> = {},
  fields: Record<string, unknown> = {},
): Promise<ConnectedClinic> {
  const clinic = await givenClinic(fields);
  const sourceId = `source-${newUserId()}`;
  await connect(clinic, { sourceId, ...settings });
  return { ...clinic, sourceId };
}

export async function connect(clinic: GivenClinic, settings: Record<string, unknown>): Promise<void> {
  const answer = await clinic.service.put(`${clinic.path}/settings/ehr`, {
    enabled: true,
    provider: "redox",
    destinationIds: { flowsheet: "to-flowsheet", notes: "to-notes", results: "to-results" },
    procedureCodes: CODES,
    mrnIdType: "MRN",
    scheduledReports: { cadence: "14d", onUploadEnabled: true },
    tags: {},
    flowsheets: { icode: false },
    ...settings,
  });
  if (answer.status !== 200) throw new Error(`UpdateEHRSettings answered ${answer.status}: ${answer.text}`);
}

let lastLog = 0;

interface OrderParts {
  readonly at?: string;
  readonly Visit?: Json;
  readonly Order?: Json;
  readonly Demographics?: Json;
  readonly Meta?: Json;
}

/** An order of a clinic's EHR about a patient; `parts` are merged into it. */
export const orderFor = (
  { sourceId }: { readonly sourceId: string },
  patient: { readonly fullName: string; readonly birthDate: string; readonly mrn?: string | undefined },
  code: string,
  parts: OrderParts = {},
): Json => {
  const [first, ...rest] = patient.fullName.split(" ");
  return {
    Meta: {
      DataModel: "Order",
      EventType: "New",
      EventDateTime: parts.at ?? "2026-03-01T10:00:00Z",
      Source: { ID: sourceId, Name: "EHR" },
      Logs: [{ ID: `log-${++lastLog}`, AttemptID: "a" }],
      ...parts.Meta,
    },
    Patient: {
      Identifiers: [{ ID: patient.mrn ?? "", IDType: "mrn" }],
      Demographics: { FirstName: first, LastName: rest.join(" "), DOB: patient.birthDate, ...parts.Demographics },
    },
    ...(parts.Visit ? { Visit: parts.Visit } : {}),
    Order: { ID: `order-${lastLog}`, Procedure: { Code: code }, ...parts.Order },
  };
};

export const UPLOADED = "2026-03-02T08:00:00.000Z";

/** A summary after an upload at a time. */
export async function summaryAt(
  uploadedAt = UPLOADED,
  cgm: Record<string, number> = { averageGlucoseMmol: 8, timeInTargetPercent: 0.625, glucoseManagementIndicator: 7.2 },
): Promise<Json> {
  const dates = {
    firstData: "2026-01-01T00:00:00.000Z",
    lastData: uploadedAt,
    lastUploadDate: uploadedAt,
    lastUpdatedDate: uploadedAt,
    hasFirstData: true,
    hasLastData: true,
    hasLastUploadDate: true,
  };
  const cgmStats = await statsWith("cgm", cgm, { dates });
  return {
    cgmStats: {
      ...cgmStats,
      dates: { ...cgmStats.dates, lastUpdatedReason: ["UPLOAD_COMPLETED"], outdatedReason: [] },
    },
  };
}

/** A patient of the clinic with an MRN, and with data unless told otherwise. */
export async function patientWithData(
  clinic: GivenClinic,
  fields: Record<string, unknown> = {},
  summary?: Json | null,
): Promise<Json> {
  const patient = await givenPatient(clinic, {
    fullName: "Ana Gil",
    birthDate: "1990-02-03",
    mrn: `M${newUserId()}`,
    ...fields,
  });
  if (summary !== null) await upload(clinic, patient.id, summary ?? (await summaryAt()));
  return patient;
}

export async function upload(clinic: GivenClinic, userId: string, summary: Json): Promise<void> {
  const answer = await clinic.service.post(`/v1/patients/${userId}/summary`, summary);
  if (answer.status !== 200) throw new Error(`UpdatePatientSummary answered ${answer.status}: ${answer.text}`);
}

/** An upload that causes no sync of itself. */
export async function uploadQuietly(clinic: GivenClinic, { id }: Json, at: string): Promise<void> {
  const summary = await summaryAt(at);
  summary.cgmStats.dates.lastUpdatedReason = [];
  await upload(clinic, id, summary);
}

/** A patient whose EHR has ordered the numbers, before there were any. */
export async function subscribed(redox: FakeRedox, settings: Record<string, unknown> = {}, parts: OrderParts = {}) {
  const clinic = await connectedClinic(settings);
  const patient = await patientWithData(clinic, {}, null);
  await redox.order(clinic, patient, CODES.enableSummaryReports, parts);
  redox.messages.length = 0;
  return { clinic, patient };
}

/** The states of a source's messages, or of the jobs of a patient, as they are stored. */
export const messageStates = ({ sourceId }: { readonly sourceId: string }) =>
  rows<{ state: string; reason: string | null }>(
    "SELECT state, reason FROM ehr_messages WHERE source_id = ? ORDER BY received_at, id",
    sourceId,
  );
export const jobsOf = (userId: string) =>
  rows<{ id: string; state: string; reason: string | null; cause: string; snapshot: string | null }>(
    "SELECT j.id, j.state, j.reason, j.cause, j.snapshot FROM ehr_jobs j LEFT JOIN patients p ON p.key = j.patient_key WHERE p.user_id = ? ORDER BY j.seq",
    userId,
  );
/** How the jobs of a patient ended. */
export const endsOf = async ({ id }: Json) => (await jobsOf(id)).map(({ state, reason }) => [state, reason]);
export const subscriptionOf = async (userId: string): Promise<Json | undefined> => {
  const [row] = await rows<{ s: string | null }>(
    "SELECT ehr_subscriptions AS s FROM patients WHERE user_id = ?",
    userId,
  );
  return row?.s ? (JSON.parse(row.s) as Json).summaryAndReports : undefined;
};

/** Settings of a clinic whose notes replace one another. */
export const REPLACING = {
  scheduledReports: { cadence: "14d", onUploadEnabled: true, onUploadNoteEventType: "Replace" },
};
export const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
