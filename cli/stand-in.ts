import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { AuditDayV1, ClinicV1, EhrSettingsV1, MergeStatusV1, OutboxEntryV1, PatientV1 } from "../client/index.ts";

/** A server that stands in for the service in tests: it has one clinic, and takes only what the description allows. */

export const CLINIC_ID = "65f0c1d2e3a4b5c6d7e8f901";
export const MERGE_ID = "65f0c1d2e3a4b5c6d7e8f9ee";
export const TOKEN = "stand-in-token";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: any;
  readonly headers: IncomingMessage["headers"];
}
interface Answered {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const description = JSON.parse(readFileSync(path.join(import.meta.dirname, "../public/openapi.json"), "utf8"));
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(description, "description");

/** Which operation a request is, and what is wrong with its body. */
function operationOf(method: string, at: string, body: unknown): { operationId: string; fault?: string } {
  const [template, methods] = Object.entries<any>(description.paths)
    .toSorted(([a], [b]) => a.split("{").length - b.split("{").length)
    .find(
      ([it, has]) =>
        has[method] && new RegExp(`^${it.replaceAll(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}$`).test(at),
    ) ?? ["", {}];
  const operationId: string = methods[method]?.operationId ?? "";
  if (operationId === "") return { operationId, fault: "no matching operation was found" };
  if (methods[method].requestBody === undefined) return { operationId };
  const pointer = [template, method].map((it) => encodeURIComponent(it.replaceAll("~", "~0").replaceAll("/", "~1")));
  const schema = `description#/paths/${pointer.join("/")}/requestBody/content/application~1json/schema`;
  const validate = ajv.getSchema(schema);
  if (!validate) throw new Error(`no schema at ${schema}`);
  return validate(body) ? { operationId } : { operationId, fault: ajv.errorsText(validate.errors) };
}

export interface StandIn {
  readonly url: string;
  readonly asked: { operationId: string; method: string; key: string | undefined; body: any }[];
  clinic: ClinicV1;
  mrnRequired: boolean | undefined;
  ehrSettings: EhrSettingsV1 | undefined;
  patients: PatientV1[];
  patientMerges: { readonly sourceId: string; readonly targetId: string; readonly formerMrn?: string }[];
  entries: OutboxEntryV1[];
  /** What GetMerge answers, one after another; the last again. */
  merges: MergeStatusV1[];
  /** Answers in place of what it would have; undefined: as it would have. */
  /** Days of the audit trail, latest first, with their exports. */
  days: (AuditDayV1 & { text: string })[];
  interfere: (operationId: string, asked: Asked) => Answered | undefined | Promise<Answered | undefined>;
  writes(): number;
  close(): Promise<void>;
}

export async function standIn(): Promise<StandIn> {
  const replays = new Map<string, Answered>();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://stand-in");
    const method = (request.method ?? "").toLowerCase();
    const asked = {
      method,
      path: pathname,
      query: searchParams,
      body: text ? JSON.parse(text) : undefined,
      headers: request.headers,
    };
    const answer = await answerOf(asked);
    const { status = 200, body, headers = {} } = answer;
    const isBytes = body instanceof Uint8Array;
    response.writeHead(status, {
      "x-request-id": "stand-in-request",
      ...(body !== undefined && { "content-type": isBytes ? "application/vnd.ms-excel" : "application/json" }),
      ...headers,
    });
    response.end(body === undefined ? undefined : isBytes ? body : JSON.stringify(body));
  });
  const refusal = (status: number, message: string): Answered => ({ status, body: { code: status, message } });

  async function answerOf(asked: Asked): Promise<Answered> {
    const { operationId, fault } = operationOf(asked.method, asked.path, asked.body);
    const key = asked.headers["idempotency-key"] as string | undefined;
    it.asked.push({ operationId, method: asked.method, key, body: asked.body });
    if (asked.headers["x-tidepool-session-token"] !== TOKEN) return refusal(401, "the token is not valid");
    if (fault !== undefined) return refusal(operationId === "" ? 404 : 400, fault);
    const replayed = asked.method === "get" || key === undefined ? undefined : replays.get(key);
    if (replayed) return { ...replayed, headers: { "idempotent-replayed": "true" } };
    const interfered = await it.interfere(operationId, asked);
    if (interfered) return interfered;
    const answer = carryOut(operationId, asked);
    if (key !== undefined && (answer.status ?? 200) < 300) replays.set(key, answer);
    return answer;
  }

  function carryOut(operationId: string, { path: at, query, body, headers }: Asked): Answered {
    const ids = at.match(/[0-9a-f]{24}/g) ?? [];
    if (at.startsWith("/v1/clinics/") && ids[0] !== it.clinic.id) return refusal(404, "clinic not found");
    switch (operationId) {
      case "GetClinic":
        return { body: it.clinic };
      case "UpdateTier":
        it.clinic = { ...it.clinic, tier: body.tier };
        return {};
      case "GetMRNSettings":
        if (it.mrnRequired === undefined) return refusal(404, "not found");
        return { body: { required: it.mrnRequired, unique: true } };
      case "GetEHRSettings":
        return it.ehrSettings ? { body: it.ehrSettings } : refusal(404, "not found");
      case "UpdateEHRSettings":
        it.ehrSettings = body;
        return { body };
      case "GetMerge":
        return { body: it.merges.length > 1 ? it.merges.shift() : it.merges[0] };
      case "GenerateMergeReport":
        return { body: headers.accept === "application/json" ? { Blocking: [] } : new Uint8Array([80, 75, 3, 4]) };
      case "ListPatients": {
        const [offset, limit, search] = [Number(query.get("offset")), Number(query.get("limit")), query.get("search")];
        const former = (id: string) => it.patientMerges.flatMap((m) => (m.targetId === id ? [m.formerMrn ?? ""] : []));
        const found = it.patients.filter(
          ({ id, mrn = "" }) =>
            search === null || [mrn, ...former(id)].some((its) => its.toLowerCase().includes(search.toLowerCase())),
        );
        return { body: { data: found.slice(offset, offset + limit), meta: { count: found.length } } };
      }
      case "GetPatient": {
        const found = it.patients.find(({ id }) => at.endsWith(`/${id}`));
        if (found) return { body: found };
        const merge = it.patientMerges.find(({ sourceId }) => at.endsWith(`/${sourceId}`));
        const { status, body: unknown } = refusal(404, "patient not found");
        return { status, body: { ...(unknown as object), ...(merge && { replacedBy: merge.targetId }) } };
      }
      case "ListPatientMerges":
        return {
          body: it.patientMerges.flatMap(({ sourceId, targetId, formerMrn }) => {
            if (at.includes(targetId)) return [{ role: "target", otherId: sourceId, state: "merged", formerMrn }];
            return at.includes(sourceId) ? [{ role: "source", otherId: targetId, state: "merged" }] : [];
          }),
        };
      case "CreatePatientAccount": {
        const isTaken = body.mrn !== undefined && it.patients.some(({ mrn }) => mrn === body.mrn);
        if (isTaken) return refusal(400, "mrn must be unique");
        const patient = { ...body, id: crypto.randomUUID() };
        it.patients.push(patient);
        return { body: patient };
      }
      case "ListFailedEntries": {
        const failed = it.entries.filter(({ state }) => state === "failed");
        const from = failed.findIndex(({ id }) => id === query.get("cursor")?.split("-")[1]) + 1;
        const page = failed.slice(from, from + 2);
        return page.length < 2 ? { body: page } : { body: page, headers: { "x-next-cursor": `1-${page.at(-1)!.id}` } };
      }
      case "ListDeadLetters":
        return {
          body: it.entries.map(({ id }, i) => ({
            id: i + 1,
            queue: "notifications",
            messageId: "m",
            entryId: id,
            createdTime: "2026-03-01T00:00:00Z",
          })),
        };
      case "ListAuditDays": {
        const from = it.days.findIndex(({ date }) => date === query.get("cursor")) + 1;
        const page = it.days.slice(from, from + 2).map((day) => ({ ...day, text: undefined }));
        return page.length < 2 ? { body: page } : { body: page, headers: { "x-next-cursor": page.at(-1)!.date } };
      }
      case "GetAuditDay": {
        const day = it.days.find(({ date }) => at.endsWith(date));
        if (!day) return refusal(404, "exported audit day not found");
        return { body: new TextEncoder().encode(day.text), headers: { "content-type": "application/x-ndjson" } };
      }
      case "GetOutboxEntry": {
        const found = it.entries.find(({ id }) => id === ids[0]);
        return found ? { body: found } : refusal(404, "outbox entry not found");
      }
      case "RequeueEntry": {
        const found = it.entries.find(({ id }) => id === ids[0]);
        if (!found) return refusal(404, "outbox entry not found");
        found.state = "queued";
        return { status: 204 };
      }
      default:
        throw new Error(`the stand-in does not know ${operationId}`);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const it: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    clinic: {
      id: CLINIC_ID,
      name: "Harbor",
      tier: "tier0200",
      patientTags: [{ id: "65f0aa00bb11cc22dd33ee01", name: "Pumps" }],
      sites: [{ id: "65f0aa00bb11cc22dd33ee02", name: "Main | Street" }],
    } as unknown as ClinicV1,
    mrnRequired: undefined,
    ehrSettings: undefined,
    patients: [],
    patientMerges: [],
    entries: [],
    days: [],
    merges: [],
    interfere: () => undefined,
    writes: () => it.asked.filter(({ method }) => method !== "get").length,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return it;
}
