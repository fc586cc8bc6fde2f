import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyOrder,
  deepJson,
  fullOrder,
  fullOrdersWithOnePartChanged,
  type Json,
  minimalOrder,
  validOrder,
} from "../../../../test/ehr/orders.ts";
import { cases } from "../../../../test/properties/size.ts";
import { expectValidForRedox } from "../../../../test/redox-schemas.ts";
import type { Observation } from "../model/observations.ts";
import { flowsheetMessage, noteBody, notesMessage, type NotesInput, resultsMessage } from "./messages.ts";

const ORDERS = cases(3000, 700);
const AT = Date.parse("2026-03-02T08:30:00.999Z");
const NOW = "2026-03-02T08:30:00Z";

const observation: Observation = {
  code: "GLUCOSE_MANAGEMENT_INDICATOR",
  value: "6.9000",
  valueType: "Numeric",
  units: null,
  description: "CGM Glucose Management Indicator during reporting period",
  dateTime: "2026-03-02T08:00:00Z",
};
const inRange: Observation = {
  ...observation,
  code: "TIME_IN_RANGE_CGM",
  value: "62.5000",
  units: "%",
  description: "d",
};
const about = (order: unknown) => ({
  order,
  source: { id: "app-1", name: "Application" },
  destinationId: "dst-7",
  at: AT,
});

const flowsheet = (order: unknown) =>
  onWire(flowsheetMessage({ ...about(order), observations: [observation, inRange] }));
const noteInput = (order: unknown): NotesInput => ({
  ...about(order),
  eventType: "New",
  documentId: "660000000000000000000002",
  originalDocumentId: undefined,
  gmi: undefined,
});
const note = (order: unknown, changes: Partial<NotesInput> = {}) =>
  onWire(notesMessage({ ...noteInput(order), ...changes, content: { base64: "JVBERi0=" } }));
const results = (order: unknown, isSuccess = true) =>
  onWire(resultsMessage({ ...about(order), kind: "matching", isSuccess, message: "Patient was successfully matched" }));

/** A message as it arrives, checked by Redox's schema. */
function onWire(message: object): Json {
  const received = JSON.parse(JSON.stringify(message)) as Json;
  expectValidForRedox(received);
  return received;
}

const metaOf = (DataModel: string, EventType = "New") => ({
  DataModel,
  EventType,
  EventDateTime: NOW,
  Test: null,
  Source: { ID: "app-1", Name: "Application" },
  Destinations: [{ ID: "dst-7", Name: null }],
  FacilityCode: null,
});
const URL_OF = "https://api.redoxengine.com/extensions/";
/** The Demographics of the minimal order: what is not set is null, and objects and lists are left out. */
const MINIMAL_DEMOGRAPHICS = {
  FirstName: "Ana",
  MiddleName: null,
  LastName: "Gil",
  DOB: "1990-02-03",
  SSN: null,
  Sex: null,
  Race: null,
  IsHispanic: null,
  Religion: null,
  MaritalStatus: null,
  IsDeceased: null,
  DeathDateTime: null,
  Language: null,
};

describe("a flowsheet", () => {
  test("answers a minimal order", () => {
    expect(flowsheet(minimalOrder())).toEqual({
      Meta: metaOf("Flowsheet"),
      Patient: { Identifiers: [{ ID: "77", IDType: "mr" }], Demographics: MINIMAL_DEMOGRAPHICS },
      Visit: {
        VisitNumber: null,
        AccountNumber: null,
        VisitDateTime: null,
        Extensions: {
          "additional-identifier": {
            url: `${URL_OF}additional-identifier`,
            identifier: { type: "orderId", value: "ord-9" },
          },
        },
      },
      Observations: [
        {
          Code: "GLUCOSE_MANAGEMENT_INDICATOR",
          Value: "6.9000",
          ValueType: "Numeric",
          Units: null,
          Description: "CGM Glucose Management Indicator during reporting period",
          DateTime: "2026-03-02T08:00:00Z",
          AbnormalFlag: null,
          Codeset: null,
          Status: null,
        },
        {
          Code: "TIME_IN_RANGE_CGM",
          Value: "62.5000",
          ValueType: "Numeric",
          Units: "%",
          Description: "d",
          DateTime: "2026-03-02T08:00:00Z",
          AbnormalFlag: null,
          Codeset: null,
          Status: null,
        },
      ],
    });
  });

  test("has the patient and the visit of a full order, and who placed it", () => {
    const order = fullOrder();
    const { Patient, Visit } = flowsheet(order);
    expect(Patient).toEqual({ Identifiers: order.Patient.Identifiers, Demographics: order.Patient.Demographics });
    expect(Visit).toEqual({
      VisitNumber: "1234",
      AccountNumber: "860",
      VisitDateTime: null,
      Location: order.Visit.Location,
      Extensions: {
        "additional-identifier": {
          url: `${URL_OF}additional-identifier`,
          identifier: { type: "orderId", value: "ord-9" },
        },
        "additional-provider-info": {
          url: `${URL_OF}additional-provider-info`,
          participants: [{ id: "prov-1", idType: "NPI", person: { name: { given: ["Pat"], family: "Granite" } } }],
        },
      },
    });
  });

  test.each<[Json, unknown]>([
    [
      { ID: "p", LastName: "Q" },
      { id: "p", idType: "", person: { name: { given: null, family: "Q" } } },
    ],
    [
      { ID: "p", FirstName: "P" },
      { id: "p", idType: "", person: { name: { given: ["P"], family: "" } } },
    ],
    [{ ID: "p" }, undefined],
    [{ ID: "p", FirstName: "", LastName: null }, undefined],
    [{ FirstName: "P", LastName: "Q" }, undefined],
    [{ ID: "", LastName: "Q" }, undefined],
    [{ ID: 7, LastName: "Q" }, undefined],
  ])("names the provider %j as %j", (Provider, participant) => {
    const order = minimalOrder();
    order.Order.Provider = Provider;
    const info = flowsheet(order).Visit.Extensions["additional-provider-info"];
    expect(info?.participants?.[0]).toEqual(participant);
  });

  test("has a visit only where there is something in it", () => {
    const order = minimalOrder();
    order.Order.ID = "";
    expect(flowsheet(order)).not.toHaveProperty("Visit");
    order.Visit = {};
    expect(flowsheet(order).Visit).toEqual({ VisitNumber: null, AccountNumber: null, VisitDateTime: null });
    order.Visit = [];
    expect(flowsheet(order)).not.toHaveProperty("Visit");
  });
});

describe("a note", () => {
  test("answers a minimal order", () => {
    expect(note(minimalOrder())).toEqual({
      Meta: metaOf("Notes"),
      Patient: { Identifiers: [{ ID: "77", IDType: "mr" }], Demographics: MINIMAL_DEMOGRAPHICS },
      Visit: {
        VisitNumber: null,
        AccountNumber: null,
        PatientClass: null,
        VisitDateTime: null,
        AdditionalStaff: [
          {
            ID: null,
            IDType: null,
            FirstName: null,
            LastName: null,
            Role: { Code: "ON-1", Codeset: null, Description: null },
          },
        ],
      },
      Orders: [{ ID: "ord-9", Name: null }],
      Note: {
        DocumentType: "Tidepool Report",
        DocumentID: "660000000000000000000002",
        DocumentDescription: null,
        ServiceDateTime: null,
        DocumentationDateTime: NOW,
        Status: null,
        Availability: "Available",
        Provider: { ID: "Tidepool", IDType: null, FirstName: null, LastName: null },
        FileName: "report.pdf",
        FileType: "PDF",
        ContentType: "Base64 Encoded",
        FileContents: "JVBERi0=",
      },
    });
  });

  test("has the visit, the procedure and the provider of a full order", () => {
    const order = fullOrder();
    const { Patient, Visit, Note } = note(order);
    expect(Patient).toEqual({ Identifiers: order.Patient.Identifiers, Demographics: order.Patient.Demographics });
    expect(Visit).toMatchObject({ VisitNumber: "1234", AccountNumber: "860", Location: order.Visit.Location });
    expect(Visit.AdditionalStaff).toHaveLength(1);
    expect(Visit.AdditionalStaff[0].Role).toEqual({ Code: "ON-1", Codeset: "L", Description: "Reports" });
    expect(Note.Provider).toEqual({ ID: "prov-1", IDType: "NPI", FirstName: "Pat", LastName: "Granite" });
  });

  test("has neither visit nor order where the order has neither", () => {
    const message = note({ Order: { Procedure: 7 } });
    expect(message.Patient).toEqual({ Identifiers: [] });
    expect(message).not.toHaveProperty("Visit");
    expect(message).not.toHaveProperty("Orders");
  });

  test("replaces another", () => {
    const replacing = note(minimalOrder(), { eventType: "Replace", originalDocumentId: "660000000000000000000001" });
    expect(replacing.Meta.EventType).toBe("Replace");
    expect(replacing.Note).toMatchObject({
      DocumentID: "660000000000000000000002",
      OriginalDocumentID: "660000000000000000000001",
    });
    expect(note(minimalOrder()).Note).not.toHaveProperty("OriginalDocumentID");
  });

  test("has the GMI where the clinic wants it", () => {
    expect(note(minimalOrder()).Note).not.toHaveProperty("Components");
    expect(note(minimalOrder(), { gmi: null }).Note.Components).toEqual([]);
    expect(note(minimalOrder(), { gmi: observation }).Note.Components).toEqual([
      {
        ID: "GLUCOSE_MANAGEMENT_INDICATOR",
        Name: "CGM Glucose Management Indicator during reporting period",
        Value: "6.9000",
        Comments: "DateTime Observed: 2026-03-02T08:00:00Z",
      },
    ]);
  });

  test("names the address of an uploaded file", () => {
    const message = onWire(notesMessage({ ...noteInput(minimalOrder()), content: { uri: "https://blob.test/1" } }));
    expect(message.Note).toMatchObject({ ContentType: "Plain Text", FileContents: "https://blob.test/1" });
  });
});

describe("the body of a note", () => {
  const read = (body: Uint8Array) =>
    JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) as unknown;
  const withFile = (order: unknown, file: Uint8Array) =>
    noteBody({ ...noteInput(order), gmi: observation, content: { file } });

  test.each([0, 1, 2, 3, 4, 49_151, 49_152, 49_153, 98_304, 98_305, 200_000])("holds a file of %i bytes", (length) => {
    const file = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 256);
    const whole = new Uint8Array(length + 20);
    whole.set(file, 10);
    // A part of a larger buffer, as files are that were read in parts.
    const body = withFile(fullOrder(), whole.subarray(10, 10 + length));
    let binary = "";
    for (const byte of file) binary += String.fromCharCode(byte);
    const content = { base64: btoa(binary) };
    expect(read(body)).toEqual(
      JSON.parse(JSON.stringify(notesMessage({ ...noteInput(fullOrder()), gmi: observation, content }))),
    );
  });

  test("is the same every time, and can be sent twice", () => {
    const file = new TextEncoder().encode("%PDF-1.7");
    expect(withFile(fullOrder(), file)).toEqual(withFile(fullOrder(), file));
    expect(read(noteBody({ ...noteInput(minimalOrder()), content: { uri: "https://blob.test/1" } }))).toEqual(
      onWire(notesMessage({ ...noteInput(minimalOrder()), content: { uri: "https://blob.test/1" } })),
    );
  });

  test("is a note for any order, whatever its texts are", () => {
    fc.assert(
      fc.property(anyOrder, fc.uint8Array({ maxLength: 9 }), (order, file) => {
        expectValidForRedox(read(withFile(order, file)));
      }),
      { numRuns: ORDERS / 2 },
    );
    const order = fullOrder();
    order.Patient.Demographics.EmailAddresses = [{ FileContents: "" }, '"Note":{"FileContents":"'];
    expect(read(withFile(order, new Uint8Array(3)))).toMatchObject({
      Patient: { Demographics: order.Patient.Demographics },
      Note: { FileContents: "AAAA" },
    });
  });
});

describe("results", () => {
  const result = (Code: string, Description: string, Value: string) => ({
    Code,
    Codeset: null,
    Description,
    RelatedGroupID: null,
    Value,
    ValueType: "String",
    CompletionDateTime: NOW,
    FileType: null,
    Units: null,
    AbnormalFlag: null,
    Status: "Final",
  });

  test("answer a minimal order", () => {
    expect(results(minimalOrder())).toEqual({
      Meta: metaOf("Results"),
      Patient: { Identifiers: [{ ID: "77", IDType: "mr" }], Demographics: MINIMAL_DEMOGRAPHICS },
      Orders: [
        {
          ID: "ord-9",
          ApplicationOrderID: null,
          TransactionDateTime: null,
          CollectionDateTime: null,
          CompletionDateTime: NOW,
          ResultsStatus: "Final",
          Procedure: { Code: "ON-1", Codeset: null, Description: null },
          Status: "Resulted",
          ResponseFlag: null,
          Priority: null,
          Results: [
            result("MATCHING_RESULT", "Indicates whether the order was successfully matched", "SUCCESS"),
            result(
              "MATCHING_RESULT_MESSAGE",
              "Message indicating the result of the matching process",
              "Patient was successfully matched",
            ),
          ],
        },
      ],
    });
  });

  test("have the visit, the procedure and the provider of a full order", () => {
    const order = fullOrder();
    const { Visit, Orders, Patient } = results(order);
    expect(Patient).toEqual({ Identifiers: order.Patient.Identifiers, Demographics: order.Patient.Demographics });
    expect(Visit).toEqual({
      VisitNumber: "1234",
      AccountNumber: "860",
      VisitDateTime: null,
      PatientClass: null,
      Location: order.Visit.Location,
    });
    expect(Orders[0].Procedure).toEqual(order.Order.Procedure);
    expect(Orders[0].Provider).toEqual(order.Order.Provider);
  });

  test("tell of the creation of an account", () => {
    const message = onWire(
      resultsMessage({ ...about(fullOrder()), kind: "account", isSuccess: false, message: "mrn is missing" }),
    );
    expect(message.Orders[0].Results).toEqual([
      result("ACCOUNT_CREATION_RESULT", "Indicates whether the account was successfully created", "FAILURE"),
      result(
        "ACCOUNT_CREATION_RESULT_MESSAGE",
        "Message indicating the result of the account creation",
        "mrn is missing",
      ),
    ]);
  });

  test("have an empty id where the order has none", () => {
    expect(results({}).Orders[0].ID).toBe("");
    expect(results({})).not.toHaveProperty("Visit");
  });
});

describe("every message", () => {
  const all = [flowsheet, note, results] as const;
  const withParts = (patient: Json) => ({ ...minimalOrder(), Patient: patient });

  test("to the order of a test message is one", () => {
    for (const make of all) {
      for (const [Test, expected] of [
        [true, true],
        [false, null],
        ["true", null],
      ] as const) {
        const order = minimalOrder();
        order.Meta.Test = Test;
        expect(make(order).Meta.Test).toBe(expected);
      }
    }
  });

  test("copies nothing but what is named", () => {
    const order = fullOrder();
    for (const part of [
      order,
      order.Patient,
      order.Patient.Demographics,
      order.Visit,
      order.Visit.Location,
      order.Order,
    ]) {
      Object.assign(part, { Secret: "s3cret" });
    }
    order.Patient.Identifiers[0].Secret = "s3cret";
    order.Order.Provider.Address.Secret = "s3cret";
    for (const make of all) {
      const text = JSON.stringify(make(order));
      expect(text).not.toContain("s3cret");
      expect(text).not.toContain("luz@mail.test");
      expect(text).not.toContain("not sent back");
    }
  });

  test("leaves out what has a wrong type", () => {
    const identifiers = [
      null,
      "77",
      { ID: 77, IDType: "mr" },
      { ID: "77" },
      { ID: "78", IDType: "mr" },
      { ID: "", IDType: "" },
    ];
    const demographics = {
      FirstName: 7,
      IsDeceased: "no",
      IsHispanic: true,
      PhoneNumber: "808",
      Address: { City: ["Monroe"], State: "WI" },
      EmailAddresses: { 0: "ana@mail.test" },
      Citizenship: ["US", 7, null, { Code: ["US"] }, deepJson(8), deepJson(9), deepJson(20_000)],
    };
    for (const make of all) {
      const { Patient } = make(withParts({ Identifiers: identifiers, Demographics: demographics }));
      expect(Patient.Identifiers).toEqual(identifiers.slice(-2));
      expect(Patient.Demographics).toEqual({
        ...MINIMAL_DEMOGRAPHICS,
        FirstName: null,
        LastName: null,
        DOB: null,
        IsHispanic: true,
        Address: { StreetAddress: null, City: null, State: "WI", ZIP: null, County: null, Country: null },
        Citizenship: ["US", 7, null, { Code: ["US"] }, deepJson(8)],
      });
      for (const none of [undefined, null, "text", [], {}]) {
        expect(make(withParts({ Identifiers: none })).Patient).toEqual({ Identifiers: [] });
        expect(make({ ...minimalOrder(), Patient: none }).Patient).toEqual({ Identifiers: [] });
      }
    }
  });

  test("bounds lists", () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ ID: String(i), IDType: "mr" }));
    for (const make of all)
      expect(make(withParts({ Identifiers: many })).Patient.Identifiers).toEqual(many.slice(0, 1000));
  });

  test("is valid for Redox and the same twice, whatever the order is", () => {
    fc.assert(
      fc.property(fc.oneof(validOrder, anyOrder), (order) => {
        for (const make of all) expect(JSON.stringify(make(order))).toBe(JSON.stringify(make(order)));
      }),
      { numRuns: ORDERS },
    );
  });

  test("is valid for Redox, whatever one part of the order is", () => {
    for (const order of fullOrdersWithOnePartChanged()) for (const make of all) make(order);
  });
});
