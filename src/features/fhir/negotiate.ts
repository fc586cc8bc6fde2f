import { Refusal } from "../../platform/core/errors.ts";

/** In a query a plus that is not encoded is read as a space. */
const PLUS_LOST = "application/fhir json";
const JSON_TYPES = new Set(["json", "application/fhir+json", PLUS_LOST, "application/json", "text/json"]);
const ANY = new Set(["*/*", "application/*", ""]);
const PDF = "application/pdf";

const notAcceptable = () => new Refusal("notAcceptable", "JSON of FHIR 4.0 is all that is offered");

/**
 * The form of an answer: `_format` before Accept, and there the highest q, then the first. JSON, or where there is one the PDF
 * itself; refuses all others.
 */
export function formOf(format: string | null, accept: string | undefined, hasPdf: boolean): "json" | "pdf" {
  const wanted = (format ?? accept ?? "").split(",").flatMap((range) => {
    const [type, ...parameters] = range
      .toLowerCase()
      .split(";")
      .map((it) => it.trim()) as [string, ...string[]];
    const q = Number(parameters.find((it) => /^q=[01](\.\d*)?$/.test(it))?.slice("q=".length) ?? 1);
    const isOther = q === 0 || parameters.some((it) => /^fhirversion=(?!"?4\.0"?$)/.test(it));
    return isOther ? [] : [{ type, q }];
  });
  for (const { type } of wanted.toSorted((a, b) => b.q - a.q)) {
    if (hasPdf && (type === PDF || ANY.has(type))) return "pdf";
    if (JSON_TYPES.has(type) || ANY.has(type)) return "json";
  }
  throw notAcceptable();
}
