import { expect } from "vitest";
import { GUIDE } from "./given.ts";

/**
 * What R4 and the guide demand of our resources, copied by hand from the specification. It shares no code with src/; the whole of
 * it is judged by HAPI FHIR in `npm run check:fhir`.
 */

const LOINC = "http://loinc.org";
type Unit = readonly [unit: string, code: string];
const PERCENT: Unit = ["%", "%"];

/** Profile → code and unit; without a unit: there is no value. */
export const PROFILES: Readonly<Record<string, readonly [code: string, unit?: Unit]>> = {
  "cgm-summary": ["107931-8"],
  "cgm-summary-mean-glucose-mass-per-volume": ["97507-8", ["mg/dl", "mg/dL"]],
  "cgm-summary-mean-glucose-moles-per-volume": ["105273-7", ["mmol/l", "mmol/L"]],
  "cgm-summary-times-in-ranges": ["106793-3"],
  "cgm-summary-gmi": ["97506-0", PERCENT],
  "cgm-summary-coefficient-of-variation": ["104638-2", PERCENT],
  "cgm-summary-days-of-wear": ["104636-6", ["days", "d"]],
  "cgm-summary-sensor-active-percentage": ["104637-4", PERCENT],
};
const RANGES = ["104642-4", "104641-6", "97510-2", "104640-8", "104639-0"];
const NEEDED_MEMBERS = ["106793-3", "97506-0", "104638-2", "104636-6", "104637-4"];
const MEANS = ["97507-8", "105273-7"];

/** Resource type → elements that have to be there, and all that may. */
const ELEMENTS: Readonly<Record<string, readonly [required: string, allowed: string]>> = {
  Patient: ["id meta", "identifier active name telecom birthDate managingOrganization link"],
  Observation: [
    "status code subject effectivePeriod category",
    "id meta issued valueQuantity component hasMember identifier",
  ],
  DocumentReference: ["id meta status content", "docStatus type subject date custodian context"],
  Binary: ["contentType", "id data securityContext"],
  OperationOutcome: ["issue", ""],
  Bundle: ["type", "id meta timestamp total link entry"],
  CapabilityStatement: ["status date kind fhirVersion format rest implementation", "software implementationGuide"],
  OperationDefinition: [
    "name status kind code system type instance",
    "id meta url date affectsState resource parameter",
  ],
};
const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

function* emptiesIn(value: any, path: string): Generator<string> {
  if (value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0)) yield path;
  else if (typeof value === "object")
    for (const [key, it] of Object.entries(value)) yield* emptiesIn(it, `${path}.${key}`);
}

function* faultsOfQuantity(it: any, unit: Unit, path: string): Generator<string> {
  if (typeof it?.value !== "number") yield `${path} has no number`;
  if (it?.unit !== unit[0] || it?.code !== unit[1] || it?.system !== "http://unitsofmeasure.org") yield `${path} unit`;
}

const codeOf = (it: any): string | undefined =>
  it.code?.coding?.length === 1 && it.code.coding[0].system === LOINC ? it.code.coding[0].code : undefined;

function* faultsOfObservation(it: any, others: ReadonlyMap<string, any>): Generator<string> {
  const { start, end } = it.effectivePeriod ?? {};
  if (!DATE.test(start) || !DATE.test(end) || start > end) yield "effectivePeriod";
  if (it.issued !== undefined && !INSTANT.test(it.issued)) yield "issued";
  const code = codeOf(it);
  const known = Object.entries(PROFILES).find(([, [own]]) => own === code);
  if (!known) return yield "code";
  const [name, [, unit]] = known;
  const claimed = it.meta?.profile ?? [];
  const members = (it.hasMember ?? []).map(({ reference }: any) => others.get(reference));
  if (members.includes(undefined) && others.size > 1) yield "hasMember does not resolve";
  const isWhole =
    NEEDED_MEMBERS.every((needed) => members.some((member: any) => member && codeOf(member) === needed)) &&
    members.filter((member: any) => member && MEANS.includes(codeOf(member)!)).length >= 1;
  if (name === "cgm-summary") {
    if (others.size > 1 && isWhole !== claimed.includes(GUIDE + name)) yield "claims the panel wrongly";
    if (it.valueQuantity || it.component) yield "a panel has no value";
  } else if (claimed.join() !== GUIDE + name) yield "claims another profile";
  if (unit) yield* faultsOfQuantity(it.valueQuantity, unit, "valueQuantity");
  if (name === "cgm-summary-times-in-ranges") {
    if (it.component?.map(codeOf).join() !== RANGES.join()) yield "component";
    for (const part of it.component ?? []) yield* faultsOfQuantity(part.valueQuantity, PERCENT, "component");
  }
}

/** What is wrong with a resource; in a bundle with what it refers to. */
export function* faultsOf(it: any, others: ReadonlyMap<string, any> = new Map()): Generator<string> {
  const elements = ELEMENTS[it?.resourceType];
  if (!elements) return yield `resourceType ${it?.resourceType}`;
  const [required, allowed] = elements.map((list) => list.split(" ").filter(Boolean));
  yield* emptiesIn(it, it.resourceType);
  for (const name of required!) {
    const isOfSubmission = name === "meta" || name === "id";
    if (!(name in it) && !isOfSubmission) yield `${it.resourceType} has no ${name}`;
  }
  for (const name of Object.keys(it)) {
    if (name !== "resourceType" && !required!.includes(name) && !allowed!.includes(name)) yield `${name} is unknown`;
  }
  if (it.id !== undefined && !ID.test(it.id)) yield "id";
  if (it.meta?.lastUpdated !== undefined && !INSTANT.test(it.meta.lastUpdated)) yield "lastUpdated";
  if (it.birthDate !== undefined && !DATE.test(it.birthDate)) yield "birthDate";
  if (it.resourceType === "Observation") yield* faultsOfObservation(it, others);
  if (it.resourceType === "Bundle") yield* faultsOfBundle(it);
}

function* faultsOfBundle({ type, entry = [], total, timestamp }: any): Generator<string> {
  if ((total !== undefined) !== (type === "searchset")) yield "total";
  if (type !== "searchset" && !INSTANT.test(timestamp)) yield "timestamp";
  const others = new Map<string, any>(
    entry.flatMap(({ fullUrl, resource }: any) => [
      [fullUrl, resource],
      [`${resource.resourceType}/${resource.id}`, resource],
    ]),
  );
  // The profile of a submission takes an observation with the code of the panel for one, claimed or not.
  const panels = entry.filter(({ resource }: any) => resource.code && codeOf(resource) === "107931-8");
  if (type === "transaction" && panels.some(({ resource }: any) => !resource.meta?.profile))
    yield "a panel that is none";
  if (new Set(entry.map(({ fullUrl }: any) => fullUrl)).size !== entry.length) yield "fullUrl";
  for (const { request, search, resource } of entry) {
    if ((request !== undefined) !== (type === "transaction")) yield "request";
    if ((search !== undefined) !== (type === "searchset")) yield "search";
    const hasAll = type !== "searchset";
    for (const fault of faultsOf(resource, hasAll ? others : new Map()))
      yield `${resource.resourceType} ${resource.id}: ${fault}`;
  }
}

export const expectToBeFhir = (it: unknown): void => expect([...faultsOf(it)]).toEqual([]);
