import { beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../src/platform/request/operation.ts";
import { EXPECTED } from "../every-operation/expected-access.ts";
import { operationsByName, parametersOf } from "../every-operation/principals.ts";
import { givenTenant, storedOf, type Tenant } from "../fuzz/tenant.ts";
import { type Answer, type Caller, newUserId, UNKNOWN_ID } from "../harness.ts";

/**
 * Two tenants that call everything the same. Whoever belongs to the first learns nothing from an id of the second: the answer
 * is that for an id of nothing, with the same status, the same text and as many round trips.
 */

let own: Tenant;
let other: Tenant;
beforeAll(async () => {
  own = await givenTenant("IsolationA", "Same");
  other = await givenTenant("IsolationB", "Same");
});

const PRINCIPALS = ["admin", "member", "prescriber", "outsider", "patient"] as const;
const callerOf = ({ clinic, patient }: Tenant, name: (typeof PRINCIPALS)[number]): Caller =>
  name === "patient" ? patient : clinic[name];

/** Ids that lead to nothing, of the form that each has. */
const NOTHING: Readonly<Record<string, () => string>> = {
  userId: newUserId,
  patientId: newUserId,
  otherPatientId: newUserId,
  clinicianId: newUserId,
  inviteId: () => "0123456789abcdefghijklmnopqrs-_Z",
  dataSetId: () => "0123456789abcdef0123456789abcdef",
  reportId: () => UNKNOWN_ID,
  shareCode: () => "ABCD-EFGH-JKLM",
  recordId: () => `${UNKNOWN_ID}.${newUserId()}`,
  observationId: () => `${UNKNOWN_ID}.${newUserId()}.c14gmi`,
};
const nothingFor = (name: string): string => (NOTHING[name] ?? (() => UNKNOWN_ID))();

/** Values for the rest: those that belong to nobody. */
const FIXED: Readonly<Record<string, string>> = { permission: "custodian", providerId: "dexcom", kind: "cgm" };

/** What the contract lets any signed-in person see of any clinic. */
const OPEN: Readonly<Record<string, readonly string[]>> = {
  GetClinic: ["clinicId"],
  GetClinicByShareCode: ["shareCode"],
};

/** Clients of device data expect 403 for a set that is there and 404 for one that isn't: its id is 128 random bits. */
const MAY_EXIST = "dataSetId";

function pathWith(operation: Operation, values: Readonly<Record<string, string>>): string {
  return operation.route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!);
}

/** An answer without what differs between any two: the id that was asked for, and those of the request itself. */
const comparable = ({ status, text, calls }: Answer, id: string) => ({
  status,
  text: text
    .replaceAll(id, "ID")
    .replaceAll(/"diagnostics":"[0-9a-f-]{36}"/g, "REQUEST")
    .replaceAll(/"request":"[0-9a-f]{32}"/g, "REQUEST")
    .replaceAll(/"id":"[0-9a-f-]{36}","code"/g, "REQUEST"),
  calls,
});

const IDS = operationsByName.flatMap(([name, operation]) =>
  parametersOf(operation)
    .filter((parameter) => FIXED[parameter] === undefined && !OPEN[name]?.includes(parameter))
    .map((parameter) => [name, parameter, operation] as const),
);

describe("an id of another tenant", () => {
  test.each(IDS)("%s: {%s} leads to what an id of nothing leads to", async (name, parameter, operation) => {
    const before = await storedOf(other);
    const rest = Object.fromEntries(
      parametersOf(operation).map((it) => [it, FIXED[it] ?? own.ids[it]?.[0] ?? nothingFor(it)]),
    );
    for (const principal of PRINCIPALS) {
      const caller = callerOf(own, principal);
      const ask = async (id: string) => {
        const { body, query = "" } = EXPECTED[name] ?? {};
        const method = operation.route.method.toUpperCase();
        const path = pathWith(operation, { ...rest, [parameter]: id }) + query;
        const answer = await caller.send(method, path, method === "GET" ? undefined : body);
        return comparable(answer, id);
      };
      for (const id of other.ids[parameter] ?? []) {
        const nothing = await ask(nothingFor(parameter));
        const found = await ask(id);
        if (parameter === MAY_EXIST) expect([found.status, found.calls], principal).toEqual([403, nothing.calls]);
        else expect(found, `${principal}, ${id}`).toEqual(nothing);
      }
    }
    expect(await storedOf(other)).toBe(before);
  });
});

/** Requests of the first tenant that name something in a body or a query: by an id of theirs, of the other, or of nothing. */
interface Naming {
  readonly parameter: string;
  readonly ask: (id: string) => Promise<Answer>;
}
const person = { fullName: "Kim Same", birthDate: "1980-01-31" };
const inPatients = (query: (id: string) => string) => (id: string) =>
  own.clinic.member.get(`${own.clinic.path}/patients?${query(id)}`);
const onTag = (verb: "assign_tag" | "delete_tag") => (id: string) =>
  own.clinic.admin.post(`${own.clinic.path}/patients/${verb}/${own.ids.patientTagId![0]}`, [id]);
const mine = () => `${own.clinic.path}/patients/${own.ids.patientId![0]}`;
const NAMED: Readonly<Record<string, Naming>> = {
  "a tag of a new patient": {
    parameter: "patientTagId",
    ask: (id) => own.clinic.member.post(`${own.clinic.path}/patients`, { ...person, tags: [id] }),
  },
  "a site of a new patient": {
    parameter: "siteId",
    ask: (id) =>
      own.clinic.member.post(`${own.clinic.path}/patients`, { ...person, sites: [{ id, name: "Site Same" }] }),
  },
  "a tag of a patient": {
    parameter: "patientTagId",
    ask: (id) => own.clinic.member.put(mine(), { ...person, tags: [id] }),
  },
  "a site of a patient": {
    parameter: "siteId",
    ask: (id) => own.clinic.member.put(mine(), { ...person, sites: [{ id, name: "Site Same" }] }),
  },
  "a tag of a list": { parameter: "patientTagId", ask: inPatients((id) => `tags=${id}`) },
  "a site of a list": { parameter: "siteId", ask: inPatients((id) => `sites=${id}`) },
  "a person searched for": { parameter: "patientId", ask: inPatients((id) => `search=${id}`) },
  "a tag of a TIDE report": {
    parameter: "patientTagId",
    ask: (id) =>
      own.clinic.member.get(`${own.clinic.path}/tide_report?period=14d&tags=${id}&lastDataCutoff=2026-01-01T00:00:00Z`),
  },
  "a patient to be tagged": { parameter: "patientId", ask: onTag("assign_tag") },
  "a patient to lose a tag": { parameter: "patientId", ask: onTag("delete_tag") },
  "a data set of a query": {
    parameter: "dataSetId",
    ask: (id) => own.patient.get(`/data/${own.patient.id}?uploadId=${id}`),
  },
};

describe("an id of another tenant in a body or a query", () => {
  test.each(Object.entries(NAMED))("%s leads to what an id of nothing leads to", async (_, { parameter, ask }) => {
    const before = await storedOf(other);
    // A record that is made, or changed, has an id and times of its own.
    const told = async (id: string) => {
      const answer = comparable(await ask(id), id);
      return { ...answer, text: answer.text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|"20[0-9T:.-]+Z"/g, "OWN") };
    };
    const nothing = await told(nothingFor(parameter));
    for (const id of other.ids[parameter]!) expect(await told(id)).toEqual(nothing);
    expect(nothing.status).toBeLessThan(500);
    expect(await storedOf(other)).toBe(before);
  });
});
