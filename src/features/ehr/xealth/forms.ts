import type { Product } from "../../../platform/core/settings.ts";
import type { Form } from "./schema.ts";

/**
 * The forms that a clinician sees while ordering inside the EHR, in the dialect of react-jsonschema-form. Ids, titles of
 * fields and the order of parts are protocol; the sentences are ours.
 */

/** Who manages the account: the patient, or of a child a parent or guardian. */
export type Flow = "patient" | "guardian";

/** A tag of the clinic. */
export interface FormTag {
  readonly id: string;
  readonly name: string;
}

const text = (title: string) => ({ type: "string", title });
const email = (title: string, description: string) => ({ type: "string", format: "email", title, description });
const checkbox = (title: string) => ({ type: "boolean", title, description: "" });

/** Sorts texts by their UTF-8 bytes, which is the order of their code points. */
const byteKey = (name: string): string =>
  Array.from(name, (character) => character.codePointAt(0)!.toString(16).padStart(6, "0")).join("");
const byBytes = (one: FormTag, other: FormTag) => (byteKey(one.name) < byteKey(other.name) ? -1 : 1);

/** The definitions of a form: the clinic's tags to choose from, if it has any. */
function definitionsOf(tags: readonly FormTag[]) {
  if (tags.length === 0) return { tags: {} };
  const sorted = tags.toSorted(byBytes);
  return { tags: { enum: sorted.map(({ id }) => id), enumNames: sorted.map(({ name }) => name) } };
}

const ofFlow = (flow: Flow, { productName }: Product) =>
  flow === "patient"
    ? {
        formId: "patient_enrollment_form" as const,
        description: `${productName} needs a few details to set up the account of this patient.`,
        object: {
          type: "object",
          title: "",
          properties: {
            email: email(
              "Patient's Email",
              "With an e-mail address the patient can take over the account and upload data from home.",
            ),
          },
        },
        order: undefined,
      }
    : {
        formId: "guardian_enrollment_form" as const,
        description:
          `${productName} needs a few details to set up the account of this patient. ` +
          "The patient is under 13, so a parent or guardian has to take over the account.",
        object: {
          type: "object",
          title: "",
          required: ["firstName", "lastName"],
          properties: {
            firstName: text("Parent/Guardian First Name"),
            lastName: text("Parent/Guardian Last Name"),
            email: email(
              "Parent/Guardian Email",
              "With an e-mail address the parent or guardian can take over the account and upload data from home.",
            ),
          },
        },
        order: ["firstName", "lastName", "email", "connectAbbott", "connectDexcom"],
      };

const help = (brand: string, limit = "") => ({
  "ui:help": `If you tick this box, an e-mail goes to this address and asks to share the data of ${brand}.${limit}`,
});

/** What the clinician is asked before an account is made for a patient. */
export function enrolmentForm(it: {
  readonly flow: Flow;
  readonly dataTrackingId: string;
  readonly fullName: string;
  /** The patient's, as far as the EHR knows it. */
  readonly email: string | undefined;
  readonly tags: readonly FormTag[];
  readonly product: Product;
}): Form {
  const { flow, tags } = it;
  const { formId, description, object, order } = ofFlow(flow, it.product);
  const hasTags = tags.length > 0;
  return {
    dataTrackingId: it.dataTrackingId,
    notOrderable: false,
    preorderFormInfo: {
      formId,
      formData: { [flow]: flow === "patient" && it.email !== undefined ? { email: it.email } : {} },
      formSchema: {
        type: "object",
        title: `Add ${it.fullName} to ${it.product.productName}`,
        description,
        definitions: definitionsOf(tags),
        properties: {
          [flow]: {
            ...object,
            dependencies: {
              email: {
                properties: {
                  connectAbbott: checkbox("Connect with FreeStyle Libre"),
                  connectDexcom: checkbox("Connect with Dexcom"),
                },
              },
            },
          },
          tags: {
            type: hasTags ? "object" : "null",
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
          },
        },
      },
      uiSchema: {
        "ui:order": [flow, "tags"],
        [flow]: {
          ...(order ? { "ui:order": order } : {}),
          connectAbbott: help("FreeStyle Libre", " Only for users in the United States."),
          connectDexcom: help("Dexcom"),
        },
        tags: { "ui:widget": hasTags ? "object" : "hidden", ids: { "ui:widget": "CheckboxesWidget" } },
      },
    },
  };
}

/** Why a patient can't be added. */
export type FormFault = "generic" | "duplicateEmail" | "birthday" | "unusable";

const helpers = ({ support }: Product) => support.email ?? support.url ?? "your administrator";
const contact = (product: Product) => `If you need help, please contact ${helpers(product)}.`;

const PARAGRAPHS: Readonly<Record<FormFault, (product: Product, shareCode: string) => readonly string[]>> = {
  generic: (product) => [
    `The ${product.productName} account could not be created. Please cancel this order and try again, with all names and a valid e-mail ` +
      `address. If it keeps failing, please contact ${helpers(product)}.`,
  ],
  unusable: (product) => [
    `${product.productName} can't use the name, the date of birth or the MRN that the EHR has for this patient. ` +
      "Please correct them in the EHR, then place the order again.",
    contact(product),
  ],
  duplicateEmail: (product, shareCode) => [
    `This e-mail address already belongs to another ${product.productName} account. ` +
      "Please cancel this order and place it again with another address.",
    `If that account is this patient's: find it in ${product.productName}, make its MRN and date of birth the same as in the ` +
      "EHR, then place the order again.",
    `If you cannot find it in your clinic: invite the patient to share data with your clinic by its share code ${shareCode}, ` +
      "accept the invitation, then place the order again.",
    contact(product),
  ],
  birthday: (product) => [
    `A patient with this MRN exists in ${product.productName}, with another date of birth than in the EHR. ` +
      "Please take one of the next two steps, then place the order again.",
    `Step 1: correct the date of birth in ${product.productName}.`,
    "Step 2: or correct the date of birth in the EHR.",
    contact(product),
  ],
};

/** What went wrong and what to do about it, instead of a form. */
export function errorForm(it: {
  readonly fault: FormFault;
  readonly dataTrackingId: string;
  /** What the clinician has entered. */
  readonly entered: Form["preorderFormInfo"]["formData"];
  readonly tags: readonly FormTag[];
  readonly product: Product;
  /** By which people share their data with the clinic. */
  readonly shareCode: string;
}): Form {
  const paragraphs = PARAGRAPHS[it.fault](it.product, it.shareCode);
  const names = paragraphs.map((_, i) => `error_${i}`);
  return {
    dataTrackingId: it.dataTrackingId,
    notOrderable: true,
    preorderFormInfo: {
      formId: "error_form",
      formData: it.entered,
      formSchema: {
        type: "object",
        title: `There Was a Problem Adding Patient To ${it.product.productName}`,
        definitions: definitionsOf(it.tags),
        properties: Object.fromEntries(
          paragraphs.map((description, i) => [names[i]!, { type: "null", title: " ", description }]),
        ),
      },
      uiSchema: { tags: {}, "ui:order": names },
    },
  };
}
