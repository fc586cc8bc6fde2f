import { Xealth } from "../../sandbox/src/xealth/store.ts";
import sandbox from "../../sandbox/src/worker.ts";
import { servicePlayed, storedStandIn } from "./stand-in.ts";

export const HOSPITAL = {
  deployment: "hospital-1",
  programId: "P-1",
  clinicName: "Clinic <One>",
  mrnIdType: "MRN",
  patient: {
    firstName: "Eve",
    lastName: "O’Hara",
    birthDate: "1980-01-02",
    mrn: "M-1",
    email: "eve@s.example",
    ehrUser: "dr.one",
  },
};
export const CHART = HOSPITAL.patient;
const CLIENT = { id: "client", secret: "s3cret" };
export const BEARER = "xealth-1";

export const { store, stored } = storedStandIn("xealth", Xealth);
export const service = servicePlayed();

const bindings = {
  XEALTH: { getByName: () => store },
  WEB: service.binding,
  XEALTH_CLIENT_ID: CLIENT.id,
  XEALTH_CLIENT_SECRET: CLIENT.secret,
  XEALTH_BEARER_TOKEN: BEARER,
  DEMO_HOSPITAL: JSON.stringify(HOSPITAL),
};

export async function served(path: string, init?: RequestInit) {
  const url = new URL(`/sandbox/xealth${path}`, "http://localhost:8787");
  const response = await sandbox.request(url, init, bindings);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export const json = <T>({ text }: { text: string }): T => JSON.parse(text) as T;

export const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
export const right = basic(CLIENT.id, CLIENT.secret);

export const askToken = (
  body = "grant_type=client_credentials",
  headers: Record<string, string> = right,
  type = "application/x-www-form-urlencoded",
) => served("/oauth2/token", { method: "POST", headers: { "content-type": type, ...headers }, body });

export const token = async () => json<{ access_token: string }>(await askToken()).access_token;

export const readOrder = (deployment: string, orderId: string, bearer: string) =>
  served(`/api/partner/read/order/${deployment}/${orderId}`, { headers: { authorization: `Bearer ${bearer}` } });

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: any;
  readonly status: number;
  readonly response: any;
}

/** What the page does, as JSON. */
export async function act(path: string, body: unknown, type = "application/json") {
  const answer = await served(path, {
    method: "POST",
    headers: { "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const done =
    answer.status === 200 ? json<{ orderId?: string; url?: string; exchanges: Exchange[] }>(answer) : undefined;
  return { ...answer, orderId: done?.orderId ?? "", url: done?.url, exchanges: done?.exchanges ?? [] };
}

export const setFailures = (failures: unknown) =>
  served("/failures", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(failures),
  });
