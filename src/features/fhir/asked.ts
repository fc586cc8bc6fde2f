import type { Ctx } from "../../platform/context/context.ts";
import { notFound, Refusal } from "../../platform/core/errors.ts";
import { periodOf } from "./model/observations.ts";
import {
  CONTROLS,
  dateOf,
  OF_OBSERVATIONS,
  PERSONAL,
  SEARCHES,
  type Searched,
  unescaped,
  VALUE_LENGTH_MAX,
  valuesOf,
  type Wanted,
} from "./model/parameters.ts";
import { type RecordId, recordOf } from "./model/record.ts";
import { malformed, notSupported, required } from "./refusals.ts";
import { unseal } from "./cursor.ts";

/** Whom a request names, as the access table has it: `within` is whether it names a clinic, or all that the caller can see. */
export type Names = Readonly<Record<string, string>>;

export const namesOf = (record: RecordId | undefined): Names => (record ? { ...record, within: "clinic" } : {});

/** A search as it is read, before access is decided. */
export interface SearchAsked {
  readonly names: Names;
  readonly type: Searched;
  /** By name, `name:contains` among them. */
  readonly wanted: Readonly<Record<string, Wanted>>;
  readonly count: number;
  readonly isCounted: boolean;
  readonly includes: boolean;
  readonly sort: string | undefined;
  readonly after: number;
  /** The parameters that were read, as a query, and whether it says who somebody is. */
  readonly query: string;
  readonly isPersonal: boolean;
}

const COUNT = 50;
const COUNT_MAX = 100;
/** Values of all parameters together. One of patients is bound up to six times to a statement, and D1 takes a hundred. */
const VALUES_MAX: Readonly<Record<Searched, number>> = { Patient: 15, Observation: 100, DocumentReference: 100 };
/** Sealed, a query of this length has as many characters as a parameter takes. */
const QUERY_LENGTH_MAX = 5900;
/** Whichever is asked for, the number is the right one. */
const TOTALS = new Set(["none", "estimate", "accurate"]);
const ALL_PREFIXES = /^\p{L}/u;

const NAME_MODIFIERS = new Set(["contains", "exact"]);

/** Reads a search; `named` is told whom it names before anything is refused. */
export async function readSearch(
  ctx: Ctx,
  { type, origin, given, isStrict }: { type: Searched; origin: string; given: URLSearchParams; isStrict: boolean },
  named: (names: Names) => void,
): Promise<SearchAsked> {
  const cursor = given.get("_cursor");
  const place = cursor === null ? undefined : await unseal(ctx.settings, ctx.caller.id, type, cursor);
  const query = place ? new URLSearchParams(place.query) : given;
  // Before anything is refused: who is not let in learns nothing of the rest.
  const names = searchedIn(type, origin, (name) => query.getAll(name).map(valuesOf));
  named(names);
  return { ...parameters(type, query, isStrict), names, type, after: place?.after ?? 0 };
}

function parameters(type: Searched, given: URLSearchParams, isStrict: boolean) {
  const known: Readonly<Record<string, string>> = SEARCHES[type];
  const wanted: Record<string, string[][]> = {};
  const controls: Record<string, string> = {};
  const used = new URLSearchParams();
  let values = 0;
  for (const [key, value] of given) {
    const [name, modifier] = key.split(/:(.*)/s) as [string, string?];
    const isControl = CONTROLS.includes(name) && (type === "Observation" || !OF_OBSERVATIONS.has(name));
    if (!isControl && !Object.hasOwn(known, name)) {
      if (isStrict) throw notSupported("a parameter is not supported");
      continue;
    }
    if (modifier !== undefined && !(name === "name" && NAME_MODIFIERS.has(modifier))) {
      throw notSupported(`${name} has a modifier that is not supported`);
    }
    if (value === "" || value.length > VALUE_LENGTH_MAX) throw malformed(`${name} is empty or too long`);
    if (isControl) {
      if ((controls[name] ??= value) !== value) throw malformed(`${name} is given twice`);
    } else {
      const list = name === "name" ? [unescaped(value)] : valuesOf(value);
      if ((values += list.length) > VALUES_MAX[type]) {
        throw malformed(`at most ${VALUES_MAX[type]} values are expected`);
      }
      for (const it of known[name] === "date" ? list : []) refuseDate(type, name, it);
      (wanted[key] ??= []).push(list);
    }
    if (name !== "_format" && name !== "_pretty" && name !== "_cursor") used.append(key, value);
  }
  const { _count: count, _summary: summary, _include: include, _sort: sort, _total: total } = controls;
  if (count !== undefined && !/^\d{1,9}$/.test(count)) throw malformed("_count is no number");
  if (summary !== undefined && summary !== "count" && summary !== "false")
    throw notSupported("_summary is count or false");
  if (total !== undefined && !TOTALS.has(total)) throw malformed("_total is none, estimate or accurate");
  if (include !== undefined && include !== "Observation:has-member")
    throw notSupported("_include is Observation:has-member");
  if (sort !== undefined && sort !== "date" && sort !== "-date") throw notSupported("_sort is date or -date");
  const query = String(used);
  if (query.length > QUERY_LENGTH_MAX) throw malformed("the search is too long: no link can hold it");
  const most = Number(count ?? COUNT);
  return {
    wanted,
    count: Math.min(most, COUNT_MAX),
    isCounted: most === 0 || summary === "count",
    includes: include !== undefined,
    sort,
    query,
    isPersonal: Object.keys(wanted).some((key) => PERSONAL.has(key.split(":")[0]!)),
  };
}

function refuseDate(type: Searched, name: string, text: string): void {
  const date = dateOf(text, (ms) => ms);
  if (!date && ALL_PREFIXES.test(text)) throw notSupported(`${name} has a prefix that is not supported, or is no date`);
  if (!date) throw malformed(`${name} is no date`);
  if (type === "Patient" && /^(?:sa|eb|ap)$/.test(date.prefix))
    throw notSupported(`${name} has a prefix that is not supported`);
}

/** The record that references are of; undefined where they are not all of one. */
function referredTo(origin: string, references: Wanted): RecordId | undefined {
  const ids = references.flat().map((it) => it.replace(`${origin}/fhir/R4/`, "").replace(/^Patient\//, ""));
  return new Set(ids).size === 1 ? recordOf(ids[0]) : undefined;
}

const NOBODY: Names = { within: "caller" };

/** What a search that can't be read names: nobody, and anybody may be told so. */
export const unreadNames = (ctx: Ctx): Names => (ctx.caller.kind === "service" ? { within: "clinic" } : NOBODY);

function searchedIn(type: Searched, origin: string, wanted: (name: string) => Wanted): Names {
  if (type !== "Patient") {
    const references = ["patient", "subject"].filter((name) => Object.hasOwn(SEARCHES[type], name)).flatMap(wanted);
    // Nobody is named: everybody may be told so.
    if (references.length === 0) return NOBODY;
    return namesOf(referredTo(origin, references));
  }
  const ids = wanted("_id").flat();
  const records = ids.map(recordOf);
  const [first] = records;
  if (first && records.every((it) => it?.clinicId === first.clinicId)) {
    const isOne = records.every((it) => it?.patientId === first.patientId);
    return { clinicId: first.clinicId, ...(isOne && { patientId: first.patientId }), within: "clinic" };
  }
  const clinics = wanted("identifier")
    .flat()
    .map((it) => mrnClinicOf(origin, it));
  if (ids.length === 0 && clinics[0] !== undefined && new Set(clinics).size === 1) {
    return { clinicId: clinics[0], within: "clinic" };
  }
  return NOBODY;
}

/** The clinic whose MRNs a token is of. */
export function mrnClinicOf(origin: string, token: string): string | undefined {
  const start = `${origin}/clinics/`;
  return token.startsWith(start) ? /^([a-f0-9]{24})\/mrn\|/.exec(token.slice(start.length))?.[1] : undefined;
}

/** Refuses what can't be searched for, once the caller is let in. */
export function refuseUnnamed({ type, names, wanted }: SearchAsked): void {
  if (type === "Patient") {
    if (!Object.keys(wanted).some((key) => /^(?:_id|identifier|name)\b/.test(key))) {
      throw required("_id, identifier or name is required");
    }
  } else if (names.within === "caller") throw required("patient is required");
  else if (names.clinicId === undefined) throw malformed("patient is no id of one patient");
}

const NO_ID = (name: string) => malformed(`parameter "${name}" in path has an error: it is no id`);

/** Whom the id of a patient, or of an observation, names. */
export const namesOfId = (name: string, id: string): { names: Names; refusal?: Refusal } => {
  const record = recordOf(name === "observationId" ? periodOf(id)?.record : id) ?? recordOf(id.split(".", 2).join("."));
  const names = namesOf(record);
  if (!record || !/^[A-Za-z0-9.-]{1,64}$/.test(id)) return { names, refusal: NO_ID(name) };
  const isObservation = name === "observationId" && periodOf(id) !== undefined;
  if (name === "observationId" ? isObservation : recordOf(id)) return { names };
  return { names, refusal: name === "observationId" ? notFound("observation") : NO_ID(name) };
};
