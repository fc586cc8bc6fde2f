import { of, type Text, type Texts } from "./text.ts";

const RECORD = "65f0c2a1b3d4e5f601234567.0c6d1b3e51f04f0e9a512b2f1c7c9f10";

/** A parameter of an operation, and of the same by POST. */
const twice = (name: string, parameter: string, text: Text | string): Texts => ({
  [`${name}.${parameter}`]: text,
  [`${name}ByPost.${parameter}`]: text,
});

export const FHIR_PARAMETERS: Texts = {
  recordId: { description: "The clinic's id, a dot, and the user's id without dashes.", example: RECORD },
  observationId: {
    description: "The patient's id with `.c`, the days of the period, and the metric.",
    example: `${RECORD}.c14gmi`,
  },
  _id: "The id of the resource; several with commas between them.",
  identifier: "`system|value`, or a value alone: the MRN, or the id of the user.",
  birthdate: "A date; `ne`, `gt`, `lt`, `ge` or `le` may stand before it.",
  name: "What the name starts with, whatever case and accents; `name:contains` and `name:exact` are offered as well.",
  patient: { description: "The id of the patient; it may have `Patient/` before it.", example: RECORD },
  subject: { description: "The same as `patient`.", example: `Patient/${RECORD}` },
  category: "`laboratory` finds all, with or without its system.",
  code: { description: "The LOINC code of a statistic; those within another are not looked at.", example: "97506-0" },
  type: { description: "`107931-8` finds all, with or without its system.", example: "107931-8" },
  ...twice("FhirObservations", "date", "The days of the period; a prefix such as `ge` may stand before the date."),
  ...twice("FhirDocuments", "date", "When the report was made; a prefix such as `ge` may stand before the date."),
  ...twice("FhirDocuments", "period", "The days the report is about; a prefix such as `ge` may stand before the date."),
  _count: { description: "How many to return at most, up to 100; 0 counts them only.", example: "50" },
  _format: { description: "`json`; comes before Accept.", example: "json" },
  _pretty: { description: "`true`: with line breaks.", example: "true" },
  _summary: { description: "`count`: how many there are, and nothing else.", example: "count" },
  _total: { description: "The total is always told.", example: "accurate" },
  _cursor: "Of the link `next`: where the next page begins. It can be used by the same caller alone.",
  _sort: { description: "`date` or `-date`.", example: "-date" },
  _include: {
    description: "`Observation:has-member`: the members of panels as well.",
    example: "Observation:has-member",
  },
  form: { description: "`collection`, or `submission`: what is sent to an EHR.", example: "collection" },
  ...twice("FhirCgmSummary", "period", { description: "`1d`, `7d`, `14d` or `30d`.", example: "14d" }),
  ...twice("FhirCgmSummary", "subject", {
    description: "With `submission`: the patient in the EHR.",
    example: "Patient/ehr-4711",
  }),
};

export const FHIR: Texts = of("fhirResource", {
  resourceType: { description: "Which resource it is.", example: "Patient" },
});
