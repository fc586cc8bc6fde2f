import { env, exports } from "cloudflare:workers";
import { importJWK, SignJWT } from "jose";
import { haveSignedUp, putAccount } from "./accounts.ts";
import { expectToMatchDescription } from "./description.ts";

/** Everything tests need to act as somebody: callers with tokens, clinics to act on, and looks into the database. */

let lastId = 0;
/** A user id nobody has used in this run. */
export const newUserId = (): string => (0x1000000000 + ++lastId).toString(16);
/** A well-formed id of nothing. */
export const UNKNOWN_ID = "0123456789abcdef01234567";

const signingKey = importJWK(JSON.parse(env.TEST_SIGNING_KEY), "ES256");

export async function tokenFor(
  claims: Record<string, unknown>,
  options: { expires?: string | number } = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid: "test" })
    .setIssuer(env.AUTH_ISSUER)
    .setIssuedAt()
    .setExpirationTime(options.expires ?? "1h")
    .sign(await signingKey);
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  bytes: Uint8Array;
  body: any;
  /** From Server-Timing. */
  calls: number;
  rowsRead: number;
  rowsWritten: number;
}

export interface Caller {
  readonly id: string;
  readonly token: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Sends a request to the Worker as it stands; every documented answer is checked against the published description. */
export async function send(
  method: string,
  path: string,
  options: {
    token?: string;
    body?: unknown;
    headers?: Record<string, string>;
    /** Who serves it, when not the Worker as it stands: the application in another environment. */
    through?: (request: Request) => Promise<Response>;
  } = {},
): Promise<Answer> {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set("x-tidepool-session-token", options.token);
  let body: BodyInit | undefined;
  if (typeof options.body === "string" || options.body instanceof ReadableStream) {
    body = options.body;
    if (typeof body === "string" && !headers.has("content-type")) headers.set("content-type", "application/json");
    if (headers.get("content-type") === "none") headers.delete("content-type");
  } else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers.set("content-type", "application/json");
  }
  const request = new Request(`http://clinics.test${path}`, { method, headers, body });
  const response = await (options.through ?? ((it) => exports.default.fetch(it)))(request);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  const timing = /calls=(\d+) rows_read=(\d+) rows_written=(\d+)/.exec(response.headers.get("server-timing") ?? "");
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    text,
    bytes,
    body: isJson && text !== "" ? JSON.parse(text) : undefined,
    calls: Number(timing?.[1] ?? 0),
    rowsRead: Number(timing?.[2] ?? 0),
    rowsWritten: Number(timing?.[3] ?? 0),
  };
  expectToMatchDescription(method, path, answer);
  return answer;
}

function callerWith(id: string, token: string): Caller {
  const request = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    send(method, path, { token, body, headers });
  return {
    id,
    token,
    send: request,
    get: (path, headers) => request("GET", path, undefined, headers),
    post: (path, body, headers) => request("POST", path, body, headers),
    put: (path, body, headers) => request("PUT", path, body, headers),
    patch: (path, body, headers) => request("PATCH", path, body, headers),
    delete: (path, headers) => request("DELETE", path, undefined, headers),
  };
}

/** A signed-in person; with an address and a name unless told otherwise. */
export async function person(claims: Record<string, unknown> = {}): Promise<Caller> {
  const id = (claims.sub as string | undefined) ?? newUserId();
  const all = { sub: id, email: `${id}@people.test`, email_verified: true, name: `Person ${id}`, ...claims };
  haveSignedUp(id, all.email, all.name);
  return callerWith(id, await tokenFor(all));
}

/** A backend service. */
export async function service(name = "test-service"): Promise<Caller> {
  return callerWith(name, await tokenFor({ sub: name, realm_access: { roles: ["backend_service"] } }));
}

/** Writes a person's account as their own token describes it. */
export async function givenAccount(claims: Record<string, unknown> = {}): Promise<Caller> {
  const caller = await person(claims);
  const { email = `${caller.id}@people.test`, name = `Person ${caller.id}`, profile, is_custodial = 0 } = claims;
  await putAccount({
    id: caller.id,
    email: email as string | null,
    profile: { ...(name === null ? {} : { fullName: name }), ...(profile as object | undefined) },
    roles: [],
    isCustodial: is_custodial === 1,
  });
  return caller;
}

export interface GivenClinic {
  readonly clinicId: string;
  /** `/v1/clinics/{id}` */
  readonly path: string;
  readonly admin: Caller;
  readonly member: Caller;
  readonly prescriber: Caller;
  readonly service: Caller;
  readonly outsider: Caller;
}

/** A clinic with an admin, a plain member and a clinician who only prescribes, made through the API. */
export async function givenClinic(fields: Record<string, unknown> = {}): Promise<GivenClinic> {
  const admin = await person();
  const created = await admin.post("/v1/clinics", {
    name: `Clinic ${newUserId()}`,
    preferredBgUnits: "mg/dL",
    ...fields,
  });
  if (created.status !== 200) throw new Error(`CreateClinic answered ${created.status}: ${created.text}`);
  const clinicId = created.body.id as string;
  const backend = await service();
  const join = async (roles: string[]) => {
    const caller = await person();
    const body = { id: caller.id, email: `${caller.id}@people.test`, name: `Clinician ${caller.id}`, roles };
    const joined = await backend.post(`/v1/clinics/${clinicId}/clinicians`, body);
    if (joined.status !== 200) throw new Error(`CreateClinician answered ${joined.status}: ${joined.text}`);
    return caller;
  };
  return {
    clinicId,
    path: `/v1/clinics/${clinicId}`,
    admin,
    member: await join(["CLINIC_MEMBER"]),
    prescriber: await join(["PRESCRIBER"]),
    service: backend,
    outsider: await person(),
  };
}

/** A site of the clinic, made through the API. */
export async function givenSite(
  clinic: GivenClinic,
  name = `Site ${newUserId()}`,
): Promise<{ id: string; name: string }> {
  const answer = await clinic.admin.post(`${clinic.path}/sites`, { name });
  if (answer.status !== 200) throw new Error(`CreateSite answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** A tag of the clinic, made through the API. */
export async function givenTag(clinic: GivenClinic, name = `T${newUserId()}`): Promise<{ id: string; name: string }> {
  const answer = await clinic.admin.post(`${clinic.path}/patient_tags`, { name });
  if (answer.status !== 200) throw new Error(`CreatePatientTag answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** A custodial patient of the clinic, made through the API. */
export async function givenPatient(clinic: GivenClinic, fields: Record<string, unknown> = {}): Promise<any> {
  const answer = await clinic.member.post(`${clinic.path}/patients`, {
    fullName: `Patient ${newUserId()}`,
    birthDate: "1980-01-31",
    ...fields,
  });
  if (answer.status !== 200) throw new Error(`CreatePatientAccount answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** The rows a query finds, for looking at what was stored. */
export async function rows<R = Record<string, unknown>>(query: string, ...parameters: unknown[]): Promise<R[]> {
  const { results } = await env.DB.prepare(query)
    .bind(...parameters)
    .all<R>();
  return results;
}

/** How many rows a query finds. */
export const countRows = async (from: string, ...parameters: unknown[]): Promise<number> =>
  (await rows<{ n: number }>(`SELECT count(*) AS n FROM ${from}`, ...parameters))[0]!.n;

/** An entry of the audit trail about one patient, or about none, under the names of `audit_log`. */
export interface AuditRow {
  at: number;
  request_id: string;
  actor_kind: string;
  actor_id: string;
  operation: string;
  clinic_id: string | null;
  patient_id: string | null;
  outcome: string;
}

/** The ids that an entry of the trail has packed (src/platform/audit/packed-ids.ts), read without its code. */
function unpackedIds(packed: string | null): (string | null)[] {
  if (packed === null) return [null];
  if (packed.startsWith("[")) return JSON.parse(packed);
  const [, count, digits] = /^x(.{4})(.*)$/.exec(packed.toLowerCase())!;
  const legacyEnd = Number.parseInt(count!, 16) * 10;
  const uuids = digits!.slice(legacyEnd).match(/.{32}/g) ?? [];
  return [
    ...(digits!.slice(0, legacyEnd).match(/.{10}/g) ?? []),
    ...uuids.map((it) => it.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")),
  ];
}

/**
 * What is on record, wherever it is: rows of `audit_log` that the cron has not moved, and entries of the trail, each as a
 * row for every patient. Only those with these values, in the order in which they were written.
 */
export async function auditRows(having: Partial<AuditRow> = {}): Promise<AuditRow[]> {
  const columns = "at, request_id, actor_kind, actor_id, operation, clinic_id, outcome";
  type Found = Omit<AuditRow, "patient_id"> & { id: string; patients: string | null };
  const [trail, waiting] = await Promise.all([
    env.AUDIT_DB.prepare(
      `SELECT ${columns}, lower(hex(id)) AS id, CASE typeof(patients) WHEN 'blob' THEN 'x' || hex(patients) ELSE patients END AS patients
       FROM accesses ORDER BY seq`,
    ).all<Found>(),
    rows<Found>(
      `SELECT ${columns}, printf('ff%012x%010x', at, id) AS id, '["' || patient_id || '"]' AS patients FROM audit_log ORDER BY id`,
    ),
  ]);
  // The newest row stays where it is when it is moved.
  const moved = new Set(trail.results.map(({ id }) => id));
  const found = [...trail.results, ...waiting.filter(({ id }) => !moved.has(id))].flatMap(
    ({ at, request_id, actor_kind, actor_id, operation, clinic_id, outcome, patients }) =>
      unpackedIds(patients).map((patient_id): AuditRow => {
        const actor = { actor_kind, actor_id };
        return { at, request_id, ...actor, operation, clinic_id, patient_id, outcome };
      }),
  );
  return found.filter((row) => Object.entries(having).every(([name, value]) => row[name as keyof AuditRow] === value));
}

/** Tables that move by themselves, after earlier answers, and what of them only a request can change. */
const SETTLED: Readonly<Record<string, string>> = {
  // A wrong code or key is counted by the refusal itself; nothing of it is told to anybody.
  guesses: "SELECT 1 WHERE false",
  // That all patients of a clinic may have changed is written before it is known whether any has.
  patient_changes: "SELECT clinic_id, key FROM patient_changes WHERE key IS NOT NULL",
  outbox: "SELECT id, unique_key, kind, clinic_id, created_at FROM outbox",
};
const NOT_COMPARED = new Set(["_guard", "d1_migrations", "users", "dead_letters"]);

/** What is written in every table: to show that a refusal changed nothing. */
export async function everythingStored(): Promise<string> {
  const tables = await rows<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%' ORDER BY name",
  );
  const names = tables.map(({ name }) => name).filter((name) => !NOT_COMPARED.has(name));
  const contents = await env.DB.batch(names.map((name) => env.DB.prepare(SETTLED[name] ?? `SELECT * FROM "${name}"`)));
  return JSON.stringify(contents.map(({ results }, i) => [names[i], results]));
}

/** The statuses of answers, sorted: what a race of many came to. */
export const statuses = (answers: readonly Answer[]): number[] =>
  answers.map((answer) => answer.status).toSorted((a, b) => a - b);

/** Makes the clinic one that was made from a legacy account and is still to be migrated. */
export const unmigrate = (clinicId: string) =>
  rows("UPDATE clinics SET is_migrated = 0 WHERE id = ? RETURNING id", clinicId);
