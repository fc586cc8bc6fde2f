import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  almostValidOrder,
  anyOrder,
  deepJson,
  fullOrder,
  fullOrdersWithOnePartChanged,
  type Json,
  minimalOrder,
  validOrder,
} from "../../../../test/ehr/orders.ts";
import { cases } from "../../../../test/properties/size.ts";
import { hasRedoxSchemas, redoxErrors } from "../../../../test/redox-schemas.ts";
import {
  accountOf,
  birthDateOf,
  emailFor,
  fullNameOf,
  identifiersOf,
  mrnOf,
  orderOf,
  parseMeta,
  procedureCodeOf,
  tagNamesOf,
} from "./order.ts";
import { isSameText } from "../model/identity.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const ORDERS = cases(5000, 1500);

/** The minimal order with a change. */
const changed = (change: (order: Json) => unknown): Json => {
  const order = minimalOrder();
  change(order);
  return order;
};
const withDemographics = (demographics: Json) =>
  orderOf(changed((order) => Object.assign(order.Patient.Demographics, demographics)));
const meta = (change: Json) => parseMeta(changed((order) => Object.assign(order.Meta, change)));

describe("parseMeta", () => {
  test("reads the envelope", () => {
    expect(parseMeta(minimalOrder())).toEqual({
      meta: {
        dataModel: "Order",
        eventType: "New",
        eventAt: Date.parse("2026-03-01T10:00:00Z"),
        sourceId: "src-1",
        isTest: false,
        deduplicationKey: "log:log-1",
      },
    });
    expect(parseMeta(fullOrder())).toMatchObject({ meta: { eventAt: Date.parse("2026-03-01T09:00:00.250Z") } });
    expect(parseMeta({ Meta: { DataModel: "Scheduling", EventType: "Push" } })).toEqual({
      meta: {
        dataModel: "Scheduling",
        eventType: "Push",
        eventAt: undefined,
        sourceId: undefined,
        isTest: false,
        deduplicationKey: undefined,
      },
    });
  });

  test.each([
    ["another day than there is", "2026-02-30T10:00:00Z"],
    ["no zone", "2026-03-01T10:00:00"],
    ["a blank for T", "2026-03-01 10:00:00Z"],
    ["24:00", "2026-03-01T24:00:00Z"],
    ["words", "yesterday"],
    ["nothing", ""],
    ["null", null],
  ])("has no time of the event when it is %s", (_, EventDateTime) => {
    expect(meta({ EventDateTime })).toMatchObject({ meta: { eventAt: undefined } });
  });

  test.each<[Json, string | undefined]>([
    [{ Logs: [{ ID: "l" }, { ID: "m" }], Message: { ID: 5 } }, "log:l"],
    [{ Logs: [{ ID: "" }], Message: { ID: 5 } }, "message:5:src-1"],
    [{ Logs: [{ ID: null, AttemptID: "a" }], Message: { ID: 5 } }, "message:5:src-1"],
    [{ Logs: [null], Message: { ID: 5 } }, "message:5:src-1"],
    [{ Logs: [], Message: { ID: 0 } }, "message:0:src-1"],
    [{ Logs: null, Message: { ID: 5 }, Source: { ID: null } }, undefined],
    [{ Logs: null, Message: { ID: null } }, undefined],
    [{ Logs: null, Message: null }, undefined],
  ])("recognises repeats of %j by %s", (change, deduplicationKey) => {
    expect(meta(change)).toMatchObject({ meta: { deduplicationKey } });
  });

  test("marks test messages", () => {
    expect(meta({ Test: true })).toMatchObject({ meta: { isTest: true } });
    for (const Test of [false, null]) expect(meta({ Test })).toMatchObject({ meta: { isTest: false } });
  });

  test.each<[string, unknown]>([
    ["no data model", { Meta: { EventType: "New" } }],
    ["an empty data model", { Meta: { DataModel: "", EventType: "New" } }],
    ["null for the event type", { Meta: { DataModel: "Order", EventType: null } }],
    ["no Meta", {}],
    ["null for Meta", { Meta: null }],
  ])("misses what is not there: %s", (_, message) => {
    expect(parseMeta(message)).toEqual({ missing: "cannot process message with invalid metadata" });
  });

  test.each<[string, Json]>([
    ["DataModel", { DataModel: 1 }],
    ["EventType", { EventType: ["New"] }],
    ["EventDateTime", { EventDateTime: 1_772_359_200_000 }],
    ["Test", { Test: "true" }],
    ["Source", { Source: "src-1" }],
    ["Source.ID", { Source: { ID: 1 } }],
    ["Source.Name", { Source: { Name: {} } }],
    ["Destinations", { Destinations: {} }],
    ["Destinations[]", { Destinations: ["dst"] }],
    ["Logs", { Logs: { ID: "l" } }],
    ["Logs[]", { Logs: [{ ID: "l" }, 7] }],
    ["Logs[].AttemptID", { Logs: [{ ID: "l", AttemptID: 1 }] }],
    ["Message", { Message: 5 }],
    ["Message.ID", { Message: { ID: "5" } }],
    ["Transmission.ID", { Transmission: { ID: true } }],
    ["FacilityCode", { FacilityCode: 7 }],
    ["a source that is too long to be compared", { Source: { ID: "s".repeat(257) } }],
    ["a log id that can't be stored", { Logs: [{ ID: "a\u0000" }] }],
  ])("refuses a wrong %s", (_, change) => {
    expect(meta(change)).toEqual({ malformed: "a part of Meta has a wrong type" });
  });

  test("refuses what is no object", () => {
    for (const message of [null, undefined, 7, "text", [], [minimalOrder()], true]) {
      expect(parseMeta(message)).toHaveProperty("malformed");
    }
    for (const Meta of ["", 7, [], true]) expect(parseMeta({ Meta })).toHaveProperty("malformed");
  });
});

describe("an order", () => {
  test("has what the specification names", () => {
    const order = orderOf(fullOrder());
    expect(procedureCodeOf(order)).toBe("ON-1");
    expect(mrnOf(order, "MR")).toBe("77");
    expect(mrnOf(order, "epi")).toBe("e-1");
    expect(mrnOf(order, "MRN")).toBeUndefined();
    expect(fullNameOf(order)).toBe("Ana Gil");
    expect(birthDateOf(order)).toBe("1990-02-03");
    expect(order.id).toBe("ord-9");
  });

  test("has the first identifier of the type that has a number", () => {
    const order = orderOf(
      changed(({ Patient }) => {
        Patient.Identifiers = [
          null,
          { ID: 5, IDType: "MR" },
          { ID: "", IDType: "MR" },
          { IDType: "MR" },
          { ID: "1", IDType: "EPI" },
          { ID: "2", IDType: "Mr" },
          { ID: "3", IDType: "MR" },
        ];
      }),
    );
    expect(mrnOf(order, "mR")).toBe("2");
  });

  test.each([
    [{ FirstName: "Ana", LastName: "Gil" }, "Ana Gil"],
    [{ FirstName: null, LastName: "Gil" }, "Gil"],
    [{ FirstName: "Ana", LastName: 7 }, "Ana"],
    [{ FirstName: "", LastName: "Gil" }, "Gil"],
    [{ FirstName: null, LastName: "" }, undefined],
  ])("of %j is for the patient %s", (demographics, fullName) => {
    expect(fullNameOf(withDemographics(demographics))).toBe(fullName);
  });

  test("is not read as another's when its texts are too long", () => {
    const order = orderOf(
      changed(({ Patient }) => {
        Patient.Identifiers[0].ID = "7".repeat(100_000);
        Patient.Demographics.FirstName = "A".repeat(100_000);
      }),
    );
    expect(mrnOf(order, "mr")?.length).toBe(2000);
    expect(accountOf(order, "mr", NOW)).toEqual({ failure: "name is invalid" });
    const ofLongMrn = orderOf(changed(({ Patient }) => void (Patient.Identifiers[0].ID = "7".repeat(65))));
    expect(accountOf(ofLongMrn, "mr", NOW)).toEqual({ failure: "mrn is invalid" });
  });
});

describe("emailFor", () => {
  const both = (DOB: unknown, patient: unknown, guarantor: unknown, now = NOW) =>
    emailFor(
      orderOf(
        changed((order) => {
          Object.assign(order.Patient.Demographics, { DOB, EmailAddresses: patient });
          order.Visit = { Guarantor: { EmailAddresses: guarantor } };
        }),
      ),
      now,
    );
  const given = (DOB: string, now: string) => both(DOB, ["patient@m.test"], ["guarantor@m.test"], Date.parse(now));

  test.each([
    ["2013-03-02", "2026-03-01T23:59:59.999Z", "guarantor@m.test"],
    ["2013-03-02", "2026-03-02T00:00:00.000Z", "guarantor@m.test"],
    ["2013-03-02", "2026-03-02T00:00:00.001Z", "patient@m.test"],
    ["2012-02-29", "2025-02-28T23:59:59.999Z", "guarantor@m.test"],
    ["2012-02-29", "2025-03-01T00:00:00.000Z", "guarantor@m.test"],
    ["2012-02-29", "2025-03-01T00:00:00.001Z", "patient@m.test"],
    ["2026-03-01", "2026-03-01T12:00:00Z", "guarantor@m.test"],
    ["0001-01-01", "2026-03-01T12:00:00Z", "patient@m.test"],
  ])("of somebody born on %s is at %s %s", (birthDate, now, email) => {
    expect(given(birthDate, now)).toEqual({ email });
  });

  test.each<[unknown, unknown]>([
    [["a@b"], { email: "a@b" }],
    [["  a@b.test  "], { email: "a@b.test" }],
    [["Ana Gil <a@b.test>"], { email: "a@b.test" }],
    [["<a@b.test>"], { email: "a@b.test" }],
    [['"Gil, Ana <x>" <a@b.test>'], { email: "a@b.test" }],
    [['"Ana \\" Gil" < a@b.test >'], { email: "a@b.test" }],
    [["josé@b.test"], { email: "josé@b.test" }],
    [["first.last.@b.test", 7], { email: "first.last.@b.test" }],
    [undefined, { email: undefined }],
    [null, { email: undefined }],
    [[], { email: undefined }],
    [[null], { email: undefined }],
    [[""], { email: undefined }],
    ["a@b.test", { email: undefined }],
    [[7], { failure: "patient email address is not a string" }],
    [[{ Address: "a@b" }], { failure: "patient email address is not a string" }],
    [[deepJson(20_000)], { failure: "patient email address is not a string" }],
    ...[
      " ",
      "ana",
      "a@",
      "@b",
      "a@b@c",
      "a@b, c@d",
      "a@b,c@d",
      "Ana <a@b",
      "Ana<a@b",
      "a@b>",
      "Ana <a@b> x",
      "<a@b> <c@d>",
      "<>",
      '"Ana <a@b>',
      "a b@c",
      "a\u0000@b",
      "a\ud800@b",
      `${"a".repeat(253)}@b`,
      "<".repeat(100_000),
      '"'.repeat(100_001),
      `${'"\\'.repeat(50_000)}<a@b>`,
    ].map((text): [unknown, unknown] => [[text], { failure: "email address is invalid" }]),
  ])("reads %j as %j", (addresses, email) => {
    expect(both("1990-02-03", addresses, [7])).toEqual(email);
  });

  test("names the person whose address it isn't", () => {
    expect(both("2020-01-01", [7], [7])).toEqual({ failure: "guarantor email address is not a string" });
    expect(both("2020-01-01", [7], undefined)).toEqual({ email: undefined });
    expect(both("2020-01-01", ["a@b"], [""])).toEqual({ email: undefined });
  });

  test("needs the birth date", () => {
    for (const missing of [undefined, null, "", 7, {}]) {
      expect(both(missing, ["a@b"], ["a@b"])).toEqual({ failure: "date of birth is missing" });
    }
    const wrong = [
      "1990-02-30",
      "1990-2-3",
      "1990-02-03T00:00:00Z",
      "03/02/1990",
      "1990-02-03 ",
      "1700-01-01",
      "2999-01-01",
    ];
    for (const birthDate of wrong) {
      expect(both(birthDate, ["a@b"], ["a@b"])).toEqual({ failure: "date of birth is invalid" });
    }
  });
});

describe("accountOf", () => {
  test("is made from an order", () => {
    expect(accountOf(orderOf(fullOrder()), "MR", NOW)).toEqual({
      account: { fullName: "Ana Gil", birthDate: "1990-02-03", mrn: "77", email: "ana@mail.test" },
    });
    expect(accountOf(orderOf(minimalOrder()), "mr", NOW)).toEqual({
      account: { fullName: "Ana Gil", birthDate: "1990-02-03", mrn: "77", email: undefined },
    });
    const decomposed = orderOf(changed(({ Patient }) => void (Patient.Identifiers[0].ID = "e\u0301")));
    expect(accountOf(decomposed, "mr", NOW)).toMatchObject({ account: { mrn: "é" } });
  });

  test.each<[string, (order: Json) => unknown]>([
    ["patient demographics is missing", ({ Patient }) => delete Patient.Demographics],
    ["patient demographics is missing", ({ Patient }) => (Patient.Demographics = null)],
    ["patient demographics is missing", (order) => (order.Patient = [])],
    ["email address is invalid", ({ Patient }) => (Patient.Demographics.EmailAddresses = ["ana"])],
    ["patient email address is not a string", ({ Patient }) => (Patient.Demographics.EmailAddresses = [1])],
    ["date of birth is missing", ({ Patient }) => (Patient.Demographics.DOB = null)],
    ["date of birth is invalid", ({ Patient }) => (Patient.Demographics.DOB = "1990-02-30")],
    ["first name is missing", ({ Patient }) => (Patient.Demographics.FirstName = "")],
    ["first name is missing", ({ Patient }) => delete Patient.Demographics.FirstName],
    ["last name is missing", ({ Patient }) => (Patient.Demographics.LastName = ["Gil"])],
    ["name is invalid", ({ Patient }) => (Patient.Demographics.LastName = "G\u0007il")],
    ["name is invalid", ({ Patient }) => (Patient.Demographics.LastName = "\ud800")],
    ["name is invalid", ({ Patient }) => (Patient.Demographics.LastName = "G".repeat(256))],
    ["mrn is missing", ({ Patient }) => (Patient.Identifiers = [])],
    ["mrn is missing", ({ Patient }) => (Patient.Identifiers[0].IDType = "EPI")],
    ["mrn is missing", ({ Patient }) => (Patient.Identifiers[0].ID = 77)],
    ["mrn is invalid", ({ Patient }) => (Patient.Identifiers[0].ID = "7\u200b7")],
  ])("fails: %s", (failure, change) => {
    expect(accountOf(orderOf(changed(change)), "mr", NOW)).toEqual({ failure });
  });

  test("reports the first of several failures: address, birth date, name, MRN", () => {
    const order = changed(({ Patient }) => {
      Patient.Identifiers = [];
      Patient.Demographics = { EmailAddresses: ["ana"], DOB: "1990-02-03" };
    });
    const failures: unknown[] = [];
    for (const repair of [{ EmailAddresses: [] }, { FirstName: "Ana" }, { LastName: "Gil" }]) {
      failures.push(accountOf(orderOf(order), "mr", NOW));
      Object.assign(order.Patient.Demographics, repair);
    }
    failures.push(accountOf(orderOf(order), "mr", NOW));
    expect(failures).toEqual(
      ["email address is invalid", "first name is missing", "last name is missing", "mrn is missing"].map(
        (failure) => ({ failure }),
      ),
    );
  });
});

describe("tagNamesOf", () => {
  const of = (ClinicalInfo: unknown, codes: readonly string[] | undefined = ["TAG"], separator?: string) =>
    tagNamesOf(orderOf(changed(({ Order }) => void (Order.ClinicalInfo = ClinicalInfo))), { codes, separator });

  test("leaves tags as they are without codes or without clinical information", () => {
    const info = [{ Code: "TAG", Value: "pump" }];
    expect(of(info, undefined)).toEqual(["pump"]);
    expect(tagNamesOf(orderOf(changed(({ Order }) => void (Order.ClinicalInfo = info))), {})).toBeUndefined();
    expect(of(info, [])).toBeUndefined();
    for (const absent of [undefined, null, "TAG", {}]) expect(of(absent)).toBeUndefined();
  });

  test("has none where nothing is meant", () => {
    expect(of([])).toEqual([]);
    expect(of([{ Code: "tag", Value: "pump" }])).toEqual([]);
    expect(of([null, 7, {}, { Code: "TAG" }, { Code: "TAG", Value: null }, { Code: "TAG", Value: 7 }])).toEqual([]);
    expect(
      of(
        [
          { Code: null, Value: "pump" },
          { Code: "", Value: "pump" },
        ],
        ["", "null"],
      ),
    ).toEqual([]);
    expect(of([{ Code: "TAG", Value: " \t" }])).toEqual([]);
  });

  test("has the trimmed values of its codes, each once, in their order", () => {
    const info = [
      { Code: "B", Value: " pump " },
      { Code: "A", Value: "a, b" },
      { Code: "C", Value: "no" },
      { Code: "A", Value: "pump" },
      { Code: "A", Value: "Pump" },
    ];
    expect(of(info, ["A", "B"])).toEqual(["pump", "a, b", "Pump"]);
    expect(of(info, ["A", "B"], "")).toEqual(["pump", "a, b", "Pump"]);
    expect(of(info, ["A", "B"], ",")).toEqual(["pump", "a", "b", "Pump"]);
    expect(of([{ Code: "TAG", Value: ";;a;; b;;;;a" }], ["TAG"], ";;")).toEqual(["a", "b"]);
  });

  test("has at most fifty", () => {
    const many = Array.from({ length: 80 }, (_, i) => `t${i % 60}`);
    expect(of([{ Code: "TAG", Value: many.join(",") }], ["TAG"], ",")).toEqual(many.slice(0, 50));
    expect(of(many.map((Value) => ({ Code: "TAG", Value })))).toEqual(many.slice(0, 50));
  });
});

describe("identifiersOf", () => {
  test("are texts that are equal for equal identifiers", () => {
    const of = (Identifiers: unknown) =>
      identifiersOf(
        orderOf(
          changed(({ Patient }) => {
            Patient.Identifiers = Identifiers;
            Patient.Demographics.DOB = null;
          }),
        ),
      );
    expect(
      of([
        { ID: "É-1 ", IDType: "MR" },
        { ID: "e-1", IDType: "mr" },
        { ID: "2", IDType: "EPI" },
      ]),
    ).toEqual(["mr:e-1", "epi:2"]);
    expect(of(undefined)).toEqual([]);
    expect(
      of([
        { ID: 7, IDType: "MR" },
        { ID: "", IDType: "MR" },
      ]),
    ).toEqual([]);
    // A number of which nothing can be seen is none: all patients of an EHR may have it.
    expect(
      of([
        { ID: " ", IDType: "EPI" },
        { ID: "\u200b\u00a0", IDType: "MR" },
        { ID: " 2", IDType: " " },
      ]),
    ).toEqual([": 2"]);
    expect(of(Array.from({ length: 80 }, (_, i) => ({ ID: String(i), IDType: "MR" })))).toHaveLength(50);
    expect(of([{ ID: "\ud8007", IDType: "MR" }])).toEqual(["mr:\ufffd7"]);
    expect(of([{ ID: "7", IDType: "😀".repeat(5000) }])).toEqual(["😀".repeat(256)]);
  });

  test("tell the same person by name and birth date, whatever the identifiers", () => {
    const of = (demographics: object) =>
      identifiersOf(orderOf({ Patient: { Demographics: { DOB: "1990-02-03", ...demographics } } }));
    expect(of({ FirstName: "Ána", LastName: "GIL" })).toEqual(["1990-02-03 ana gil"]);
    expect(of({ FirstName: "Ana", LastName: "Gil", DOB: null })).toEqual([]);
    expect(of({})).toEqual([]);
  });
});

test.each([
  ["Łukasz Strauß", "lukasz STRAUSS", true],
  ["Æsa O’Neil", "aesa o'neil", true],
  ["Ana Gil", "Ana  Gil", false],
  ["Ана Й", "Ана И", false],
  ["a7", "A7", true],
  ["77", "077", false],
  ["", "", false],
  ["\u0000", "", false],
])("%j and %j are the same: %s", (one, other, same) => {
  expect(isSameText(one, other)).toBe(same);
  expect(isSameText(other, one)).toBe(same);
});

describe("any JSON", () => {
  const readings = (message: unknown) => {
    const parsed = parseMeta(message);
    const order = orderOf(message);
    const account = accountOf(order, "mr", NOW);
    const tags = tagNamesOf(order, { codes: ["TAG", "", "MR"], separator: "," });
    const identifiers = identifiersOf(order);
    return { parsed, order, account, tags, identifiers };
  };

  /** What must hold of every order, however it was read. */
  function expectSound(message: unknown): void {
    const { parsed, account, tags, identifiers, order } = readings(message);
    expect(Object.keys(parsed)).toHaveLength(1);
    if ("account" in account) {
      const { fullName, birthDate, mrn, email } = account.account;
      expect(fullName).toMatch(/^[^\p{Cc}\p{Cs}]{3,256}$/u);
      expect(birthDate).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(mrn).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]{1,64}$/u);
      if (email !== undefined) expect(email).toMatch(/^[^\s@<>]+@[^\s@<>]+$/);
    } else {
      expect(account.failure).toMatch(/^(?:[a-z]+ ){1,3}is (?:missing|invalid|not a string)$/);
    }
    for (const tag of tags ?? []) expect(tag).toBe(tag.trim());
    expect(tags ?? []).not.toContain("");
    expect(new Set(tags).size).toBe(tags?.length ?? 0);
    expect(identifiers.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(Object.values(order)).length).toBeLessThan(100_000);
  }

  test("is read as an order without failing", () => {
    fc.assert(fc.property(anyOrder, expectSound), { numRuns: ORDERS });
  });

  test("is read as an order without failing, whatever one part of it is", () => {
    let orders = 0;
    for (const order of fullOrdersWithOnePartChanged()) {
      expectSound(order);
      orders += 1;
    }
    expect(orders).toBeGreaterThan(1000);
  });

  test("with a valid Meta is accepted", () => {
    fc.assert(
      fc.property(validOrder, (order) => {
        const { DataModel, EventType } = (order as Json).Meta;
        const isComparable =
          JSON.stringify((order as Json).Meta).length < 256 &&
          !JSON.stringify(order).includes("\\u0000") &&
          JSON.stringify(order).indexOf("\\ud") < 0;
        if (isComparable) expect(parseMeta(order)).toHaveProperty(DataModel && EventType ? "meta" : "missing");
      }),
      { numRuns: ORDERS },
    );
  });

  test.runIf(hasRedoxSchemas)("generated as valid is valid by Redox's schema; almost valid ones often aren't", () => {
    let invalid = 0;
    const asOrder = (order: unknown) => {
      const copy = structuredClone(order) as Json;
      Object.assign(copy.Meta, { DataModel: "Order", EventType: "New" });
      return redoxErrors(copy);
    };
    fc.assert(
      fc.property(validOrder, almostValidOrder, (valid, almost) => {
        expect(asOrder(valid)).toBeUndefined();
        if (!(almost as Json).Meta || typeof (almost as Json).Meta !== "object" || asOrder(almost) !== undefined)
          invalid += 1;
      }),
      { numRuns: 300 },
    );
    expect(invalid).toBeGreaterThan(100);
  });
});
