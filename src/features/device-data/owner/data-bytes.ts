import { utf8 } from "../../../platform/core/utf8.ts";
import { guidOf } from "../model/forms.ts";
import { type DataColumns, ID_LENGTH, idAt, kindOf, VALUE_UNITS } from "./columns.ts";
import { FLAGS, localTime } from "./packed.ts";

/** What the data of a shape are written with. */
export interface WrittenShape {
  readonly offsetMs: number;
  readonly flags: number;
  /** Members of a JSON object, without its braces. */
  readonly text: string;
}

/** The part of a datum that is as long in all data of a shape and a set, and where its own letters go. A value follows it. */
interface Template {
  readonly bytes: Uint8Array;
  readonly offsetMs: number;
  readonly timeAt: number;
  /** -1: there is none to be written. */
  readonly deviceTimeAt: number;
  readonly idAt: number;
  readonly guidAt: number;
}

const encoder = new TextEncoder();
const DAY_MS = 86_400_000;
const [ZERO, COLON, POINT, COMMA, FOUR] = [0x30, 0x3a, 0x2e, 0x2c, 0x34];
const [LETTER_T, LETTER_Z, LETTER_A] = [0x54, 0x5a, 0x61];
const [OPENING, CLOSING, CLOSING_OF_LIST] = [0x5b, 0x7d, 0x5d];
const TIME_LENGTH = "2024-05-01T20:15:30.000Z".length;
const DEVICE_TIME_LENGTH = "2024-05-01T20:15:30".length;
const GUID_LENGTH = 36;
/** Times outside of these years are written with a sign and more digits. */
const [FIRST_MS, LAST_MS] = [Date.parse("0000-01-01T00:00:00Z"), Date.parse("9999-12-31T23:59:59.999Z")];
const hasFourDigits = (ms: number) => ms >= FIRST_MS && ms <= LAST_MS;
const VARIANTS = "89ab";
/** A UTF-16 unit takes up to three bytes. */
const BYTES_PER_UNIT_MAX = 3;
/** A little more than a reading takes: of readings alone no buffer is outgrown. */
const DATUM_BYTES = 384;
const BRACKETS = 2;

/**
 * Writes data in the form of readers as a JSON list. Copies what data of a shape have in common and puts the letters of one
 * datum into it: making a text of each takes several times as long.
 */
export class DataBytes {
  #bytes: Uint8Array<ArrayBuffer>;
  /** Of the same bytes: several letters are moved as one number, of which none is a NaN, as they are ASCII. */
  #view: DataView<ArrayBuffer>;
  #length = 1;
  readonly #templates = new Map<number, Template>();
  readonly #templatesWithValue = new Map<number, Template>();
  readonly #shapes: ReadonlyMap<number, WrittenShape>;
  readonly #setIds: ReadonlyMap<number, string>;
  readonly #values = new Map<number | string, Measured>();
  readonly #days = [new Day(), new Day()] as const;

  /** `count`: how many data are expected. */
  constructor(shapes: ReadonlyMap<number, WrittenShape>, setIds: ReadonlyMap<number, string>, count: number) {
    this.#bytes = new Uint8Array(count * DATUM_BYTES + BRACKETS);
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes[0] = OPENING;
    this.#shapes = shapes;
    this.#setIds = setIds;
  }

  /** What was written, once: a part of a buffer. */
  take(): Uint8Array<ArrayBuffer> {
    this.#reserve(1);
    this.#bytes[this.#length++] = CLOSING_OF_LIST;
    return this.#bytes.subarray(0, this.#length);
  }

  /** A datum as it is. */
  text(text: string): void {
    this.#reserve(text.length * BYTES_PER_UNIT_MAX + 1);
    this.#separate();
    this.#append(text);
  }

  /** The datum at a place of columns. `rests`: further members, behind a comma. */
  datum(columns: DataColumns, at: number): void {
    const time = columns.times[at]!;
    const value = columns.values[at]!;
    const template = this.#templateOf(columns, at, value !== null);
    const { offsetMs } = template;
    const further = columns.rests.get(at) ?? "";
    if (!hasFourDigits(time) || !hasFourDigits(time + offsetMs)) {
      const [shape, setKey] = kindOf(columns, at);
      const members = value === null ? further : `${VALUE}${decimalOf(value)}${further}`;
      this.text(textOf(time, idAt(columns, at), this.#shapes.get(shape)!, this.#setIds.get(setKey)!, members));
      return;
    }
    this.#reserve(template.bytes.length + MEASURED_BYTES_MAX + further.length * BYTES_PER_UNIT_MAX + 2);
    this.#separate();
    const start = this.#length;
    const [bytes, view] = [this.#bytes, this.#view];
    bytes.set(template.bytes, start);
    this.#length += template.bytes.length;
    if (value !== null) this.#measured(value);
    writeTime(view, start + template.timeAt, time, this.#days[0], true);
    if (template.deviceTimeAt >= 0) {
      writeTime(view, start + template.deviceTimeAt, time + offsetMs, this.#days[1], false);
    }
    copyId(view, start + template.idAt, columns.ids, at * ID_LENGTH);
    if (template.guidAt >= 0) writeGuid(view, start + template.guidAt, columns, at);
    if (further !== "") this.#append(further);
    this.#bytes[this.#length++] = CLOSING;
  }

  /** Readings have few different values, and writing a number takes longer than finding its letters. */
  #measured(value: number | string): void {
    let measured = this.#values.get(value);
    if (measured === undefined) {
      measured = measuredOf(value);
      this.#values.set(value, measured);
    }
    const { letters, length, bytes } = measured;
    if (length <= LETTERS_AT_ONCE) this.#view.setFloat64(this.#length, letters, true);
    else this.#bytes.set(bytes, this.#length);
    this.#length += length;
  }

  #separate(): void {
    if (this.#length > 1) this.#bytes[this.#length++] = COMMA;
  }

  #append(text: string): void {
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #templateOf(columns: DataColumns, at: number, hasValue: boolean): Template {
    const kind = columns.kinds[at]!;
    const templates = hasValue ? this.#templatesWithValue : this.#templates;
    let template = templates.get(kind);
    if (template === undefined) {
      const [shape, setKey] = kindOf(columns, at);
      template = newTemplate(this.#shapes.get(shape)!, this.#setIds.get(setKey)!, hasValue);
      templates.set(kind, template);
    }
    return template;
  }
}

const VALUE = ',"value":';
const LETTERS_AT_ONCE = 8;
/** No double takes more. */
const MEASURED_BYTES_MAX = 32;

/** The letters of a value. */
interface Measured {
  /** Where they are few, all of them as one number. */
  readonly letters: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

const decimalOf = (value: number | string): number => (typeof value === "number" ? value / VALUE_UNITS : Number(value));

function measuredOf(value: number | string): Measured {
  const bytes = new Uint8Array(MEASURED_BYTES_MAX);
  const length = encoder.encodeInto(String(decimalOf(value)), bytes).written;
  return { letters: new DataView(bytes.buffer).getFloat64(0, true), length, bytes: bytes.subarray(0, length) };
}

/** The two digits of each number below a hundred, as they are written at once. */
const TWO_DIGITS = Uint16Array.from(
  { length: 100 },
  (_, value) => ZERO + Math.floor(value / 10) + 256 * (ZERO + (value % 10)),
);

/** Date and time; the zone and the milliseconds of an instant. */
function writeTime(view: DataView, at: number, ms: number, day: Day, isInstant: boolean): void {
  const ofDay = day.enter(ms);
  const seconds = (ofDay / 1000) | 0;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  view.setFloat64(at, day.yearAndMonth, true);
  view.setUint16(at + 8, day.dayOfMonth, true);
  view.setUint8(at + 10, LETTER_T);
  view.setUint16(at + 11, TWO_DIGITS[hours]!, true);
  view.setUint8(at + 13, COLON);
  view.setUint16(at + 14, TWO_DIGITS[minutes - 60 * hours]!, true);
  view.setUint8(at + 16, COLON);
  view.setUint16(at + 17, TWO_DIGITS[seconds - 60 * minutes]!, true);
  if (!isInstant) return;
  const milliseconds = ofDay - 1000 * seconds;
  const hundreds = (milliseconds / 100) | 0;
  view.setUint8(at + 19, POINT);
  view.setUint8(at + 20, ZERO + hundreds);
  view.setUint16(at + 21, TWO_DIGITS[milliseconds - 100 * hundreds]!, true);
  view.setUint8(at + 23, LETTER_Z);
}

function copyId(to: DataView, at: number, from: DataView, place: number): void {
  for (let i = 0; i < ID_LENGTH; i += 8) to.setFloat64(at + i, from.getFloat64(place + i, true), true);
}

/** The guid as `guidOf` makes it: the digits of the id in their groups, with those of the version and the variant. */
function writeGuid(to: DataView, at: number, columns: DataColumns, row: number): void {
  const { ids, hasTextIds } = columns;
  const place = row * ID_LENGTH;
  if (hasTextIds) {
    const guid = guidOf(idAt(columns, row));
    for (let i = 0; i < GUID_LENGTH; i++) to.setUint8(at + i, guid.charCodeAt(i));
    return;
  }
  to.setFloat64(at, ids.getFloat64(place, true), true);
  to.setInt32(at + 9, ids.getInt32(place + 8, true), true);
  to.setInt32(at + 14, ids.getInt32(place + 12, true), true);
  to.setInt32(at + 19, ids.getInt32(place + 16, true), true);
  to.setFloat64(at + 24, ids.getFloat64(place + 20, true), true);
  to.setInt32(at + 32, ids.getInt32(place + 28, true), true);
  to.setUint8(at + 14, FOUR);
  const digit = to.getUint8(at + 19);
  const number = digit >= LETTER_A ? digit - LETTER_A + 10 : digit - ZERO;
  to.setUint8(at + 19, VARIANTS.charCodeAt(number & 3));
}

/** The date of the day of the latest time, as its letters are written: data of a day follow each other. */
class Day {
  #start = Number.NaN;
  /** "2024-05-" */
  yearAndMonth = 0;
  /** "01" */
  dayOfMonth = 0;

  /** The milliseconds since the beginning of the day of a time. */
  enter(ms: number): number {
    const ofDay = ms - this.#start;
    if (ofDay >= 0 && ofDay < DAY_MS) return ofDay;
    this.#start = Math.floor(ms / DAY_MS) * DAY_MS;
    const letters = new DataView(utf8(new Date(this.#start).toISOString()).buffer);
    this.yearAndMonth = letters.getFloat64(0, true);
    this.dayOfMonth = letters.getUint16(8, true);
    return ms - this.#start;
  }
}

function newTemplate({ text, flags, offsetMs }: WrittenShape, setId: string, hasValue: boolean): Template {
  const hasDeviceTime = (flags & FLAGS.hasDerivedDeviceTime) !== 0;
  const hasGuid = (flags & FLAGS.hasOwnGuid) === 0;
  const parts: Uint8Array[] = [];
  let length = 0;
  const put = (part: string): number => {
    const bytes = encoder.encode(part);
    parts.push(bytes);
    length += bytes.length;
    return length;
  };
  const hole = (name: string, size: number): number => {
    const at = put(`,"${name}":"`);
    put(`${"-".repeat(size)}"`);
    return at;
  };
  put(`{${text}`);
  const timeAt = hole("time", TIME_LENGTH);
  const deviceTimeAt = hasDeviceTime ? hole("deviceTime", DEVICE_TIME_LENGTH) : -1;
  const idAt = hole("id", ID_LENGTH);
  const guidAt = hasGuid ? hole("guid", GUID_LENGTH) : -1;
  put(`,"uploadId":"${setId}"${hasValue ? VALUE : ""}`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, offsetMs, timeAt, deviceTimeAt, idAt, guidAt };
}

/** The same as text: of times that are not written with four digits of the year. */
function textOf(
  time: number,
  id: string,
  { text, flags, offsetMs }: WrittenShape,
  uploadId: string,
  rest: string,
): string {
  const guid = (flags & FLAGS.hasOwnGuid) !== 0 ? "" : `,"guid":"${guidOf(id)}"`;
  const clock = (flags & FLAGS.hasDerivedDeviceTime) !== 0 ? `,"deviceTime":"${localTime(time + offsetMs)}"` : "";
  return `{${text},"time":"${new Date(time).toISOString()}"${clock},"id":"${id}"${guid},"uploadId":"${uploadId}"${rest}}`;
}
