import { vi } from "vitest";
import { forgetXealthTokens } from "../../src/features/ehr/xealth/client.ts";
import { type Answer, type GivenClinic, givenClinic, givenPatient, newUserId, rows, send } from "../harness.ts";
import type { Json } from "./orders.ts";
import { queuedService } from "./queued-service.ts";

/** Xealth as the tests have it: it gives tokens and orders, and sends events when it is told to. */

export const BEARER_TOKEN = "xealth-secret";
const TOKEN_URL = "https://xealth.test/token";
const API_URL = "https://xealth.test/v2";
export const APPLICATION_URL = "https://clinics.test";
export const PROGRAM = "P1";

export const FRAME_ORIGIN = "https://ehr.test";
export const XEALTH_VARIABLES = {
  XEALTH_ENABLED: "true",
  XEALTH_BEARER_TOKEN: BEARER_TOKEN,
  XEALTH_CLIENT_ID: "client:1",
  XEALTH_CLIENT_SECRET: "s/ecret",
  XEALTH_TOKEN_URL: TOKEN_URL,
  XEALTH_SERVER_BASE_URL: `${API_URL}/`,
  XEALTH_FRAME_ORIGINS: `${FRAME_ORIGIN}, https://other-ehr.test`,
  APPLICATION_URL,
  PRODUCT_NAME: "Clinics Edge",
  SUPPORT_EMAIL: "support@clinics.test",
};

/** Client id and secret, each form-encoded. */
const BASIC = `Basic ${btoa("client%3A1:s%2Fecret")}`;

/** What Xealth does with a request instead of answering it. */
export interface Trouble {
  readonly on?: "token" | "order";
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly breaks?: boolean;
  readonly hangs?: boolean;
  readonly body?: string;
  readonly meanwhile?: () => Promise<unknown>;
}

/** Somebody whom an EHR knows. */
export interface Person {
  readonly given: string;
  readonly family: string;
  readonly birthDate: string;
  readonly mrn: string;
  readonly email?: string;
}

export const somebody = (fields: Partial<Person> = {}): Person => ({
  given: "Nora",
  family: `Quint ${newUserId().slice(0, 8)}`,
  birthDate: "1985-05-05",
  mrn: `N${newUserId()}`,
  ...fields,
});

export const nameOf = ({ given, family }: Person): string => `${given} ${family}`;

export type XealthClinic = GivenClinic & { readonly deployment: string };

/** A clinic that Xealth connects, with a health system of its own. */
export async function xealthClinic(
  settings: Record<string, unknown> = {},
  fields: Record<string, unknown> = {},
): Promise<XealthClinic> {
  const clinic = await givenClinic(fields);
  const deployment = `health-${newUserId()}`;
  await connectXealth(clinic, { sourceId: deployment, ...settings });
  return { ...clinic, deployment };
}

export async function connectXealth(clinic: GivenClinic, settings: Record<string, unknown>): Promise<void> {
  const answer = await clinic.service.put(`${clinic.path}/settings/ehr`, {
    enabled: true,
    provider: "xealth",
    procedureCodes: { createAccountAndEnableReports: PROGRAM },
    mrnIdType: "MRN",
    scheduledReports: { cadence: "DISABLED", onUploadEnabled: false },
    tags: {},
    flowsheets: { icode: false },
    ...settings,
  });
  if (answer.status !== 200) throw new Error(`UpdateEHRSettings answered ${answer.status}: ${answer.text}`);
}

/** What Xealth says of a person in every request. */
export const subjectOf = ({ deployment }: { readonly deployment: string }, person: Person): Json => ({
  deployment,
  programId: PROGRAM,
  patientIdentity: { ids: [{ id: person.mrn, type: "mrn", origin: "epic" }] },
  datasets: {
    demographicsV1: {
      name: { given: [person.given], family: person.family.split(" ") },
      birthDate: person.birthDate,
      ...(person.email === undefined
        ? {}
        : {
            telecom: [
              { system: "phone", value: "1" },
              { system: "email", value: person.email },
            ],
          }),
    },
    ehrUserV1: { userId: "ehr-user" },
  },
});

let last = 0;

/** A Xealth whose orders are kept by it, and the queue of the service, which runs when it is told to. */
export function fakeXealth(more: Record<string, unknown> = {}) {
  forgetXealthTokens();
  const orders = new Map<string, Json>();
  const troubles: Trouble[] = [];
  const issued: string[] = [];
  const asked: string[] = [];

  const takeToken = async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(await request.text());
    const isGood = request.headers.get("authorization") === BASIC && form.get("grant_type") === "client_credentials";
    if (!isGood) return Response.json({ error: "invalid_client" }, { status: 401 });
    issued.push(`token-${issued.length + 1}`);
    return Response.json({ access_token: issued.at(-1), token_type: "Bearer", expires_in: 600 });
  };

  const serve = async (request: Request): Promise<Response> => {
    const on = request.url === TOKEN_URL ? "token" : "order";
    asked.push(on);
    const at = troubles.findIndex((trouble) => (trouble.on ?? "order") === on);
    const [trouble] = at < 0 ? [] : troubles.splice(at, 1);
    await trouble?.meanwhile?.();
    if (trouble?.hangs) throw new DOMException("timed out", "TimeoutError");
    if (trouble?.breaks) throw new TypeError("connection refused");
    if (trouble?.status !== undefined || trouble?.body !== undefined) {
      return new Response(trouble.body ?? "{}", { status: trouble.status ?? 200, headers: trouble.headers ?? {} });
    }
    if (on === "token") return takeToken(request);
    const bearer = (request.headers.get("authorization") ?? "").replace(/^Bearer /, "");
    if (!issued.includes(bearer)) return new Response(null, { status: 401 });
    const order = orders.get(decodeURIComponent(request.url.slice(`${API_URL}/partner/read/order/`.length)));
    return order ? Response.json(order) : new Response(null, { status: 404 });
  };

  const outside = globalThis.fetch;
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith("https://xealth.test/") ? serve(request) : outside(input, init);
  });

  const service = queuedService({ ...XEALTH_VARIABLES, ...more }, "xealth");
  const { through, run } = service;

  /** Sends a request as Xealth does. */
  const call = (
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = { authorization: `Bearer ${BEARER_TOKEN}` },
  ): Promise<Answer> => send(method, `/v1/xealth/${path}`, { body, headers, through });

  const preorder = (eventContext: string, clinic: XealthClinic, person: Person, fields: Json = {}): Promise<Answer> =>
    call("POST", "preorder", { eventType: "preorder", eventContext, ...subjectOf(clinic, person), ...fields });

  /** Places an order at Xealth; its id. */
  const place = (clinic: XealthClinic, person: Person, fields: Json = {}): string => {
    const orderId = `order-${++last}`;
    const { programId: _, ...subject } = subjectOf(clinic, person);
    orders.set(`${clinic.deployment}/${orderId}`, {
      orderInfo: { deployment: clinic.deployment, orderId, orderState: "ordered", partnerId: "us", programId: PROGRAM },
      ...subject,
      ...fields,
    });
    return orderId;
  };

  /** Tells of an order. */
  const notify = (
    eventContext: string,
    clinic: XealthClinic,
    person: Person,
    orderId: string,
    fields: Json = {},
  ): Promise<Answer> =>
    call("POST", "notification", {
      eventId: `event-${++last}`,
      eventType: "order",
      eventContext,
      eventTimeStamp: new Date(Date.UTC(2026, 3, 1) + last * 1000).toISOString(),
      orderId,
      deployment: clinic.deployment,
      programId: PROGRAM,
      partnerId: "us",
      patientIdentity: subjectOf(clinic, person).patientIdentity,
      ...fields,
    });

  return {
    orders,
    troubles,
    issued,
    asked,
    ...service,
    call,
    preorder,
    place,
    notify,
    restore: () => spy.mockRestore(),
    /** What a clinician does for a new patient: form, entry, order. The id of the order. */
    async enrol(clinic: XealthClinic, person: Person, userInput: Json = { patient: {} }): Promise<string> {
      const { body: form } = await preorder("initial", clinic, person);
      const formData = { dataTrackingId: form.dataTrackingId, userInput };
      const { body: ready } = await preorder("subsequent", clinic, person, { formData });
      if (JSON.stringify(ready) !== "{}") throw new Error(`the entry was refused: ${JSON.stringify(ready)}`);
      const orderId = place(clinic, person, { preorder: { dataTrackingId: form.dataTrackingId } });
      await notify("new", clinic, person, orderId);
      await run();
      return orderId;
    },
    programs: (clinic: XealthClinic, person: Person, fields: Json = {}): Promise<Answer> =>
      call("PUT", "programs", {
        eventType: "getPrograms",
        eventContext: "initial",
        ...subjectOf(clinic, person),
        ...fields,
      }),
    programUrl: (clinic: XealthClinic, person: Person, fields: Json = {}): Promise<Answer> =>
      call("PUT", "program", {
        eventType: "getProgramUrl",
        eventContext: "initial",
        ...subjectOf(clinic, person),
        ...fields,
      }),
  };
}

export type FakeXealth = ReturnType<typeof fakeXealth>;

/** The clinic's patients with this MRN. */
export const patientsWith = async (clinic: GivenClinic, { mrn }: Person): Promise<Json[]> =>
  (await clinic.service.get(`${clinic.path}/patients?search=${encodeURIComponent(mrn)}`)).body.data;

/** The state of events, in the order they were received: "done", or "done overtaken". */
export const statesOf = async ({ deployment }: XealthClinic): Promise<string[]> =>
  (
    await rows<{ state: string; reason: string | null }>(
      "SELECT state, reason FROM ehr_messages WHERE source_id = ? ORDER BY id",
      deployment,
    )
  ).map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`));

/** A patient whose reports an EHR has ordered. */
export async function givenEnrolled(
  xealth: FakeXealth,
  fields: object = {},
): Promise<{ clinic: XealthClinic; person: Person; id: string }> {
  const clinic = await xealthClinic();
  const person = somebody();
  const { id } = await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn, ...fields });
  await xealth.notify("new", clinic, person, xealth.place(clinic, person), {
    eventTimeStamp: "2026-03-01T23:30:00-02:00",
  });
  await xealth.run();
  return { clinic, person, id };
}
