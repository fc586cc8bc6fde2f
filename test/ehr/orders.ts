import fc from "fast-check";
import { type RedoxSchema, redoxSchema } from "../redox-schemas.ts";

/**
 * Orders of EHRs, as arbitraries: minimal and full ones written out from the specification, and ones derived from Redox's
 * schema where that is at hand. Shares no code with the product.
 */

export type Json = Record<string, any>;

/** An order with what it must have and what an account is created from. */
export const minimalOrder = (): Json => ({
  Meta: {
    DataModel: "Order",
    EventType: "New",
    EventDateTime: "2026-03-01T10:00:00Z",
    Source: { ID: "src-1", Name: "Demo EHR" },
    Logs: [{ ID: "log-1", AttemptID: "a-1" }],
  },
  Patient: {
    Identifiers: [{ ID: "77", IDType: "mr" }],
    Demographics: { FirstName: "Ana", LastName: "Gil", DOB: "1990-02-03" },
  },
  Order: { ID: "ord-9", Procedure: { Code: "ON-1" } },
});

/** An order with every part that is used or sent back. */
export const fullOrder = (): Json => ({
  Meta: {
    DataModel: "Order",
    EventType: "New",
    EventDateTime: "2026-03-01T10:00:00.250+01:00",
    Test: false,
    Source: { ID: "src-1", Name: "Demo EHR" },
    Destinations: [{ ID: "dst-1", Name: "Reports" }],
    Logs: [{ ID: "log-1", AttemptID: "a-1" }],
    Message: { ID: 123 },
    Transmission: { ID: 456 },
    FacilityCode: "F1",
  },
  Patient: {
    Identifiers: [
      { ID: "e-1", IDType: "EPI" },
      { ID: "77", IDType: "mr" },
    ],
    Demographics: {
      FirstName: "Ana",
      MiddleName: "María",
      LastName: "Gil",
      DOB: "1990-02-03",
      SSN: "101-01-0001",
      Sex: "Female",
      Race: "Other",
      IsHispanic: true,
      Religion: null,
      MaritalStatus: "Single",
      IsDeceased: false,
      DeathDateTime: null,
      PhoneNumber: { Home: "+18088675301", Office: null, Mobile: null },
      EmailAddresses: ["ana@mail.test"],
      Language: "es",
      Citizenship: ["US"],
      Address: {
        StreetAddress: "4762 Hickory Street",
        City: "Monroe",
        State: "WI",
        ZIP: "53566",
        County: "Green",
        Country: "US",
      },
    },
    Notes: ["not sent back"],
  },
  Visit: {
    VisitNumber: "1234",
    AccountNumber: "860",
    PatientClass: "Outpatient",
    VisitDateTime: "2026-03-01T09:00:00Z",
    Guarantor: { FirstName: "Luz", LastName: "Gil", EmailAddresses: ["Luz Gil <luz@mail.test>"] },
    Location: {
      Type: "Clinic",
      Facility: "North",
      FacilityIdentifiers: [{ ID: "n-1", IDType: "NPI" }],
      Department: "Endo",
      DepartmentIdentifiers: [{ ID: "d-1", IDType: null }],
      Room: "1",
      Bed: null,
    },
  },
  Order: {
    ID: "ord-9",
    Status: "New",
    Procedure: { Code: "ON-1", Codeset: "L", Description: "Reports" },
    Provider: {
      NPI: "407",
      ID: "prov-1",
      IDType: "NPI",
      FirstName: "Pat",
      LastName: "Granite",
      Credentials: ["MD"],
      Address: { StreetAddress: "1 Main", City: "Monroe", State: "WI", ZIP: "53566", County: null, Country: "US" },
      EmailAddresses: ["pat@clinic.test"],
      PhoneNumber: { Office: "+12025550" },
      Location: {
        Type: null,
        Facility: "North",
        FacilityIdentifiers: [],
        Department: "Endo",
        DepartmentIdentifiers: [],
        Room: null,
      },
    },
    ClinicalInfo: [
      { Code: "TAG", Codeset: null, Description: "Tags", Value: "pump, type 1", Units: null, Notes: [] },
      { Code: "OTHER", Value: "7" },
    ],
  },
});

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "mr",
      "MR",
      "TAG",
      "a, b,,a",
      "1990-02-03",
      "2020-02-29",
      "2026-02-30",
      "0001-01-01",
      "2026-03-01T10:00:00Z",
      "ana@mail.test",
      "Ana <ana@mail.test>",
      "Ana",
      "__proto__",
      "\u0000",
      "\ud800",
      "x".repeat(3000),
    ),
  },
);
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;

/** A list or an object in which lists stand in lists, deeper than any recursion goes. */
export const deepJson = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

const scalar = (type: string): fc.Arbitrary<unknown> =>
  type === "string" ? text : type === "number" ? number : type === "boolean" ? fc.boolean() : fc.constant(null);

/** What a schema allows: every optional part at times left out, and null where that is allowed. */
function valid(schema: RedoxSchema): fc.Arbitrary<unknown> {
  if (schema.type === undefined) return anyJson;
  if (schema.type === "object") {
    const { properties = {}, required = [] } = schema;
    const parts = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, valid(part)]));
    return fc.record(parts, { requiredKeys: required.filter((name) => name in parts) });
  }
  if (schema.type === "array") return fc.array(valid(schema.items ?? {}), { maxLength: 3 });
  return fc.oneof(...[schema.type].flat().map(scalar));
}

/** Parts of a document by path, the document itself excepted. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const parts = Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]));
  return path.length === 0 ? parts : [path, ...parts];
}

/** The document with the part at a path changed; removed when `change` is undefined. */
function changedAt(document: unknown, path: readonly string[], change: { readonly to: unknown } | undefined): unknown {
  const copy = structuredClone(document) as Json;
  const holder = path.slice(0, -1).reduce<Json>((part, name) => part[name], copy);
  const last = path.at(-1)!;
  if (change)
    Object.defineProperty(holder, last, { value: change.to, enumerable: true, writable: true, configurable: true });
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}

const WRONG: readonly unknown[] = [
  null,
  7,
  -0.5,
  true,
  "",
  "text",
  [],
  [null],
  ["text"],
  {},
  { ID: 7 },
  [[{}]],
  { 0: "a" },
];

/** A document in which one part is left out, or is of any type. */
const almost = (documents: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(documents, fc.nat(), fc.option(fc.oneof(fc.constantFrom(...WRONG), anyJson), { nil: undefined, freq: 3 }))
    .map(([document, at, to]) => {
      const paths = pathsOf(document);
      return paths.length === 0
        ? document
        : changedAt(document, paths[at % paths.length]!, to === undefined ? undefined : { to });
    });

const written = fc.constantFrom<unknown>(minimalOrder(), fullOrder()).map((order) => structuredClone(order));
const schema = redoxSchema("order-new");

/** Valid orders: the two that are written out, and any that the schema allows. */
export const validOrder: fc.Arbitrary<unknown> = schema
  ? fc.oneof({ weight: 1, arbitrary: written }, { weight: 3, arbitrary: valid(schema) })
  : written;

/** Orders of which one part is missing or has another type, which may be a valid one too. */
export const almostValidOrder: fc.Arbitrary<unknown> = almost(validOrder);

/** Valid and almost valid orders, and JSON that is no order. */
export const anyOrder: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: validOrder },
  { weight: 6, arbitrary: almostValidOrder },
  { weight: 2, arbitrary: almost(almost(written)) },
  { weight: 1, arbitrary: anyJson },
);

/** Every document that differs from a full order in one part: left out, or of another type. */
export function* fullOrdersWithOnePartChanged(): Generator {
  const order = fullOrder();
  for (const path of pathsOf(order)) {
    yield changedAt(order, path, undefined);
    for (const to of WRONG) yield changedAt(order, path, { to });
    yield changedAt(order, path, { to: deepJson(20_000) });
  }
}
