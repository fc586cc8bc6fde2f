import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../../platform/core/errors.ts";
import { enteredOf, preorderDataOf } from "./input.ts";

describe("what a clinician has entered", () => {
  test("is read regardless of the case of field names, without fields that are not known", () => {
    expect(
      enteredOf({
        PATIENT: { EMail: "a@b.test", ConnectDexcom: true, other: 1 },
        Tags: { IDS: ["0123456789abcdef01234567"] },
        x: [],
      }),
    ).toEqual({ patient: { email: "a@b.test", connectDexcom: true }, tags: { ids: ["0123456789abcdef01234567"] } });
    expect(enteredOf({ guardian: { firstName: "A", lastName: null }, tags: {} })).toEqual({
      guardian: { firstName: "A" },
    });
  });

  test.each([undefined, null, {}, { patient: null }, { tags: { ids: null } }])("is nothing: %j", (input) => {
    expect(enteredOf(input)).toEqual({});
  });

  test.each([
    ["a text", ""],
    [{ patient: [] }, "patient"],
    [{ guardian: "x" }, "guardian"],
    [{ patient: { email: 7 } }, "patient.email"],
    [{ guardian: { firstName: {} } }, "guardian.firstName"],
    [{ patient: { connectAbbott: "true" } }, "patient.connectAbbott"],
    [{ tags: { ids: "x" } }, "tags.ids"],
    [{ tags: { ids: [1] } }, "tags.ids"],
    [{ tags: [] }, "tags"],
    [{ tags: { ids: Array.from({ length: 201 }, () => "x") } }, "tags.ids"],
  ])("is refused with a value of a wrong type, which is named: %j", (input, path) => {
    expect(() => enteredOf(input)).toThrow(`formData.userInput${path === "" ? "" : `.${path}`} has`);
  });

  test("never throws anything but a refusal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        try {
          preorderDataOf(enteredOf(input), "patient");
          preorderDataOf(enteredOf({ guardian: input, tags: input }), "guardian");
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});

describe("a valid entry", () => {
  const patient = (fields: object) => preorderDataOf(enteredOf({ patient: fields }), "patient");
  const guardian = (fields: object) => preorderDataOf(enteredOf({ guardian: fields }), "guardian");
  const nothing = { providers: [], tagIds: [] };

  test.each([
    [{}, nothing],
    [{ email: "  " }, nothing],
    [{ connectAbbott: true, connectDexcom: true }, nothing],
    [{ email: " Ana@Example.ORG " }, { ...nothing, email: "ana@example.org" }],
    [
      { email: "a@b.test", connectAbbott: true },
      { ...nothing, email: "a@b.test", providers: ["abbott"] },
    ],
    [
      { email: "a@b.test", connectAbbott: true, connectDexcom: true },
      { ...nothing, email: "a@b.test", providers: ["abbott", "dexcom"] },
    ],
  ])("of a patient: %j", (fields, expected) => {
    expect(patient(fields)).toEqual(expected);
  });

  test.each(["x", "Ana <ana@b.test>", "<ana@b.test>", '"a"@b.test', "a@b@c", "a b@c", `${"a".repeat(250)}@b.test`])(
    "has no address like %j",
    (email) => {
      expect(patient({ email })).toBeUndefined();
      expect(guardian({ firstName: "A", lastName: "B", email })).toBeUndefined();
    },
  );

  test.each([
    [{}, false],
    [{ firstName: "A" }, false],
    [{ firstName: " ", lastName: "B" }, false],
    [{ firstName: "A", lastName: "x".repeat(257) }, false],
    [{ firstName: "A", lastName: "B" }, true],
  ])("of a guardian has both names: %j", (fields, isValid) => {
    expect(guardian(fields) !== undefined).toBe(isValid);
  });

  test("has each tag once", () => {
    const [one, other] = ["0123456789abcdef01234567", "1123456789abcdef01234567"];
    expect(preorderDataOf({ tags: { ids: [one, other, one] } }, "patient")?.tagIds).toEqual([one, other]);
  });

  test("of one flow is none of the other", () => {
    expect(preorderDataOf({ patient: { email: "a@b.test" } }, "guardian")).toBeUndefined();
    expect(preorderDataOf({ guardian: { email: "a@b.test" } }, "patient")).toEqual(nothing);
  });
});
