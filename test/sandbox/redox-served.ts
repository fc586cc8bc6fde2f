import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Redox } from "../../sandbox/src/redox/store.ts";
import sandbox from "../../sandbox/src/worker.ts";
import { servicePlayed, storedStandIn } from "./stand-in.ts";

const CLIENT_ID = "client";
const KEY_ID = "key-1";
export const keys = await generateKeyPair("RS384");
const publicKey = { ...(await exportJWK(keys.publicKey)), kid: KEY_ID, alg: "RS384" };

export const EHR = {
  sourceId: "ehr-1",
  sourceName: "EHR One",
  clinicName: "Clinic <One>",
  mrnIdType: "MRN",
  tagCode: "TAGS",
  procedureCodes: {
    enableSummaryReports: "P-ON",
    disableSummaryReports: "P-OFF",
    createAccount: "P-NEW",
    createAccountAndEnableReports: "P-NEW-ON",
  },
  patient: {
    firstName: "Eve",
    lastName: "O’Hara",
    birthDate: "1980-01-02",
    mrn: "M-1",
    email: "eve@s.example",
    tag: "Tag one",
  },
};

const { store, stored } = storedStandIn("redox", Redox);
/** Counts the rows of a table of the stand-in. */
export { stored };

const service = servicePlayed();
export const ordered = service.asked;
export const serviceAnswers = service.answers;

const bindings = {
  REDOX: { getByName: () => store },
  WEB: service.binding,
  REDOX_CLIENT_ID: CLIENT_ID,
  REDOX_PUBLIC_KEY: JSON.stringify(publicKey),
  REDOX_VERIFICATION_TOKEN: "vt-1",
  DEMO_EHR: JSON.stringify(EHR),
};

export async function served(path: string, init?: RequestInit) {
  const response = await sandbox.request(new URL(`/sandbox/redox${path}`, "http://localhost:8787"), init, bindings);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: new TextDecoder().decode(bytes) };
}

const seconds = () => Math.floor(Date.now() / 1000);

/** An assertion as the service signs it, with claims or header replaced; `undefined` leaves one out. */
export function assertion(
  claims: JWTPayload = {},
  { header = {}, key = keys.privateKey }: { header?: object; key?: Parameters<SignJWT["sign"]>[0] } = {},
): Promise<string> {
  const usual = {
    iss: CLIENT_ID,
    sub: CLIENT_ID,
    iat: seconds(),
    exp: seconds() + 300,
    jti: crypto.randomUUID(),
  };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: "RS384", kid: KEY_ID, typ: "JWT", ...header })
    .sign(key);
}

export const FORM = "application/x-www-form-urlencoded";
export const post = (path: string, type: string, body: string, headers: Record<string, string> = {}) =>
  served(path, { method: "POST", headers: { "content-type": type, ...headers }, body });

export const GRANT = {
  grant_type: "client_credentials",
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
};
export const askToken = (fields: Record<string, string>) =>
  post("/token", FORM, new URLSearchParams(fields).toString());

export async function token(): Promise<string> {
  const { text } = await askToken({ ...GRANT, client_assertion: await assertion() });
  return (JSON.parse(text) as { access_token: string }).access_token;
}

const META = (DataModel: string, EventType: string) => ({
  DataModel,
  EventType,
  EventDateTime: "2026-03-02T08:00:00Z",
  Test: true,
  Source: { ID: "app", Name: "App" },
  Destinations: [{ ID: "dest", Name: null }],
});
const PATIENT = {
  Identifiers: [{ ID: "M-1", IDType: "MRN" }],
  Demographics: { FirstName: "Eve <b>", LastName: "O’Hara", DOB: "1980-01-02", EmailAddresses: [] },
};
const observation = {
  Code: "AVERAGE_CGM",
  Value: "144.1247",
  ValueType: "Numeric",
  Units: "mg/dL",
  Description: "CGM Average Glucose during reporting period",
  DateTime: "2026-03-02T08:00:00Z",
  AbnormalFlag: null,
  Codeset: null,
  Status: null,
};
const VISIT = { VisitNumber: "v-1", AccountNumber: null, Location: { Facility: "F", Bed: null } };

export const flowsheet = () => ({
  Meta: META("Flowsheet", "New"),
  Patient: PATIENT,
  Visit: {
    ...VISIT,
    Extensions: {
      "additional-identifier": { url: "https://e.example", identifier: { type: "orderId", value: "ord-1" } },
      "additional-provider-info": {
        url: "https://e.example",
        participants: [{ id: "p-1", idType: "", person: { name: { given: null, family: "" } } }],
      },
    },
  },
  Observations: [
    observation,
    {
      ...observation,
      Code: "REPORTING_PERIOD_END_CGM",
      Value: "2026-03-02T07:00:00Z",
      ValueType: "DateTime",
      Units: null,
    },
  ],
});

const outcome = { ValueType: "String", Status: "Final", CompletionDateTime: "2026-03-02T08:00:00Z" };
export const results = () => ({
  Meta: META("Results", "New"),
  Patient: PATIENT,
  Visit: VISIT,
  Orders: [
    {
      ID: "ord-1",
      Status: "Resulted",
      ResultsStatus: "Final",
      CompletionDateTime: "2026-03-02T08:00:00Z",
      Procedure: { Code: "P-ON" },
      Provider: { ID: "p-1" },
      Results: [
        { ...outcome, Code: "MATCHING_RESULT", Description: "d", Value: "SUCCESS" },
        {
          ...outcome,
          Code: "MATCHING_RESULT_MESSAGE",
          Description: "d",
          Value: "Patient was successfully matched",
        },
      ],
    },
  ],
});

export const PDF: Uint8Array<ArrayBuffer> = Uint8Array.from(new TextEncoder().encode("%PDF-1.7\n% of a report\n"));
export const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
export const note = (replaced: object = {}, event = "New") => ({
  Meta: META("Notes", event),
  Patient: PATIENT,
  Visit: { ...VISIT, AdditionalStaff: [{ Role: { Code: "P-ON", Codeset: null, Description: null } }] },
  Orders: [{ ID: "ord-1", Name: null }],
  Note: {
    DocumentID: "660000000000000000000002",
    ...(event === "Replace" && { OriginalDocumentID: "660000000000000000000001" }),
    DocumentType: "Report",
    Availability: "Available",
    DocumentationDateTime: "2026-03-02T08:00:00Z",
    Provider: { ID: "p-1", IDType: null, FirstName: "Pat", LastName: "Granite" },
    FileName: "report.pdf",
    FileType: "PDF",
    ContentType: "Base64 Encoded",
    FileContents: base64(PDF),
    Components: [{ ID: "GMI", Name: "GMI of the period", Value: "6.9000", Comments: "DateTime Observed: now" }],
    ...replaced,
  },
});

/** Sends a message as the service does, with a token of its own. */
export async function send(message: unknown, headers: Record<string, string> = {}) {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  const authorization = `Bearer ${await token()}`;
  const answered = await post("/endpoint", "application/json", body, { authorization, ...headers });
  return { ...answered, body: JSON.parse(answered.text || "null") as { errorDetail?: string } };
}

export async function upload(bytes: Uint8Array<ArrayBuffer>, field = "file") {
  const form = new FormData();
  form.set(field, new File([bytes], "report.pdf", { type: "application/pdf" }));
  return served("/upload", { method: "POST", headers: { authorization: `Bearer ${await token()}` }, body: form });
}

export interface Head {
  readonly id: number;
  readonly model: string;
  readonly event: string;
  readonly patient: string;
  readonly orderId: string;
  readonly documentId: string;
}
export const heads = async () => JSON.parse((await served("/messages.json")).text) as Head[];

export const setFailures = (failures: unknown) =>
  served("/failures", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(failures),
  });
export const clearFailures = () => served("/failures", { method: "DELETE" });
