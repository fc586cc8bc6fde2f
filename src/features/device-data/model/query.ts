import { isLongerThan } from "../../../platform/core/bounded-text.ts";
import {
  type DatumError,
  EMPTY,
  type Fault,
  NOT_PARSED,
  notBetween,
  notValidAs,
  parameterError,
  timeNotParsable,
  tooLong,
  typeIsNot,
} from "./data-errors.ts";
import { ITEMS_MAX, TEXT_LENGTH_MAX } from "./fields.ts";
import { instantOf } from "./instants.ts";

/** What a query of data asks for. Absent: no bound, or the default. */
export interface DataQuery {
  readonly types?: readonly string[];
  readonly subTypes?: readonly string[];
  /** Epoch milliseconds, both inclusive. */
  readonly startDate?: number;
  readonly endDate?: number;
  readonly latest: boolean;
  readonly uploadId?: string;
  readonly deviceId?: string;
  /** Absent: `carelink` data are shown unless the owner has a closed set of a Medtronic device. */
  readonly carelink?: boolean;
  /** Our additions; a page has data only after the cursor of the one before. */
  readonly limit?: number;
  readonly cursor?: Position;
}

/** Behind a datum, whether it is still there or not: later, or with a later id at the same time. */
export interface Position {
  readonly time: number;
  readonly id: string;
}

/** Times reach to the year 9999. */
const CURSOR = /^(-?\d{1,15})\.(.+)$/s;

/** A position as callers get it. */
export const cursorOf = ({ time, id }: Position): string => `${time}.${id}`;

/** Which data sets are listed. */
export interface DataSetFilters {
  readonly clientName?: string;
  readonly deviceId?: string;
  /** Whether deleted sets are listed as well. */
  readonly deleted: boolean;
  readonly page: number;
  readonly size: number;
}

/** Our choice. */
export const LIMIT_MAX = 10_000;
const CURSOR_LENGTH_MAX = 200;
/** Published. */
const [SIZE_DEFAULT, SIZE_MAX] = [100, 1000];

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);
/** The longest safe integer with a sign. */
const INTEGER = /^-?\d{1,16}$/;

/** Reads the parameters of one query; remembers what is wrong. */
class Parameters {
  readonly errors: DatumError[] = [];
  readonly #query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  #fail(name: string, fault: Fault): undefined {
    this.errors.push(parameterError(name, fault));
  }

  /** Of a repeated parameter the first; an empty one is absent. */
  text(name: string, max = TEXT_LENGTH_MAX): string | undefined {
    const text = this.#query.get(name) ?? "";
    if (isLongerThan(text, max)) return this.#fail(name, tooLong([...text].length, max));
    return text === "" ? undefined : text;
  }

  /** A text that must not be empty when it is there. */
  filledText(name: string): string | undefined {
    return this.#query.get(name) === "" ? this.#fail(name, EMPTY) : this.text(name);
  }

  list(name: string): string[] | undefined {
    const items = this.text(name)?.split(",");
    return items && items.length > ITEMS_MAX ? this.#fail(name, tooLong(items.length, ITEMS_MAX)) : items;
  }

  instant(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const instant = instantOf(text);
    return Number.isNaN(instant) ? this.#fail(name, timeNotParsable(text)) : instant;
  }

  /** Of a repeated parameter the last. */
  boolean(name: string): boolean | undefined {
    const text = this.#query.getAll(name).at(-1);
    if (text === undefined) return undefined;
    return TRUE.has(text) || FALSE.has(text) ? TRUE.has(text) : this.#fail(name, typeIsNot("bool", text));
  }

  position(name: string): Position | undefined {
    const text = this.text(name, CURSOR_LENGTH_MAX);
    if (text === undefined) return undefined;
    const [, time, id] = CURSOR.exec(text) ?? [];
    return time === undefined || id === undefined ? this.#fail(name, notValidAs("", name)) : { time: Number(time), id };
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = INTEGER.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) return this.#fail(name, typeIsNot("int", text));
    return value >= min && value <= max ? value : this.#fail(name, notBetween(value, min, max));
  }

  refuseOthers(names: ReadonlySet<string>): void {
    for (const name of new Set(this.#query.keys())) if (!names.has(name)) this.#fail(name, NOT_PARSED);
  }
}

/**
 * Reads the query of data. Parameters it does not know are ignored. Those that filter by cloud sources, by model of
 * pump, by sample interval and by dosing decision are checked and have no effect yet.
 */
export function readDataQuery(query: URLSearchParams): { query: DataQuery } | { errors: DatumError[] } {
  const parameters = new Parameters(query);
  const read: DataQuery = {
    types: parameters.list("type"),
    subTypes: parameters.list("subType"),
    startDate: parameters.instant("startDate"),
    endDate: parameters.instant("endDate"),
    latest: parameters.boolean("latest") ?? false,
    uploadId: parameters.text("uploadId"),
    deviceId: parameters.text("deviceId"),
    carelink: parameters.boolean("carelink"),
    limit: parameters.integer("limit", 1, LIMIT_MAX),
    cursor: parameters.position("cursor"),
  };
  for (const name of ["cbgFilter", "dexcom", "medtronic"]) parameters.boolean(name);
  parameters.integer("sampleIntervalMinimum", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  parameters.list("dosingDecision.reason");
  return parameters.errors.length > 0 ? { errors: parameters.errors } : { query: read };
}

const PAGE_NAMES = ["deleted", "page", "size"];
const LIST_NAMES = { current: new Set([...PAGE_NAMES, "client.name", "deviceId"]), older: new Set(PAGE_NAMES) };

/** Reads the query of a list of data sets; the older list has fewer filters. Unknown parameters are errors. */
export function readDataSetFilters(
  query: URLSearchParams,
  list: keyof typeof LIST_NAMES,
): { filters: DataSetFilters } | { errors: DatumError[] } {
  const parameters = new Parameters(query);
  const filters: DataSetFilters = {
    ...(list === "current" && {
      clientName: parameters.filledText("client.name"),
      deviceId: parameters.filledText("deviceId"),
    }),
    deleted: parameters.boolean("deleted") ?? false,
    page: parameters.integer("page", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    size: parameters.integer("size", 1, SIZE_MAX) ?? SIZE_DEFAULT,
  };
  parameters.refuseOthers(LIST_NAMES[list]);
  return parameters.errors.length > 0 ? { errors: parameters.errors } : { filters };
}
