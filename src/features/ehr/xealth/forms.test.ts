import { describe, expect, test } from "vitest";
import { enrolmentForm, errorForm, type FormFault } from "./forms.ts";

const product = { productName: "Own Product", support: { url: undefined, email: "help@own.test" } };
const tags = [
  { id: "2", name: "beta" },
  { id: "3", name: "Zeta" },
  { id: "1", name: "\u{1f600}" },
  { id: "4", name: "\uffee" },
];
const formOf = (fields: Partial<Parameters<typeof enrolmentForm>[0]> = {}): any =>
  enrolmentForm({
    flow: "patient",
    dataTrackingId: "t",
    fullName: "Ana Gil",
    email: undefined,
    tags,
    product,
    ...fields,
  });

describe("the form of a patient", () => {
  const { dataTrackingId, notOrderable, preorderFormInfo } = formOf({ email: "a@b.test" });
  const { formId, formData, formSchema, uiSchema } = preorderFormInfo;

  test("has the parts of the protocol", () => {
    expect({ dataTrackingId, notOrderable, formId, formData }).toEqual({
      dataTrackingId: "t",
      notOrderable: false,
      formId: "patient_enrollment_form",
      formData: { patient: { email: "a@b.test" } },
    });
    expect(formSchema).toMatchObject({ type: "object", title: "Add Ana Gil to Own Product" });
    expect(Object.keys(formSchema.properties)).toEqual(["patient", "tags"]);
    expect(formSchema.properties.patient).toMatchObject({
      type: "object",
      title: "",
      properties: { email: { type: "string", format: "email", title: "Patient's Email" } },
      dependencies: {
        email: {
          properties: {
            connectAbbott: { type: "boolean", title: "Connect with FreeStyle Libre", description: "" },
            connectDexcom: { type: "boolean", title: "Connect with Dexcom", description: "" },
          },
        },
      },
    });
    expect(formSchema.properties.patient.required).toBeUndefined();
    expect(uiSchema["ui:order"]).toEqual(["patient", "tags"]);
    expect(uiSchema.patient["ui:order"]).toBeUndefined();
    expect(uiSchema.patient.connectAbbott["ui:help"]).toMatch(/United States/);
    expect(uiSchema.patient.connectDexcom["ui:help"]).not.toMatch(/United States/);
  });

  test("offers the clinic's tags by the bytes of their names", () => {
    expect(formSchema.definitions).toEqual({
      tags: { enum: ["3", "2", "4", "1"], enumNames: ["Zeta", "beta", "\uffee", "\u{1f600}"] },
    });
    expect(formSchema.properties.tags).toEqual({
      type: "object",
      title: "",
      properties: {
        ids: {
          type: "array",
          uniqueItems: true,
          title: "Patient Tags",
          description: "",
          items: { $ref: "#/definitions/tags" },
        },
      },
    });
    expect(uiSchema.tags).toEqual({ "ui:widget": "object", ids: { "ui:widget": "CheckboxesWidget" } });
  });

  test("hides the tags of a clinic that has none, and has no address that the EHR has not", () => {
    const { formData: empty, formSchema: schema, uiSchema: ui } = formOf({ tags: [] }).preorderFormInfo;
    expect(empty).toEqual({ patient: {} });
    expect(schema.definitions).toEqual({ tags: {} });
    expect(schema.properties.tags.type).toBe("null");
    expect(ui.tags["ui:widget"]).toBe("hidden");
  });
});

test("the form of a guardian asks for their name, and never shows the patient's address", () => {
  const { formId, formData, formSchema, uiSchema } = formOf({
    flow: "guardian",
    email: "child@b.test",
  }).preorderFormInfo;
  expect({ formId, formData }).toEqual({ formId: "guardian_enrollment_form", formData: { guardian: {} } });
  expect(formSchema.description).toMatch(/under 13/);
  expect(formSchema.properties.guardian).toMatchObject({
    type: "object",
    title: "",
    required: ["firstName", "lastName"],
    properties: {
      firstName: { type: "string", title: "Parent/Guardian First Name" },
      lastName: { type: "string", title: "Parent/Guardian Last Name" },
      email: { type: "string", format: "email", title: "Parent/Guardian Email" },
    },
    dependencies: { email: { properties: { connectAbbott: {}, connectDexcom: {} } } },
  });
  expect(uiSchema["ui:order"]).toEqual(["guardian", "tags"]);
  expect(uiSchema.guardian["ui:order"]).toEqual(["firstName", "lastName", "email", "connectAbbott", "connectDexcom"]);
});

describe("an error form", () => {
  const errorOf = (fault: FormFault, itsTags = tags): any =>
    errorForm({
      fault,
      dataTrackingId: "t",
      entered: { patient: { email: "x" } },
      tags: itsTags,
      product,
      shareCode: "AB-CD",
    });

  test.each([
    ["generic", [/could not be created.*cancel.*try again.*help@own\.test/]],
    [
      "duplicateEmail",
      [/already belongs.*cancel.*another address/, /same as in the EHR/, /share code AB-CD.*accept/, /help@own\.test/],
    ],
    ["unusable", [/can't use the name.*MRN.*correct them in the EHR/, /help@own\.test/]],
    ["birthday", [/date of birth.*two steps/, /^Step 1: .*Own Product/, /^Step 2: .*EHR/, /help@own\.test/]],
  ] as const)("of the fault %s says what to do", (fault, expected) => {
    const { dataTrackingId, notOrderable, preorderFormInfo } = errorOf(fault);
    const { formId, formData, formSchema, uiSchema } = preorderFormInfo;
    const names = expected.map((_, i) => `error_${i}`);
    expect({ dataTrackingId, notOrderable, formId, formData }).toEqual({
      dataTrackingId: "t",
      notOrderable: true,
      formId: "error_form",
      formData: { patient: { email: "x" } },
    });
    expect(formSchema).toMatchObject({ type: "object", title: "There Was a Problem Adding Patient To Own Product" });
    expect(Object.keys(formSchema.properties)).toEqual(names);
    expect(uiSchema).toEqual({ tags: {}, "ui:order": names });
    for (const [i, pattern] of expected.entries()) {
      const { description, ...rest } = formSchema.properties[names[i]!];
      expect(rest).toEqual({ type: "null", title: " " });
      expect(description).toMatch(pattern);
    }
  });

  test("has the clinic's tags among its definitions, or none", () => {
    expect(errorOf("generic").preorderFormInfo.formSchema.definitions.tags.enum).toHaveLength(4);
    expect(errorOf("generic", []).preorderFormInfo.formSchema.definitions).toEqual({ tags: {} });
  });

  test("names the support's page, or somebody, where there is no address", () => {
    const textOf = (url: string | undefined): string =>
      JSON.stringify(
        errorForm({
          fault: "generic",
          dataTrackingId: "t",
          entered: {},
          tags,
          shareCode: "AB-CD",
          product: { productName: "P", support: { url, email: undefined } },
        }),
      );
    expect(textOf("https://help.test")).toContain("https://help.test");
    expect(textOf(undefined)).toContain("your administrator");
  });
});
