import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, type GivenClinic, givenClinic, newUserId } from "../harness.ts";
import { EXPECTED } from "./expected-access.ts";
import { notAllowed, wordsOf } from "./expected-refusals.ts";
import { operationsByName, parametersOf, pathOf, pathOfKnown, principalsOf } from "./principals.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
const NO_BODY = new Set(["get", "head"]);
const bodyFor = (method: string) => (NO_BODY.has(method) ? undefined : "{ not JSON");
const QUERY = "?limit=x&offset=-1&offset=";

const expectRefused = (name: string, { status, body }: Answer) => expect({ status, body }).toEqual(notAllowed(name));

const decidedEarly = operationsByName.filter(([name]) => !EXPECTED[name]?.isDecidedLate);
const refused = decidedEarly.flatMap(([name, operation]) =>
  principalsOf(operation)
    .filter((it) => !it.isNamed && !it.rights.some((right) => EXPECTED[name]?.allowed.includes(right)))
    .map((principal) => [name, principal.name, { operation, principal }] as const),
);

describe("a refused caller learns nothing from validation", () => {
  test.each(refused)(
    "%s: refuses %s with a malformed query, body and ids",
    async (name, _who, { operation, principal }) => {
      const caller = await principal.join(clinic);
      const { method } = operation.route;
      for (const clinicId of [clinic.clinicId, "NOT-AN-ID", `${clinic.clinicId}00`]) {
        const path = await pathOfKnown(operation, clinicId, "NOT-AN-ID");
        const answer = await caller.send(method.toUpperCase(), path + QUERY, bodyFor(method));
        expectRefused(name, answer);
      }
    },
  );

  test.each(refused.filter(([, , { operation }]) => operation.route.method !== "get"))(
    "%s: refuses %s with an Idempotency-Key that is too long",
    async (name, _who, { operation, principal }) => {
      const caller = await principal.join(clinic);
      const path = await pathOfKnown(operation, clinic.clinicId, newUserId());
      const headers = { "idempotency-key": "k".repeat(256) };
      const answer = await caller.send(operation.route.method.toUpperCase(), path, EXPECTED[name]?.body, headers);
      expectRefused(name, answer);
    },
  );

  const forServices = operationsByName.filter(([name]) => EXPECTED[name]?.allowed.includes("service"));
  // The contract puts no pattern on the ids of these paths: there a text that is no id is the id of nothing.
  const withoutPattern = new Set(["EnableNewClinicExperience", "ListMigrations", "MigrateLegacyClinicianPatients"]);
  // So is a text that is no id of a data set: 404, as the reference has it.
  const isOfPattern = (parameter: string) =>
    parameter.endsWith("Id") && parameter !== "dataSetId" && parameter !== "reportId";
  const withIds = forServices.filter(
    ([name, operation]) => !withoutPattern.has(name) && parametersOf(operation).some(isOfPattern),
  );
  test.each(withIds)("%s: 400 for a service with malformed ids", async (name, operation) => {
    const path = pathOf(operation, clinic.clinicId.toUpperCase(), "NOT-AN-ID");
    const method = operation.route.method.toUpperCase();
    const answer = await clinic.service.send(method, path, EXPECTED[name]?.body);
    expect(answer.status).toBe(400);
    expect(wordsOf(answer.body)).toMatch(/^parameter "\w+" in path has an error: /);
  });

  const ofSets = forServices.filter(([, operation]) => parametersOf(operation).includes("dataSetId"));
  test.each(ofSets)("%s: 404 for a service with what is no id of a data set", async (name, operation) => {
    for (const text of ["NOT-AN-ID", "%00", "x".repeat(100)]) {
      const path = operation.route.path.replace("{dataSetId}", text);
      const answer = await clinic.service.send(operation.route.method.toUpperCase(), path, EXPECTED[name]?.body);
      expect([answer.status, wordsOf(answer.body)]).toEqual([404, expect.stringMatching(/not found$/)]);
    }
  });
});

describe("a path is understood once", () => {
  test("an encoded slash is part of an id, for the decision and for the route", async () => {
    const { path, admin, outsider, service } = clinic;
    expect((await outsider.get(`${path}%2Fclinicians`)).status).toBe(400);
    expect((await service.get(`/v1/clinics/x%2F..%2F${clinic.clinicId}/clinicians`)).status).toBe(400);
    expect((await admin.get(`/v1/clinics/x%2F..%2F${clinic.clinicId}/clinicians`)).status).toBe(403);
    expect((await outsider.get(`/v1/clinicians/${outsider.id}%2Fclinics`)).status).toBe(404);
    expect((await outsider.get(`/v1/clinicians/${clinic.admin.id}%2F..%2F${outsider.id}/clinics`)).status).toBe(403);
  });

  test("an encoded id is the id it stands for, for the decision and for the handler", async () => {
    const [first, ...rest] = clinic.clinicId;
    const encoded = `/v1/clinics/%${first!.charCodeAt(0).toString(16)}${rest.join("")}/clinicians`;
    expect((await clinic.member.get(encoded)).status).toBe(200);
    expect((await clinic.outsider.get(encoded)).status).toBe(403);
  });

  test("what can't be decoded is nobody's id", async () => {
    expect((await clinic.member.get("/v1/clinics/%E0%A4%A/clinicians")).status).toBe(403);
    expect((await clinic.service.get("/v1/clinics/%E0%A4%A/clinicians")).status).toBe(400);
  });
});
