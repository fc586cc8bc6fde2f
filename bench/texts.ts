import { localKeys } from "../scripts/local-keys.ts";
import type { LocalState } from "../scripts/local-state.ts";
import {
  CODE_LENGTH_MAX,
  IDENTIFIER_LENGTH_MAX,
  NAME_LENGTH_MAX,
  SOUGHT_LENGTH_MAX,
  TEXT_LENGTH_MAX,
} from "../src/platform/core/bounded-text.ts";
import type { SeededClinic } from "./data.ts";
import { type Server, serve } from "./server.ts";
import { GOALS } from "./goals.ts";

/** What this part is called among the scenarios. */
export const TEXTS_NAME = "largest texts";
/** How much more a request with the largest texts may cost than the same request with short ones. */
const RATIO_MAX = GOALS.textsCpu.limit;
const ROUNDS = 9;
const REQUESTS_A_ROUND = 12;
const WARM_UP_ROUNDS = 6;

/** A letter that normal forms and case take apart, for each script, or that takes the most bytes. */
const SCRIPTS = ["\u1ed6", "\u1f82", "\u0419", "\ufdfa", "\u0958", "\u{2f800}"];
const SITE_NAME_LENGTH_MAX = 200;
const PROVIDER_LENGTH_MAX = 100;
const DEVICES = 200;
const RESTRICTIONS = 200;
const CODES = 200;
const SOURCES = 100;

interface Request {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly caller: "admin" | "service";
  /** A body or a query with texts of these lengths. */
  readonly body?: (text: (length: number) => string, n: number) => object;
  readonly query?: (text: (length: number) => string) => string;
}

const patientBody = (text: (length: number) => string, n: number) => ({
  fullName: text(NAME_LENGTH_MAX),
  birthDate: "1987-02-03",
  // Its normal form C takes some letters apart, and counts.
  mrn: `${n}${text((IDENTIFIER_LENGTH_MAX - String(n).length) >> 1)}`,
  targetDevices: Array.from({ length: DEVICES }, () => text(CODE_LENGTH_MAX)),
});

/** The records that requests change. */
interface Sample {
  readonly clinicId: string;
  readonly adminId: string;
  readonly patientId: string;
  readonly siteId: string;
}

const requestsOf = ({ clinicId, adminId, patientId, siteId }: Sample): readonly Request[] => [
  {
    name: "CreateClinic",
    method: "POST",
    path: "/v1/clinics",
    caller: "admin",
    body: (text, n) => ({
      name: `${text(NAME_LENGTH_MAX - 12)}${n}`,
      preferredBgUnits: "mg/dL",
      address: text(TEXT_LENGTH_MAX),
      city: text(NAME_LENGTH_MAX),
      website: `https://${"x".repeat(text(TEXT_LENGTH_MAX).length)}.example`,
    }),
  },
  {
    name: "UpdateClinic",
    method: "PUT",
    path: `/v1/clinics/${clinicId}`,
    caller: "admin",
    body: (text) => ({
      name: text(NAME_LENGTH_MAX),
      preferredBgUnits: "mg/dL",
      address: text(TEXT_LENGTH_MAX),
      city: text(NAME_LENGTH_MAX),
    }),
  },
  {
    name: "CreateClinician",
    method: "POST",
    path: `/v1/clinics/${clinicId}/clinicians`,
    caller: "service",
    body: (text, n) => ({
      email: `n${n}@bench.example`,
      name: text(NAME_LENGTH_MAX),
      inviteId: `bench-${n}`,
      roles: ["CLINIC_MEMBER"],
    }),
  },
  {
    name: "CreatePatientAccount",
    method: "POST",
    path: `/v1/clinics/${clinicId}/patients`,
    caller: "admin",
    body: patientBody,
  },
  {
    name: "UpdatePatient",
    method: "PUT",
    path: `/v1/clinics/${clinicId}/patients/${patientId}`,
    caller: "admin",
    body: patientBody,
  },
  {
    name: "UpdateClinician",
    method: "PUT",
    path: `/v1/clinics/${clinicId}/clinicians/${adminId}`,
    caller: "admin",
    body: (text) => ({ email: "admin@bench.example", name: text(NAME_LENGTH_MAX), roles: ["CLINIC_ADMIN"] }),
  },
  {
    name: "UpdateSite",
    method: "PUT",
    path: `/v1/clinics/${clinicId}/sites/${siteId}`,
    caller: "admin",
    body: (text, n) => ({ id: siteId, name: `${n}${text(SITE_NAME_LENGTH_MAX - String(n).length)}` }),
  },
  {
    name: "UpdateEHRSettings",
    method: "PUT",
    path: `/v1/clinics/${clinicId}/settings/ehr`,
    caller: "service",
    body: (text) => ({
      enabled: false,
      provider: "redox",
      sourceId: text(CODE_LENGTH_MAX),
      mrnIdType: text(CODE_LENGTH_MAX),
      procedureCodes: { createAccount: text(CODE_LENGTH_MAX) },
      destinationIds: {
        flowsheet: text(CODE_LENGTH_MAX),
        results: text(CODE_LENGTH_MAX),
        notes: text(CODE_LENGTH_MAX),
      },
      scheduledReports: { cadence: "DISABLED", onUploadEnabled: false },
      tags: { codes: Array.from({ length: CODES }, () => text(CODE_LENGTH_MAX)), separator: text(CODE_LENGTH_MAX) },
      flowsheets: { icode: false },
    }),
  },
  {
    name: "UpdateMembershipRestrictions",
    method: "PUT",
    path: `/v1/clinics/${clinicId}/membership_restrictions`,
    caller: "service",
    body: (text) => ({
      restrictions: Array.from({ length: RESTRICTIONS }, () => ({
        emailDomain: "bench.example",
        requiredIdp: text(CODE_LENGTH_MAX),
      })),
    }),
  },
  {
    name: "UpdatePatientDataSources",
    method: "PUT",
    path: `/v1/patients/${patientId}/data_sources`,
    caller: "service",
    body: (text) =>
      Array.from({ length: SOURCES }, () => ({ providerName: text(PROVIDER_LENGTH_MAX), state: "disconnected" })),
  },
  {
    name: "ListPatients, search",
    method: "GET",
    path: `/v1/clinics/${clinicId}/patients`,
    caller: "admin",
    query: (text) => `limit=1&search=${encodeURIComponent(text(SOUGHT_LENGTH_MAX))}`,
  },
  {
    name: "ListClinicians, search",
    method: "GET",
    path: `/v1/clinics/${clinicId}/clinicians`,
    caller: "admin",
    query: (text) => `search=${encodeURIComponent(text(SOUGHT_LENGTH_MAX))}`,
  },
  {
    name: "FindPatients",
    method: "GET",
    path: "/v1/patients",
    caller: "admin",
    query: (text) => `workspaceIdType=clinicId&mrn=${encodeURIComponent(text(IDENTIFIER_LENGTH_MAX))}`,
  },
];

export interface TextFigures {
  readonly rows: readonly {
    readonly name: string;
    readonly shortMs: number;
    readonly largestMs: number;
    readonly ratio: number;
  }[];
  readonly missed: readonly string[];
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** CPU of requests with the largest texts that are taken, in six scripts in turn, against the same with short texts. */
export async function benchTexts(
  state: LocalState,
  clinic: SeededClinic,
  tell: (line: string) => void,
): Promise<TextFigures> {
  const keys = await localKeys(state);
  const server = await serve("product", state, keys.jwks);
  try {
    const tokens = {
      admin: await keys.signPerson({ userId: clinic.adminId, email: "admin@bench.example" }),
      service: await keys.signService("bench"),
    };
    const { clinicId, adminId } = clinic;
    const patientId = await somePatient(server, clinicId, tokens.admin);
    const siteId = await newSite(server, clinicId, tokens.admin);
    const rows: TextFigures["rows"][number][] = [];
    let n = Date.now() % 1_000_000_000;
    for (const request of requestsOf({ clinicId, adminId, patientId, siteId })) {
      const round = async (textOf: (letter: string) => (length: number) => string) => {
        const before = server.cpu();
        for (let i = 0; i < REQUESTS_A_ROUND; i++) {
          await send(server, request, tokens[request.caller], textOf(SCRIPTS[i % SCRIPTS.length]!), ++n);
        }
        return (1000 * (server.cpu() - before)) / REQUESTS_A_ROUND;
      };
      const short = () => round((letter) => (length) => letter.repeat(Math.min(length, 4)));
      const largest = () => round((letter) => (length) => letter.repeat(length));
      for (let i = 0; i < WARM_UP_ROUNDS; i++) await (i % 2 === 0 ? short() : largest());
      const pairs: { short: number; largest: number }[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        const first = i % 2 === 0 ? await short() : await largest();
        const second = i % 2 === 0 ? await largest() : await short();
        pairs.push(i % 2 === 0 ? { short: first, largest: second } : { short: second, largest: first });
      }
      const ratio = median(pairs.map((pair) => pair.largest / pair.short));
      const figure = {
        name: request.name,
        shortMs: median(pairs.map((it) => it.short)),
        largestMs: median(pairs.map((it) => it.largest)),
        ratio,
      };
      rows.push(figure);
      tell(
        `${ratio.toFixed(2)}  ${request.name} with the largest texts, ${figure.largestMs.toFixed(2)} ms against ${figure.shortMs.toFixed(2)} ms`,
      );
    }
    return { rows, missed: rows.filter(({ ratio }) => ratio > RATIO_MAX).map(({ name }) => name) };
  } finally {
    await server.stop();
  }
}

async function send(
  server: Server,
  { method, path, body, query, name }: Request,
  token: string,
  text: (length: number) => string,
  n: number,
): Promise<void> {
  const response = await fetch(`${server.url}${path}${query ? `?${query(text)}` : ""}`, {
    method,
    headers: { "x-tidepool-session-token": token, "content-type": "application/json" },
    body: body ? JSON.stringify(body(text, n)) : null,
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${name} answered ${response.status}: ${answer.slice(0, 300)}`);
}

async function somePatient(server: Server, clinicId: string, token: string): Promise<string> {
  const response = await fetch(`${server.url}/v1/clinics/${clinicId}/patients?limit=1`, {
    headers: { "x-tidepool-session-token": token },
  });
  const { data } = await response.json<{ data: { id: string }[] }>();
  return data[0]!.id;
}

async function newSite(server: Server, clinicId: string, token: string): Promise<string> {
  const response = await fetch(`${server.url}/v1/clinics/${clinicId}/sites`, {
    method: "POST",
    headers: { "x-tidepool-session-token": token, "content-type": "application/json" },
    body: JSON.stringify({ name: `Site ${Date.now()}` }),
  });
  const { id } = await response.json<{ id: string }>();
  return id;
}

/** The figures as lines. */
export const describeTexts = ({ rows, missed }: TextFigures): string =>
  [
    `requests with the largest texts against the same with short ones (≤ ${RATIO_MAX})`,
    ...rows.map(
      (it) => `${it.ratio.toFixed(2)}  ${it.name}: ${it.largestMs.toFixed(2)} ms, ${it.shortMs.toFixed(2)} ms`,
    ),
    missed.length === 0 ? "ok" : `MISSED  ${missed.join("; ")}`,
  ].join("\n");
