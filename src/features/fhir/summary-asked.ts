import { Refusal } from "../../platform/core/errors.ts";
import { PERIODS, type PeriodKey } from "./model/observations.ts";
import type { SummaryAsked } from "./read-resources.ts";
import { malformed, notSupported, required } from "./refusals.ts";

const SUBJECT = /^Patient\/[A-Za-z0-9.-]{1,64}$/;
const NAMES = new Set(["period", "form", "subject"]);

const noParameters = () => new Refusal("badRequest", "the body is no Parameters resource", { code: "structure" });

/** The parameters of a body, as a query has them. */
export function parametersOfBody(text: string): [string, string][] {
  if (text.trim() === "") return [];
  let body: { resourceType?: unknown; parameter?: unknown } | null;
  try {
    body = JSON.parse(text);
  } catch {
    throw noParameters();
  }
  const list = body?.parameter ?? [];
  if (body?.resourceType !== "Parameters" || !Array.isArray(list)) throw noParameters();
  return list.map((it: Record<string, unknown> | null) => {
    const value = it?.valueCode ?? it?.valueString;
    if (typeof it?.name !== "string" || typeof value !== "string") throw noParameters();
    return [it.name, value];
  });
}

/** How `$cgm-summary` is asked for. */
export function summaryAsked(given: Iterable<readonly [string, string]>, isStrict: boolean): SummaryAsked {
  const of: Record<string, string> = {};
  for (const [name, value] of given) {
    if (!NAMES.has(name)) {
      if (isStrict && !name.startsWith("_")) throw notSupported("a parameter is not supported");
      continue;
    }
    if (Object.hasOwn(of, name)) throw malformed(`${name} is given twice`);
    of[name] = value;
  }
  const { period = "14d", form = "collection", subject } = of;
  if (!(PERIODS as readonly string[]).includes(period)) throw malformed("period is 1d, 7d, 14d or 30d");
  if (form !== "collection" && form !== "submission") throw malformed("form is collection or submission");
  if (form === "submission" && subject === undefined) throw required("subject is required with submission");
  if (subject !== undefined && form === "collection")
    throw required("subject is for submission only: form is required");
  if (subject !== undefined && !SUBJECT.test(subject)) throw malformed("subject is Patient/ and an id");
  return { period: period as PeriodKey, subject };
}
