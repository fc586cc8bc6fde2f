import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { description } from "../description.ts";
import { type Caller, type GivenClinic, givenClinic, newUserId, UNKNOWN_ID } from "../harness.ts";
import { EXPECTED } from "./expected-access.ts";
import { operationsByName, pathOfKnown, UNKNOWN_SET } from "./principals.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

const queryNamesOf = (operationId: string): string[] =>
  Object.values(description.paths ?? {})
    .flatMap((path) => Object.values(path as Record<string, any>))
    .filter((it) => it.operationId === operationId)
    .flatMap((it) => it.parameters ?? [])
    .filter((it: { in: string }) => it.in === "query")
    .map((it: { name: string }) => it.name);

const nasty = fc.constantFrom(
  "",
  " ",
  "\u0000",
  "\ud800",
  "'",
  '"',
  "%",
  "_",
  "\\",
  "null",
  "-1",
  "1e309",
  "NaN",
  "__proto__",
  "𝒳".repeat(300),
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59+14:00",
  "+275760-09-13T00:00:00Z",
  "2026-02-30",
  ">=1.0",
  "<-0.15",
  "[]",
  "{}",
  "9007199254740993",
  "CLINIC_ADMIN",
  "a,b,,c",
  "+fullName",
  UNKNOWN_ID,
);
const text = fc.oneof(
  nasty,
  fc.string(),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.integer().map(String),
  fc.date({ noInvalidDate: true }).map((it) => it.toISOString()),
);
const anyJson = fc.oneof(fc.jsonValue(), nasty, fc.double(), fc.constant(null));

/** A well-formed body with some of its values replaced by anything at all. */
function spoiled(sample: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(sample))
    return fc.oneof(fc.tuple(...sample.map(spoiled)), fc.array(anyJson, { maxLength: 5 }), anyJson);
  if (sample !== null && typeof sample === "object") {
    const entries = Object.entries(sample).map(
      ([key, value]) =>
        [
          key,
          fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 2, arbitrary: spoiled(value) }),
        ] as const,
    );
    const whole = fc.record(Object.fromEntries(entries), { requiredKeys: [] });
    return fc.oneof({ weight: 4, arbitrary: whole }, { weight: 1, arbitrary: anyJson });
  }
  return anyJson;
}
const escaped = (value: string) => encodeURIComponent(value.toWellFormed());

describe("no request is answered with 500", () => {
  test.each(operationsByName)("%s, whatever is in its path, query and body", async (name, operation) => {
    const queryNames = queryNamesOf(name);
    const query = fc.record(Object.fromEntries(queryNames.map((it) => [it, text])), { requiredKeys: [] });
    const ids = fc.constantFrom("right", "unknown", "wrong");
    const sample = EXPECTED[name]?.body;
    const known = await pathOfKnown(operation, clinic.clinicId, newUserId());
    const setId = /(?<=data_sets\/)[0-9a-f]{32}/.exec(known)?.[0] ?? UNKNOWN_SET;
    const body = fc.oneof(spoiled(sample), spoiled(sample), anyJson, fc.constant(undefined), fc.string());
    const property = fc.asyncProperty(
      ids,
      text,
      query,
      body,
      fc.boolean(),
      async (id, wrong, queries, sent, asAdmin) => {
        const path = operation.route.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
          if (id === "wrong") return escaped(wrong) || "x";
          if (parameter === "clinicId") return id === "right" ? clinic.clinicId : UNKNOWN_ID;
          if (parameter === "shareCode") return "ABCD-EFGH-JKLM";
          if (parameter === "dataSetId") return id === "right" ? setId : UNKNOWN_SET;
          if (parameter === "kind") return "cgm";
          if (/^(userId|patientId|clinicianId)$/.test(parameter)) return newUserId();
          return UNKNOWN_ID;
        });
        const search = Object.entries(queries as Record<string, string>)
          .map(([key, value]) => `${key}=${escaped(value)}`)
          .join("&");
        const caller: Caller = asAdmin ? clinic.admin : clinic.service;
        const method = operation.route.method.toUpperCase();
        // A clinic that is gone would answer everything else with 404.
        if (name === "DeleteClinic" && id === "right") return;
        const answer = await caller.send(method, path + (search && `?${search}`), method === "GET" ? undefined : sent);
        expect(answer.status).toBeLessThan(500);
      },
    );
    await fc.assert(property, { numRuns: 40, seed: 20260301 });
  });
});
