/**
 * The language in which the data model is declared: each field is a value, from which both the readers of requests
 * (readers.ts) and the published schemas (data-schema.ts) are made.
 */

/** An object of a request, before it was checked. */
export type Source = Readonly<Record<string, unknown>>;

/** Decides on the object a field belongs to. */
export type Condition = (source: Source) => boolean;

/** When a field must be there, and when it must not. */
interface Presence {
  readonly required?: Condition;
  readonly forbidden?: Condition;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The form of a text: what it is called in errors, and how it is told. */
export interface TextForm {
  readonly name: string;
  readonly isValid: (text: string) => boolean;
  /** For the description; without flags. */
  readonly pattern?: RegExp;
}

export interface TextField {
  readonly kind: "text";
  readonly min: number;
  readonly max: number;
  readonly form?: TextForm;
}
export interface ChoiceField {
  readonly kind: "choice";
  readonly values: readonly string[];
}
export interface NumberField {
  readonly kind: "number";
  readonly isInteger: boolean;
  readonly min: number;
  readonly max: number;
  /** Fields of the same object whose values, within the bounds, are the least or the greatest allowed. */
  readonly atLeast?: string;
  readonly atMost?: string;
  /** Ranges by the value of another field of the same object; unchecked while that is none of them. */
  readonly ranges?: { readonly by: string; readonly of: Readonly<Record<string, Range>> };
}
/** Where in a datum the unit of its glucose stands. */
export type UnitsPath = "units" | "units.bg" | "trendRateUnits";
export interface GlucoseField {
  readonly kind: "glucose";
  readonly unitsAt: UnitsPath;
  /** The first of these fields that is there has the least value allowed. */
  readonly atLeast?: readonly string[];
  /** A distance from this field that does not leave the range of the unit. */
  readonly around?: string;
}
export interface ListField {
  readonly kind: "list";
  readonly of: Field;
  readonly min: number;
  readonly max: number;
  readonly isUnique: boolean;
  readonly isSorted: boolean;
}
export interface ObjectField {
  readonly kind: "object";
  /** In the description, for those that many types have. */
  readonly name?: string;
  readonly fields: Fields;
  /** Of these at least one must be there. */
  readonly any?: readonly string[];
  /** Of these one must be there, where the condition says that there is none. */
  readonly one?: { readonly of: readonly string[]; readonly missing: Condition };
}
export interface VariantsField {
  readonly kind: "variants";
  /** The `type` of all variants. */
  readonly type: string;
  /** The member that decides. */
  readonly by: "subType" | "deliveryType";
  readonly of: Readonly<Record<string, ObjectField>>;
  /** What the names of the variants begin with in the description, for those that are no data. */
  readonly name?: string;
}
/** A whole datum that becomes one of its own. */
export interface EmbeddedField {
  readonly kind: "embedded";
  readonly type: string;
  /** All of the type, when there are none. */
  readonly subTypes?: readonly string[];
}
export interface MapField {
  readonly kind: "map";
  readonly of: Field;
}

/** A field whose rules need no parameters. */
export interface PlainField {
  readonly kind:
    | "boolean"
    /** RFC 3339, read as epoch milliseconds. */
    | "instant"
    /** RFC 3339, kept as sent. */
    | "instantText"
    | "localTime"
    | "zone"
    | "glucoseUnits"
    | "rateUnits"
    /** An object of free content. */
    | "free"
    /** Accepted and dropped. */
    | "ignored"
    /** Never allowed. */
    | "forbidden";
}

export interface ExactField {
  readonly kind: "exactly";
  readonly value: string;
}

export type Field = Presence &
  (
    | TextField
    | ChoiceField
    | ExactField
    | NumberField
    | GlucoseField
    | ListField
    | ObjectField
    | VariantsField
    | EmbeddedField
    | MapField
    | PlainField
  );

export type Fields = Readonly<Record<string, Field>>;

/** The longest text where no bound is published; our choice. */
export const TEXT_LENGTH_MAX = 4096;
/** Items of any list; a published bound. */
export const ITEMS_MAX = 100;
/** The bytes of free content, as JSON; a published bound. */
export const FREE_BYTES_MAX = 4096;

// Conditions

const isPresent = (source: Source, name: string): boolean => source[name] !== undefined && source[name] !== null;

/** Any of the fields is there. */
export const present =
  (...names: readonly string[]): Condition =>
  (source) =>
    names.some((name) => isPresent(source, name));

export const not =
  (condition: Condition): Condition =>
  (source) =>
    !condition(source);

export const both =
  (one: Condition, other: Condition): Condition =>
  (source) =>
    one(source) && other(source);

export const absent = (...names: readonly string[]): Condition => not(present(...names));

/** A field has one of the values. */
export const is =
  (name: string, ...values: readonly unknown[]): Condition =>
  (source) =>
    values.includes(source[name]);

// Presence

export const always: Condition = () => true;
export const required = <F extends Field>(field: F): F & Presence => ({ ...field, required: always });
export const when = <F extends Field>(presence: Presence, field: F): F & Presence => ({ ...field, ...presence });
/** Required when the condition holds, and forbidden otherwise. */
export const onlyIf = <F extends Field>(condition: Condition, field: F): F & Presence =>
  when({ required: condition, forbidden: not(condition) }, field);

// Kinds of fields

type Options<F, K extends keyof F> = Partial<Pick<F, K>>;

export const text = (options: Options<TextField, "min" | "max" | "form"> = {}): TextField => ({
  kind: "text",
  min: 1,
  max: TEXT_LENGTH_MAX,
  ...options,
});
export const matching = (name: string, pattern: RegExp): TextForm => ({
  name,
  pattern,
  isValid: (text) => pattern.test(text),
});
export const choice = (...values: readonly string[]): ChoiceField => ({ kind: "choice", values });
export const exactly = (value: string): ExactField => ({ kind: "exactly", value });

type NumberOptions = Options<NumberField, "min" | "max" | "atLeast" | "atMost" | "ranges">;
const numeric = (isInteger: boolean, options: NumberOptions): NumberField => ({
  kind: "number",
  isInteger,
  min: Number.NEGATIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
  ...options,
});
export const number = (options: NumberOptions = {}): NumberField => numeric(false, options);
export const integer = (options: NumberOptions = {}): NumberField => numeric(true, options);

export const glucose = (
  unitsAt: UnitsPath,
  options: Options<GlucoseField, "atLeast" | "around"> = {},
): GlucoseField => ({ kind: "glucose", unitsAt, ...options });

type ListOptions = Options<ListField, "min" | "max" | "isUnique" | "isSorted">;
export const list = (of: Field, options: ListOptions = {}): ListField => ({
  kind: "list",
  of,
  min: 1,
  max: ITEMS_MAX,
  isUnique: false,
  isSorted: false,
  ...options,
});
export const object = (fields: Fields, options: Options<ObjectField, "any" | "one" | "name"> = {}): ObjectField => ({
  kind: "object",
  fields,
  ...options,
});
/** An object with names that the client chooses. */
export const map = (of: Field): MapField => ({ kind: "map", of });
export const variants = (
  type: string,
  by: VariantsField["by"],
  of: Readonly<Record<string, ObjectField>>,
  options: Options<VariantsField, "name"> = {},
): VariantsField => ({ kind: "variants", type, by, of, ...options });
export const embedded = (type: string, subTypes?: readonly string[]): EmbeddedField => ({
  kind: "embedded",
  type,
  ...(subTypes && { subTypes }),
});

const plain = (kind: PlainField["kind"]): PlainField => ({ kind });
export const boolean = plain("boolean");
export const instant = plain("instant");
export const instantText = plain("instantText");
export const localTime = plain("localTime");
export const zone = plain("zone");
export const glucoseUnits = plain("glucoseUnits");
export const rateUnits = plain("rateUnits");
export const free = plain("free");
export const ignored = plain("ignored");
export const forbidden = plain("forbidden");

/** A value with a unit that decides its range. */
export const quantity = (ranges: Readonly<Record<string, Range>>, name?: string): ObjectField =>
  object(
    {
      units: required(choice(...Object.keys(ranges))),
      value: required(number({ ranges: { by: "units", of: ranges } })),
    },
    name === undefined ? {} : { name },
  );

/** A text of 1 to 100 characters, as names are. */
export const name = text({ max: 100 });
