import { isLongerThan } from "../../../platform/core/bounded-text.ts";
import { isDeeperThan } from "../../../platform/core/depth.ts";
import {
  DUPLICATE,
  type DatumError,
  type DatumMeta,
  EMPTY,
  ERRORS_MAX,
  errorAt,
  EXISTS,
  type ExpectedType,
  type Fault,
  NOT_EXISTS,
  NOT_PARSED,
  noneOf,
  notAllowed,
  notBetween,
  notEqual,
  notForOneOf,
  notValidAs,
  notValidLocalTime,
  notValidTime,
  notValidZone,
  pointerOf,
  timeNotParsable,
  tooLarge,
  tooLong,
  tooShort,
  typeIsNot,
} from "./data-errors.ts";
import {
  absent,
  type Condition,
  type EmbeddedField,
  type Field,
  FREE_BYTES_MAX,
  type GlucoseField,
  ITEMS_MAX,
  type ListField,
  type MapField,
  type NumberField,
  type ObjectField,
  type Source,
  type TextField,
  type VariantsField,
} from "./fields.ts";
import { GLUCOSE_UNITS, RATE_UNITS, STORED_RATE_UNITS, STORED_UNITS } from "./glucose.ts";
import { instantOf, isLocalTime, isZone, ZERO_INSTANT } from "./instants.ts";

type Step = string | number;

/** Reads an embedded datum and returns its id; undefined after an error. */
export type Embed = (value: unknown, step: Step, field: EmbeddedField, report: Report) => string | undefined;

const refuseEmbedded: Embed = () => {
  throw new TypeError("no data are embedded here");
};

interface ReportOptions {
  readonly isOrdered?: boolean;
  readonly isStrict?: boolean;
  readonly embed?: Embed;
}

/** The state of reading one body: where it is, and what was wrong. */
export class Report {
  /** Errors of types and of what decides the rules. While there are any, other errors mean nothing. */
  readonly parseErrors: DatumError[] = [];
  readonly ruleErrors: DatumError[] = [];
  readonly path: Step[] = [];
  meta: DatumMeta | undefined;
  /** The datum being read, which has the units of its glucose. */
  datum: Source = {};

  /** Whether errors are in the order of declaration; otherwise in one that is faster to find. */
  readonly isOrdered: boolean;
  /** Whether unknown members are errors; otherwise they are dropped. */
  readonly isStrict: boolean;
  readonly embed: Embed;

  constructor({ isOrdered = true, isStrict = false, embed = refuseEmbedded }: ReportOptions) {
    this.isOrdered = isOrdered;
    this.isStrict = isStrict;
    this.embed = embed;
  }

  get errors(): DatumError[] {
    return this.parseErrors.length > 0 ? this.parseErrors : this.ruleErrors;
  }

  parseError(fault: Fault, step: Step): undefined {
    this.#add(this.parseErrors, fault, [step]);
  }

  /** An error at a place below the object being read; at the object itself without steps. */
  error(fault: Fault, ...steps: readonly Step[]): undefined {
    this.#add(this.ruleErrors, fault, steps);
  }

  mistyped(expected: ExpectedType, value: unknown, step: Step): undefined {
    this.parseError(typeIsNot(expected, value), step);
  }

  #add(errors: DatumError[], fault: Fault, steps: readonly Step[]): void {
    if (errors.length < ERRORS_MAX) errors.push(errorAt(pointerOf([...this.path, ...steps]), fault, this.meta));
  }
}

/** Reads a value that is not null into its normal form; reports what is wrong and then returns undefined. */
export type Reader = (value: unknown, step: Step, source: Source, report: Report) => unknown;

/** Reads the members of an object. What it returns after an error is of no use. */
export type MembersReader = (source: Source, into: Record<string, unknown>, report: Report) => Record<string, unknown>;

export const isObject = (value: unknown): value is Source =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

// -0 is written as 0.
const plainZero = (value: number): number => (value === 0 ? 0 : value);

/** A member with its rules, ready to be read. */
interface Member {
  readonly name: string;
  readonly read: Reader;
  readonly required: Condition | undefined;
  readonly forbidden: Condition | undefined;
}

export const memberOf = (name: string, field: Field): Member => ({
  name,
  read: readerOf(field),
  required: field.required,
  forbidden: field.forbidden,
});

/** Reads one member. Null is absence. */
export function readMember({ name, read, required, forbidden }: Member, source: Source, report: Report): unknown {
  const value = source[name];
  if (value === undefined || value === null) {
    return required !== undefined && required(source) ? report.error(NOT_EXISTS, name) : undefined;
  }
  return forbidden !== undefined && forbidden(source) ? report.error(EXISTS, name) : read(value, name, source, report);
}

/** The reader of all members of an object. */
export function membersReader({ fields, any, one }: ObjectField): MembersReader {
  const members = Object.entries(fields).map(([name, field]) => memberOf(name, field));
  const byName = new Map(members.map((member) => [member.name, member]));
  const requirable = members.filter(({ required }) => required !== undefined);
  const isMissing = any && absent(...any);
  const readInto = (member: Member, source: Source, into: Record<string, unknown>, report: Report): void => {
    const value = readMember(member, source, report);
    if (value !== undefined) into[member.name] = value;
  };
  return (source, into, report) => {
    if (report.isOrdered) {
      for (const member of members) readInto(member, source, into, report);
    } else {
      // An object has few of its declared members: those that were sent are found faster than those that were not.
      for (const name in source) {
        const member = byName.get(name);
        if (member !== undefined) readInto(member, source, into, report);
      }
      for (const member of requirable) if (isAbsent(source[member.name])) readMember(member, source, report);
    }
    if (report.isStrict) {
      for (const name of Object.keys(source)) if (!Object.hasOwn(fields, name)) report.parseError(NOT_PARSED, name);
    }
    if (isMissing?.(source)) report.error(noneOf(any!));
    if (one?.missing(source)) report.error(notForOneOf(one.of));
    return into;
  };
}

/** Makes the reader of a field; done once, when the declarations are loaded. */
export function readerOf(field: Field): Reader {
  switch (field.kind) {
    case "text":
      return textReader(field);
    case "choice":
      return choiceReader(field.values);
    case "exactly":
      return stringReader((text) => (text === field.value ? undefined : notEqual(text, field.value)));
    case "boolean":
      return (value, step, _, report) => (typeof value === "boolean" ? value : report.mistyped("bool", value, step));
    case "number":
      return numberReader(field);
    case "glucose":
      return glucoseReader(field);
    case "glucoseUnits":
      return unitsReader([...GLUCOSE_UNITS.keys()] as string[], STORED_UNITS);
    case "rateUnits":
      return unitsReader([...RATE_UNITS.keys()] as string[], STORED_RATE_UNITS);
    case "instant":
      return readInstant;
    case "instantText":
      return stringReader(instantFault);
    case "localTime":
      return stringReader((text) => (isLocalTime(text) ? undefined : notValidLocalTime(text)));
    case "zone":
      return stringReader(zoneFault);
    case "free":
      return readFree;
    case "list":
      return listReader(field);
    case "map":
      return mapReader(field);
    case "object":
      return objectReader(field);
    case "variants":
      return variantsReader(field);
    case "embedded":
      return (value, step, _, report) => report.embed(value, step, field, report);
    case "ignored":
      return () => undefined;
    case "forbidden":
      return (_value, step, _source, report) => report.error(EXISTS, step);
  }
}

function stringReader(faultOf: (text: string) => Fault | undefined): Reader {
  return (value, step, _, report) => {
    if (typeof value !== "string") return report.mistyped("string", value, step);
    const fault = faultOf(value);
    return fault ? report.error(fault, step) : value;
  };
}

/** NUL terminates a text in SQL functions; an unpaired surrogate can't be encoded as UTF-8. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\u0000");

const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

const textReader = ({ min, max, form }: TextField): Reader =>
  stringReader((text) => {
    if (text === "") return EMPTY;
    if (isLongerThan(text, max)) return tooLong(lengthOf(text), max);
    if (min > 1 && !isLongerThan(text, min - 1)) return tooShort(lengthOf(text), min);
    if (form && !form.isValid(text)) return notValidAs(text, form.name);
    return isStorable(text) ? undefined : notValidAs(text, "text");
  });

function choiceReader(values: readonly string[]): Reader {
  const allowed = new Set(values);
  return stringReader((text) => (allowed.has(text) ? undefined : notAllowed(text, values)));
}

function unitsReader(accepted: readonly string[], stored: string): Reader {
  const read = choiceReader(accepted);
  return (value, step, source, report) => (read(value, step, source, report) === undefined ? undefined : stored);
}

function zoneFault(text: string): Fault | undefined {
  if (text === "") return EMPTY;
  return isZone(text) ? undefined : notValidZone(text);
}

function instantFault(text: string): Fault | undefined {
  const instant = instantOf(text);
  if (instant === ZERO_INSTANT) return EMPTY;
  return Number.isNaN(instant) ? notValidTime(text) : undefined;
}

const readInstant: Reader = (value, step, _, report) => {
  if (typeof value !== "string") return report.mistyped("time", value, step);
  const instant = instantOf(value);
  if (Number.isNaN(instant)) return report.parseError(timeNotParsable(value), step);
  return instant === ZERO_INSTANT ? report.error(EMPTY, step) : instant;
};

function numberReader({ isInteger, min, max, atLeast, atMost, ranges }: NumberField): Reader {
  const expected = isInteger ? "int" : "float64";
  const rangeOf = ranges && new Map<unknown, { min: number; max: number }>(Object.entries(ranges.of));
  /** A bound that another field sets, unless that is out of range itself. */
  const boundOf = (source: Source, name: string, fallback: number): number => {
    const bound = source[name];
    return typeof bound === "number" && bound >= min && bound <= max ? bound : fallback;
  };
  return (value, step, source, report) => {
    if (typeof value !== "number" || (isInteger && !Number.isSafeInteger(value))) {
      return report.mistyped(expected, value, step);
    }
    let [least, greatest] = [min, max];
    if (rangeOf) {
      const range = rangeOf.get(source[ranges.by]);
      if (!range) return value;
      ({ min: least, max: greatest } = range);
    }
    if (atLeast !== undefined) least = boundOf(source, atLeast, least);
    if (atMost !== undefined) greatest = boundOf(source, atMost, greatest);
    return value >= least && value <= greatest
      ? plainZero(value)
      : report.error(notBetween(value, least, greatest), step);
  };
}

function glucoseReader({ unitsAt, atLeast = [], around }: GlucoseField): Reader {
  const units = unitsAt === "trendRateUnits" ? RATE_UNITS : GLUCOSE_UNITS;
  const unitOf =
    unitsAt === "units.bg"
      ? (datum: Source) => units.get((datum.units as Source | null | undefined)?.bg)
      : (datum: Source) => units.get(datum[unitsAt]);
  return (value, step, source, report) => {
    if (typeof value !== "number") return report.mistyped("float64", value, step);
    const unit = unitOf(report.datum);
    // The unit itself is the error then.
    if (!unit) return value;
    const isInRange = (other: unknown): other is number =>
      typeof other === "number" && other >= unit.min && other <= unit.max;
    let { min, max } = unit;
    if (around !== undefined) {
      const centre = source[around];
      if (isInRange(centre)) [min, max] = [0, Math.min(centre - unit.min, unit.max - centre)];
    } else if (atLeast.length > 0) {
      const bound = source[atLeast.find((name) => typeof source[name] === "number") ?? ""];
      if (isInRange(bound)) min = bound;
    }
    return value >= min && value <= max
      ? plainZero(unit.toStored(value))
      : report.error(notBetween(value, min, max), step);
  };
}

/** A UTF-16 unit is at most three bytes of UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
const encoder = new TextEncoder();

const readFree: Reader = (value, step, _, report) => {
  if (!isObject(value)) return report.mistyped("object", value, step);
  // Each level takes at least two bytes; more of them than fit could exhaust the stack.
  if (isDeeperThan(value, FREE_BYTES_MAX / 2)) return report.error(tooLarge(FREE_BYTES_MAX + 1, FREE_BYTES_MAX), step);
  const json = JSON.stringify(value);
  if (json === "{}") return report.error(EMPTY, step);
  if (json.length * BYTES_PER_UNIT_MAX > FREE_BYTES_MAX) {
    const size = encoder.encode(json).length;
    if (size > FREE_BYTES_MAX) return report.error(tooLarge(size, FREE_BYTES_MAX), step);
  }
  return value;
};

/** The order of code points, which is that of bytes in UTF-8; not that of UTF-16 units. */
function byCodePoint(one: string, other: string): number {
  for (let i = 0; i < one.length && i < other.length; i++) {
    if (one.charCodeAt(i) !== other.charCodeAt(i)) return one.codePointAt(i)! - other.codePointAt(i)!;
  }
  return one.length - other.length;
}

const TEXTS: ReadonlySet<Field["kind"]> = new Set(["text", "choice"]);

function listReader({ of, min, max, isUnique, isSorted }: ListField): Reader {
  const read = readerOf(of);
  // Readers of texts take a null among them for an empty one.
  const inPlaceOfNull = TEXTS.has(of.kind) ? "" : undefined;
  return (value, step, source, report) => {
    if (!Array.isArray(value)) return report.mistyped("array", value, step);
    if (value.length < min) return report.error(EMPTY, step);
    if (value.length === 0) return undefined;
    if (value.length > max) report.error(tooLong(value.length, max), step);
    report.path.push(step);
    const items: unknown[] = [];
    const seen = new Set<unknown>();
    for (let i = 0; i < value.length && i < max; i++) {
      const item = value[i] ?? inPlaceOfNull;
      const read1 = item === undefined ? report.error(NOT_EXISTS, i) : read(item, i, source, report);
      if (isUnique && read1 !== undefined && seen.size === seen.add(read1).size) report.error(DUPLICATE, i);
      items.push(read1);
    }
    report.path.pop();
    return isSorted ? (items as string[]).toSorted(byCodePoint) : items;
  };
}

const MAP_NAME_LENGTH_MAX = 100;

function mapReader({ of }: MapField): Reader {
  const read = readerOf(of);
  return (value, step, _, report) => {
    if (!isObject(value)) return report.mistyped("object", value, step);
    const entries = Object.entries(value).filter(([, part]) => part !== null);
    if (entries.length === 0) return report.error(EMPTY, step);
    if (entries.length > ITEMS_MAX) return report.error(tooLong(entries.length, ITEMS_MAX), step);
    report.path.push(step);
    const parts = entries.map(([name, part]) => {
      if (name === "") report.error(EMPTY, name);
      if (isLongerThan(name, MAP_NAME_LENGTH_MAX)) report.error(tooLong(lengthOf(name), MAP_NAME_LENGTH_MAX), name);
      return [name, read(part, name, value, report)] as const;
    });
    report.path.pop();
    return Object.fromEntries(parts);
  };
}

function objectReader(field: ObjectField): Reader {
  const readMembers = membersReader(field);
  return (value, step, _, report) => {
    if (!isObject(value)) return report.mistyped("object", value, step);
    report.path.push(step);
    const members = readMembers(value, {}, report);
    report.path.pop();
    return members;
  };
}

function variantsReader({ type, by, of }: VariantsField): Reader {
  const variants = new Map(Object.entries(of).map(([name, variant]) => [name, membersReader(variant)]));
  const [types, names] = [[type], [...variants.keys()]];
  return (value, step, _, report) => {
    if (!isObject(value)) return report.mistyped("object", value, step);
    report.path.push(step);
    const isOfType = deciding(value, "type", types, report) !== undefined;
    const variant = isOfType ? deciding(value, by, names, report) : undefined;
    const members = variant === undefined ? undefined : variants.get(variant)!(value, { type, [by]: variant }, report);
    report.path.pop();
    return members;
  };
}

/** Reads a member that decides the rules of the others, so that without it they are not read. */
export function deciding(source: Source, name: string, allowed: readonly string[], report: Report): string | undefined {
  const value = source[name];
  if (value === undefined || value === null) return report.parseError(NOT_EXISTS, name);
  if (typeof value !== "string") return report.mistyped("string", value, name);
  return allowed.includes(value) ? value : report.parseError(notAllowed(value, allowed), name);
}

/** The reader of a whole body in which unknown members are errors. */
export function strictReader(
  field: ObjectField,
): (body: Source) => { members: Record<string, unknown> } | { errors: DatumError[] } {
  const read = membersReader(field);
  return (body) => {
    const report = new Report({ isStrict: true });
    const members = read(body, {}, report);
    return report.errors.length > 0 ? { errors: report.errors } : { members };
  };
}
