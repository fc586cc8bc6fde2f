import { Refusal } from "../../platform/core/errors.ts";

/** In a query a plus that is not encoded is read as a space. */
const PLUS_LOST = "application/fhir json";
const JSON_TYPES = new Set(["json", "application/fhir+json", PLUS_LOST, "application/json", "text/json"]);
const ANY = new Set(["*/*", "application/*", ""]);
const PDF = "application/pdf";

const notAcceptable = () => new Refusal("notAcceptable", "JSON of FHIR 4.0 is all that is offered");

/** The form of an answer: `_format` before Accept. JSON, or where there is one the PDF itself; refuses all others. */
export function formOf(format: string | null, accept: string | undefined, hasPdf: boolean): "json" | "pdf" {
  const wanted = (format ?? accept ?? "").split(",").flatMap((range) => {
    const [type, ...parameters] = range
      .toLowerCase()
      .split(";")
      .map((it) => it.trim()) as [string, ...string[]];
    const isOther = parameters.some((it) => /^fhirversion=(?!"?4\.0"?$)/.test(it) || /^q=0(\.0*)?$/.test(it));
    return isOther ? [] : [type];
  });
  for (const type of wanted) {
    if (hasPdf && (type === PDF || ANY.has(type))) return "pdf";
    if (JSON_TYPES.has(type) || ANY.has(type)) return "json";
  }
  throw notAcceptable();
}
