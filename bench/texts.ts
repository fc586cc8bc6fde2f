import { localKeys } from "../scripts/local-keys.ts";
import type { LocalState } from "../scripts/local-state.ts";
import type { SeededClinic } from "./data.ts";
import { type Server, serve } from "./server.ts";

/** What this part is called among the scenarios. */
export const TEXTS_NAME = "largest texts";
/** How much more a request with the largest texts may cost than the same request with short ones. */
const RATIO_MAX = 3;
const ROUNDS = 9;
const REQUESTS_A_ROUND = 12;
const WARM_UP_ROUNDS = 6;

/** A letter that normal forms and case take apart, for each script, or that takes the most bytes. */
const SCRIPTS = ["\u1ed6", "\u1f82", "\u0419", "\ufdfa", "\u0958", "\u{2f800}"];
const NAME = 256;
const MRN = 64;
const CODE = 256;
const LONG = 1000;
const SOUGHT = 320;
const DEVICES = 200;

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
  fullName: text(NAME),
  birthDate: "1987-02-03",
  // Its normal form C takes some letters apart, and counts.
  mrn: `${n}${text((MRN - String(n).length) >> 1)}`,
  targetDevices: Array.from({ length: DEVICES }, () => text(CODE)),
});

const requestsOf = (clinicId: string, patientId: string): readonly Request[] => [
  {
    name: "CreateClinic",
    method: "POST",
    path: "/v1/clinics",
    caller: "admin",
    body: (text, n) => ({
      name: `${text(NAME - 12)}${n}`,
      preferredBgUnits: "mg/dL",
      address: text(LONG),
      city: text(NAME),
      website: `https://${"x".repeat(text(LONG).length)}.example`,
    }),
  },
  {
    name: "UpdateClinic",
    method: "PUT",
    path: `/v1/clinics/${clinicId}`,
    caller: "admin",
    body: (text) => ({ name: text(NAME), preferredBgUnits: "mg/dL", address: text(LONG), city: text(NAME) }),
  },
  {
    name: "CreateClinician",
    method: "POST",
    path: `/v1/clinics/${clinicId}/clinicians`,
    caller: "service",
    body: (text, n) => ({
      email: `n${n}@bench.example`,
      name: text(NAME),
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
    name: "ListPatients, search",
    method: "GET",
    path: `/v1/clinics/${clinicId}/patients`,
    caller: "admin",
    query: (text) => `limit=1&search=${encodeURIComponent(text(SOUGHT))}`,
  },
  {
    name: "ListClinicians, search",
    method: "GET",
    path: `/v1/clinics/${clinicId}/clinicians`,
    caller: "admin",
    query: (text) => `search=${encodeURIComponent(text(SOUGHT))}`,
  },
  {
    name: "FindPatients",
    method: "GET",
    path: "/v1/patients",
    caller: "admin",
    query: (text) => `workspaceIdType=clinicId&mrn=${encodeURIComponent(text(MRN))}`,
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
    const patientId = await somePatient(server, clinic.clinicId, tokens.admin);
    const rows: TextFigures["rows"][number][] = [];
    let n = Date.now() % 1_000_000_000;
    for (const request of requestsOf(clinic.clinicId, patientId)) {
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
  const { data } = (await response.json()) as { data: { id: string }[] };
  return data[0]!.id;
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
