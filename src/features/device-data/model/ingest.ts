import { BASE_FIELDS } from "./common-fields.ts";
import {
  type DatumError,
  type DatumMeta,
  DUPLICATE,
  ERRORS_MAX,
  errorAt,
  JSON_MALFORMED,
  NOT_EXISTS,
} from "./data-errors.ts";
import { DATA_TYPES } from "./data-types.ts";
import { type EmbeddedField, type ObjectField, type Source, type VariantsField } from "./fields.ts";
import type { IngestedDatum } from "./forms.ts";
import { deciding, isObject, type MembersReader, memberOf, membersReader, Report, readMember } from "./readers.ts";

export interface Make {
  /** A new datum id: 32 hex digits. */
  readonly newId: () => string;
}

const ID_DIGITS = 32;
/** Ids whose randomness is drawn at once: a draw costs more than an id. */
const IDS_DRAWN = 128;
const hexOf = (bytes: Uint8Array): string => (bytes as Uint8Array & { toHex: () => string }).toHex();
let drawn = "";
let drawnAt = 0;

/** A new datum id: 16 random bytes in hex. */
export function newDatumId(): string {
  if (drawnAt === drawn.length) {
    drawn = hexOf(crypto.getRandomValues(new Uint8Array((IDS_DRAWN * ID_DIGITS) / 2)));
    drawnAt = 0;
  }
  drawnAt += ID_DIGITS;
  return drawn.slice(drawnAt - ID_DIGITS, drawnAt);
}

/** What decides which members a datum has, and the reader of these. */
interface Rules {
  readonly meta: DatumMeta;
  readonly read: MembersReader;
}

interface TypeRules {
  readonly by?: VariantsField["by"];
  /** By the value of `by`; one rule, named "", where nothing decides. */
  readonly variants: ReadonlyMap<string, Rules>;
  readonly names: readonly string[];
}

const { time, id, guid, uploadId: _, ...COMMON } = BASE_FIELDS;
const [TIME, ID, GUID] = [memberOf("time", time), memberOf("id", id), memberOf("guid", guid)];

const rulesOf = (meta: DatumMeta, own: ObjectField): Rules => ({
  meta,
  read: membersReader({ ...own, fields: { ...COMMON, ...own.fields } }),
});

function typeRules(type: string, declared: ObjectField | VariantsField): TypeRules {
  if (declared.kind === "object") return { variants: new Map([["", rulesOf({ type }, declared)]]), names: [] };
  const { by, of } = declared;
  const variants = Object.entries(of).map(([name, own]) => [name, rulesOf({ type, [by]: name }, own)] as const);
  return { by, variants: new Map(variants), names: Object.keys(of) };
}

const TYPES = new Map(Object.entries(DATA_TYPES).map(([type, declared]) => [type, typeRules(type, declared)]));
const TYPE_NAMES = [...TYPES.keys()];

/** What a batch comes to. */
export interface ReadBatch {
  readonly data: IngestedDatum[];
  /** Those of their ids that came with them; others are new. */
  readonly sentIds: ReadonlySet<string>;
}

/** The state of reading one batch. */
interface Batch {
  readonly make: Make;
  readonly report: Report;
  /** The ids that were sent. */
  readonly ids: Set<string>;
  /** Embedded data, which follow those of the batch. */
  readonly lifted: IngestedDatum[];
}

/**
 * Reads the data of one request, none of which is taken when one is wrong: errors of types first, and only without these
 * those of rules. Null among the data is skipped, null as a member is absence, and unknown members are dropped. Glucose
 * becomes mmol/L. Embedded data come after the others; what they were in keeps their ids.
 */
export function readBatch(body: unknown, make: Make): ReadBatch | { errors: DatumError[] } {
  if (!Array.isArray(body)) return { errors: [JSON_MALFORMED] };
  const read = readAll(body, make, false);
  // What is wrong is told in the order of declaration, which only a batch with errors is read in.
  return "errors" in read ? readAll(body, make, true) : read;
}

function readAll(body: readonly unknown[], make: Make, isOrdered: boolean): ReadBatch | { errors: DatumError[] } {
  const lifted: IngestedDatum[] = [];
  const embed = (value: unknown, step: string | number, field: EmbeddedField): string | undefined => {
    const { datum } = report;
    const inner = readDatum(batch, value, step, [field.type], field.subTypes);
    report.datum = datum;
    if (inner) lifted.push(inner);
    return inner?.id;
  };
  const report = new Report({ isOrdered, embed });
  const batch: Batch = { make, report, ids: new Set(), lifted };
  const data: IngestedDatum[] = [];
  for (let i = 0; i < body.length; i++) {
    const value = body[i];
    if (value === null || value === undefined) continue;
    report.meta = undefined;
    const datum = readDatum(batch, value, i, TYPE_NAMES);
    if (datum) data.push(datum);
  }
  return report.errors.length > 0 ? { errors: report.errors } : { data: data.concat(lifted), sentIds: batch.ids };
}

function readDatum(
  { make, report, ids }: Batch,
  value: unknown,
  step: string | number,
  types: readonly string[],
  subTypes?: readonly string[],
): IngestedDatum | undefined {
  if (!isObject(value)) return report.mistyped("object", value, step);
  report.path.push(step);
  const rules = rulesFor(value, types, subTypes, report);
  const datum = rules && readMembers(value, rules, make, ids, report);
  report.path.pop();
  return datum;
}

function rulesFor(
  value: Source,
  types: readonly string[],
  subTypes: readonly string[] | undefined,
  report: Report,
): Rules | undefined {
  const isEmbedded = report.meta !== undefined;
  const type = deciding(value, "type", types, report);
  if (type === undefined) return undefined;
  if (!isEmbedded) report.meta = { type };
  const { by, variants, names } = TYPES.get(type)!;
  const variant = by === undefined ? "" : deciding(value, by, subTypes ?? names, report);
  const rules = variant === undefined ? undefined : variants.get(variant);
  // The errors of an embedded datum name the one it is in.
  if (rules && !isEmbedded) report.meta = rules.meta;
  return rules;
}

function readMembers(
  value: Source,
  { meta, read }: Rules,
  make: Make,
  ids: Set<string>,
  report: Report,
): IngestedDatum {
  report.datum = value;
  const time = readMember(TIME, value, report) as number;
  const sentId = readMember(ID, value, report) as string | undefined;
  const guid = readMember(GUID, value, report) as string | undefined;
  if (sentId !== undefined && ids.size === ids.add(sentId).size) report.error(DUPLICATE, "id");
  const fields = read(value, { ...meta }, report);
  const origin = fields.origin as { id?: string; time?: string } | undefined;
  return {
    id: sentId ?? make.newId(),
    guid,
    type: meta.type,
    subType: fields.subType as string | undefined,
    deliveryType: meta.deliveryType,
    time,
    deviceId: fields.deviceId as string | undefined,
    source: fields.source as string | undefined,
    originId: origin?.id,
    originTime: origin?.time,
    fields,
    pointer: report.path.length === 1 ? `/${report.path[0]!}` : `/${report.path.join("/")}`,
  };
}

/** What is missing for the identity by device: `deviceId` on each datum, those that were embedded included. */
export function missingForHash(data: readonly IngestedDatum[]): DatumError[] {
  const outer = new Map(data.map((datum) => [datum.pointer, datum]));
  return data
    .filter(({ deviceId }) => deviceId === undefined)
    .slice(0, ERRORS_MAX)
    .map((datum) => {
      const { pointer = "" } = datum;
      const reported = outer.get(`/${pointer.split("/", 2)[1]}`) ?? datum;
      return errorAt(`${pointer}/deviceId`, NOT_EXISTS, metaOf(reported));
    });
}

const metaOf = ({ type, subType, deliveryType }: IngestedDatum): DatumMeta => {
  const by = TYPES.get(type)?.by;
  if (by === undefined) return { type };
  return by === "subType" ? { type, subType } : { type, deliveryType };
};
