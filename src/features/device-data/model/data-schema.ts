import { z } from "@hono/zod-openapi";
import { BASE_FIELDS, dataId, guid } from "./common-fields.ts";
import { CREATION_FIELDS, UPDATE_FIELDS } from "./data-set.ts";
import { DATA_TYPES } from "./data-types.ts";
import { DEDUPLICATORS } from "./deduplicators.ts";
import {
  always,
  type EmbeddedField,
  type Field,
  type Fields,
  FREE_BYTES_MAX,
  ITEMS_MAX,
  type ObjectField,
  type Range,
  type TextField,
} from "./fields.ts";
import type { ClientDatum } from "./forms.ts";
import { GLUCOSE_UNITS, type GlucoseUnit, RATE_UNITS, STORED_RATE_UNITS, STORED_UNITS } from "./glucose.ts";
import { SELECTOR, SELECTORS_MAX } from "./selectors.ts";

/**
 * The schemas of the description, made of the declarations by which requests are read. They describe only: requests are
 * judged by their readers, which know the rules among members and report errors in the published form.
 */

/** Whether a schema is of what is sent to us, or of what we answer. */
type Form = "request" | "answer";

/** Our choice: longer than an instant with nine digits of fraction and an offset. */
const INSTANT_LENGTH_MAX = 64;
const LOCAL_TIME_LENGTH_MAX = 32;
const ZONE_LENGTH_MAX = 64;
/** Data in one request, as published. */
const DATA_PER_REQUEST_MAX = 1000;
/** Levels of lists in lists that are described; deeper ones are like these. A schema that refers to itself has no bounds. */
const LEVELS_DESCRIBED = 2;

const instant = () => z.string().openapi({ format: "date-time", maxLength: INSTANT_LENGTH_MAX });

const free = (description: string) =>
  z
    .record(z.string(), z.unknown())
    .openapi({ type: "object", additionalProperties: true, maxProperties: FREE_BYTES_MAX, description });

/** Of members that our answers have, and no request of this kind declares. */
const id = text(dataId);

function text({ min, max, form }: TextField): z.ZodString {
  const bounded = z.string().min(min).max(max);
  return form?.pattern ? bounded.regex(form.pattern) : bounded;
}

function bounded(schema: z.ZodNumber, { min, max }: Range): z.ZodNumber {
  const least = min > Number.NEGATIVE_INFINITY ? schema.min(min) : schema;
  return max < Number.POSITIVE_INFINITY ? least.max(max) : least;
}

const choice = (values: readonly string[]) =>
  values.length === 1 ? z.literal(values[0]!) : z.enum(values as [string, ...string[]]);

const units = (accepted: ReadonlyMap<unknown, GlucoseUnit>, stored: string, form: Form) =>
  form === "answer" ? z.literal(stored) : choice([...accepted.keys()] as string[]);

/** The widest of the ranges of units, or that of what is stored. */
function rangeOf(accepted: ReadonlyMap<unknown, GlucoseUnit>, form: Form): Range {
  const ranges = [...accepted.values()].map(({ min, max, toStored }) =>
    form === "request" ? { min, max } : { min: toStored(min), max: toStored(max) },
  );
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

/** Alternatives told apart by a member. */
function alternatives(by: string, schemas: readonly z.ZodType[]): z.ZodType {
  const [first, ...others] = schemas as unknown as [z.ZodObject, ...z.ZodObject[]];
  return others.length === 0 ? first : z.discriminatedUnion(by, [first, ...others]);
}

/** The schema of a field; none of one that is dropped or never there. */
function schemaOf(field: Field, form: Form, level: number): z.ZodType | undefined {
  switch (field.kind) {
    case "text":
      return text(field);
    case "choice":
      return choice(field.values);
    case "exactly":
      return z.literal(field.value);
    case "boolean":
      return z.boolean();
    case "number":
      return bounded(field.isInteger ? z.number().int() : z.number(), field);
    case "glucose":
      return bounded(z.number(), rangeOf(field.unitsAt === "trendRateUnits" ? RATE_UNITS : GLUCOSE_UNITS, form));
    case "glucoseUnits":
      return units(GLUCOSE_UNITS, STORED_UNITS, form);
    case "rateUnits":
      return units(RATE_UNITS, STORED_RATE_UNITS, form);
    case "instant":
    case "instantText":
      return instant();
    case "localTime":
      return z.string().max(LOCAL_TIME_LENGTH_MAX).openapi({ example: "2024-05-01T13:15:30" });
    case "zone":
      return z.string().max(ZONE_LENGTH_MAX).openapi({ example: "America/Los_Angeles" });
    case "free":
      return free(`Free content, not empty, at most ${FREE_BYTES_MAX} bytes as JSON.`);
    case "list": {
      const items =
        level < LEVELS_DESCRIBED ? schemaOf(field.of, form, level + 1)! : free("Like those that this is one of.");
      const list = z.array(items).min(field.min).max(field.max);
      return field.isUnique ? list.openapi({ uniqueItems: true }) : list;
    }
    case "map":
      return z
        .record(z.string(), schemaOf(field.of, form, level)!)
        .openapi({ maxProperties: ITEMS_MAX, description: "By names that the device gives them." });
    case "object":
      return field.name === undefined
        ? objectSchema(field.fields, form, level)
        : sharedSchema(field.name, field.fields);
    case "variants":
      return alternatives(
        field.by,
        Object.entries(field.of).map(([variant, { fields }]) =>
          sharedSchema(joined([field.name!, variant]), fields, {
            type: z.literal(field.type),
            [field.by]: z.literal(variant),
          }),
        ),
      );
    case "embedded":
      return form === "answer" ? id : embeddedSchema(field);
    case "ignored":
    case "forbidden":
      return undefined;
  }
}

/**
 * An object; where a member decides the range of another, one alternative for each of its values. `constants` take the
 * place of what is declared.
 */
function objectSchema(
  fields: Fields,
  form: Form,
  level: number,
  constants: Record<string, z.ZodType> = {},
  naming?: (schema: z.ZodType, value?: string) => z.ZodType,
): z.ZodType {
  const named = naming ?? ((schema: z.ZodType) => schema);
  const shape: Record<string, z.ZodType> = { ...constants };
  for (const [name, field] of Object.entries(fields)) {
    const schema = name in constants ? undefined : schemaOf(field, form, level);
    if (schema) shape[name] = field.required === always ? schema : schema.optional();
  }
  const ranged = Object.entries(fields).find(([, field]) => field.kind === "number" && field.ranges);
  if (!ranged) return named(z.object(shape));
  const [name, { ranges }] = ranged as [string, Field & { kind: "number" }];
  const byValue = Object.entries(ranges!.of).map(([value, range]) =>
    named(z.object({ ...shape, [ranges!.by]: z.literal(value), [name]: bounded(z.number(), range) }), value),
  );
  const isOne = byValue.length === 1;
  return isOne ? byValue[0]! : named(alternatives(ranges!.by, byValue));
}

const shared = new Map<string, z.ZodType>();

/**
 * An object that many types have, the same in requests and answers. Alternatives need names, too: without them they have no
 * discriminator, by which generators of clients tell them apart.
 */
function sharedSchema(name: string, fields: Fields, constants: Record<string, z.ZodType> = {}): z.ZodType {
  const naming = (schema: z.ZodType, value?: string) =>
    schema.openapi(`${value === undefined ? name : joined([name, value])}.v1`);
  const known = shared.get(name) ?? objectSchema(fields, "request", 0, constants, naming);
  shared.set(name, known);
  return known;
}

// Data

/** The name of a schema, of what tells it from the others: `deviceEvent`, `prime`, `cannula`. */
const nameOf = (form: Form, parts: readonly string[]): string =>
  `${joined(parts)}${form === "request" ? "Ingestion" : ""}.v1`;

function joined(parts: readonly string[]): string {
  const [first, ...others] = parts.flatMap((part) => part.split("/"));
  return first + others.map((part) => part[0]!.toUpperCase() + part.slice(1)).join("");
}

/** What answers have beside the members of requests. */
const ANSWERED = { id, guid: text(guid), uploadId: z.string().max(37) };

function memberSchema(
  form: Form,
  parts: readonly string[],
  { fields }: ObjectField,
  constants: Record<string, z.ZodType>,
): z.ZodType {
  const own = form === "answer" ? { ...constants, ...ANSWERED } : constants;
  return objectSchema({ ...BASE_FIELDS, ...fields }, form, 0, own, (schema, value) =>
    schema.openapi(nameOf(form, value === undefined ? parts : [...parts, value])),
  );
}

const data = new Map<string, z.ZodType>();

/** The schema of all data of a type, or of those with one sub-type. */
function datumSchema(form: Form, type: string, variant?: string): z.ZodType {
  const parts = variant === undefined ? [type] : [type, variant];
  const name = nameOf(form, parts);
  const known = data.get(name) ?? newDatumSchema(form, type, variant, parts);
  data.set(name, known);
  return known;
}

function newDatumSchema(form: Form, type: string, variant: string | undefined, parts: readonly string[]): z.ZodType {
  const declared = DATA_TYPES[type]!;
  const constants = { type: z.literal(type) };
  if (declared.kind === "object") return memberSchema(form, parts, declared, constants);
  const { by, of } = declared;
  if (variant !== undefined) return memberSchema(form, parts, of[variant]!, { ...constants, [by]: z.literal(variant) });
  return alternatives(
    by,
    Object.keys(of).map((one) => datumSchema(form, type, one)),
  ).openapi(nameOf(form, parts));
}

const embeddedSchema = ({ type, subTypes }: EmbeddedField): z.ZodType =>
  subTypes
    ? alternatives(
        "subType",
        subTypes.map((subType) => datumSchema("request", type, subType)),
      )
    : datumSchema("request", type);

/** A datum of any type, or one of `others`, which have a type as well. */
const anyDatum = (form: Form, others: readonly z.ZodType[] = []): z.ZodType =>
  alternatives("type", [...Object.keys(DATA_TYPES).map((type) => datumSchema(form, type)), ...others]);

/** A datum as it is sent. */
export const DatumIngestion = anyDatum("request").openapi("datumIngestion.v1");

/** The data of one request. */
export const BatchIngestion = z.array(DatumIngestion).max(DATA_PER_REQUEST_MAX).openapi("dataIngestion.v1");

/** A datum as readers get it. */
export const Datum = (anyDatum("answer") as z.ZodType<ClientDatum>).openapi("datum.v1");

/**
 * A datum as readers get it, or what they get among the data. The alternatives stand beside each other, since generators of
 * clients look up what to read by the type.
 */
export const datumOr = (other: z.ZodType) => anyDatum("answer", [other]) as z.ZodType<ClientDatum>;

// Data sets

/** The body that opens a data set. */
export const DataSetCreationBody = objectSchema(CREATION_FIELDS, "request", 0).openapi("dataSetCreation.v1", {
  description: "Unknown members are errors. Members that only the server sets are accepted and ignored.",
});

/** The body that updates a continuous data set; that of others is ignored. */
export const DataSetUpdateBody = objectSchema(UPDATE_FIELDS, "request", 0).openapi("dataSetUpdate.v1", {
  description: "Unknown members are errors.",
});

/** A data set as we answer it. */
export const DataSet = objectSchema(CREATION_FIELDS, "answer", 0, {
  id,
  uploadId: id,
  type: z.literal("upload"),
  dataSetType: z.enum(["normal", "continuous"]),
  state: z.enum(["open", "closed"]),
  deduplicator: z.object({
    name: choice(DEDUPLICATORS.map(({ name }) => name)),
    version: z.string().max(14),
  }),
  createdTime: instant(),
  modifiedTime: instant(),
  createdUserId: z.string().max(36).optional(),
  byUser: z.string().max(36).optional(),
  deletedTime: instant().optional(),
}).openapi("dataSet.v1");

/** The body of "remove selected data". */
export const SelectorsBody = z
  .array(objectSchema(SELECTOR.fields, "request", 0).openapi("dataSelector.v1"))
  .min(1)
  .max(SELECTORS_MAX)
  .openapi("dataSelectors.v1", { description: "Selectors of one kind. Their times select nothing." });
