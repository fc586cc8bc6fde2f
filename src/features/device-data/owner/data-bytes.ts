import { guidOf } from "../model/forms.ts";
import { type DataColumns, ID_LENGTH, idAt } from "./columns.ts";
import { FLAGS, localTime } from "./packed.ts";

/** What the data of a shape are written with. */
export interface WrittenShape {
  readonly offsetMs: number;
  readonly flags: number;
  /** Members of a JSON object, without its braces. */
  readonly text: string;
}

/** The part of a datum that is as long in all data of a shape and a set, and where its own letters go. */
interface Template {
  readonly bytes: Uint8Array;
  readonly timeAt: number;
  /** -1: there is none to be written. */
  readonly deviceTimeAt: number;
  readonly idAt: number;
  readonly guidAt: number;
}

const encoder = new TextEncoder();
const DAY_MS = 86_400_000;
const [ZERO, COLON, POINT, COMMA, FOUR] = [0x30, 0x3a, 0x2e, 0x2c, 0x34];
const [LETTER_T, LETTER_Z, LETTER_A, LETTER_F, CLOSING] = [0x54, 0x5a, 0x61, 0x66, 0x7d];
const TIME_LENGTH = "2024-05-01T20:15:30.000Z".length;
const DEVICE_TIME_LENGTH = "2024-05-01T20:15:30".length;
const GUID_LENGTH = 36;
/** Times outside of these years are written with a sign and more digits. */
const [FIRST_MS, LAST_MS] = [Date.parse("0000-01-01T00:00:00Z"), Date.parse("9999-12-31T23:59:59.999Z")];
const hasFourDigits = (ms: number) => ms >= FIRST_MS && ms <= LAST_MS;
/** The bit of a small letter, which digits have as well. */
const SMALL = 0x20;
const VARIANTS = "89ab";
/** A UTF-16 unit takes up to three bytes. */
const BYTES_PER_UNIT_MAX = 3;
/** A little more than a reading takes: of readings alone no buffer is outgrown. */
const DATUM_BYTES = 384;

/**
 * Writes data in the form of readers as members of a JSON list. Copies what data of a shape have in common and puts the
 * letters of one datum into it: making a text of each takes several times as long.
 */
export class DataBytes {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  readonly #templates = new Map<number, Map<number, Template>>();
  readonly #shapes: ReadonlyMap<number, WrittenShape>;
  readonly #setIds: ReadonlyMap<number, string>;
  readonly #days = [new Day(), new Day()] as const;

  /** `count`: how many data are expected. */
  constructor(shapes: ReadonlyMap<number, WrittenShape>, setIds: ReadonlyMap<number, string>, count: number) {
    this.#bytes = new Uint8Array(count * DATUM_BYTES);
    this.#shapes = shapes;
    this.#setIds = setIds;
  }

  /** What was written, once, in a buffer of its own length: of a part of a buffer the whole would be sent to the caller. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer.transfer(this.#length));
  }

  /** A datum as it is. */
  text(text: string): void {
    this.#reserve(text.length * BYTES_PER_UNIT_MAX + 1);
    this.#separate();
    this.#append(text);
  }

  /** The datum at a place of columns. `rests`: further members, behind a comma. */
  datum(columns: DataColumns, at: number): void {
    const { ids } = columns;
    const [time, shapeKey, setKey] = [columns.times[at]!, columns.shapes[at]!, columns.setKeys[at]!];
    const [value, further] = [columns.values[at]!, columns.rests[at] ?? ""];
    const shape = this.#shapes.get(shapeKey)!;
    if (!hasFourDigits(time) || !hasFourDigits(time + shape.offsetMs)) {
      this.text(textOf(time, idAt(columns, at), shape, this.#setIds.get(setKey)!, value, further));
      return;
    }
    const template = this.#templateOf(shapeKey, setKey, shape);
    const measured = value === null ? "" : `,"value":${value}`;
    this.#reserve(template.bytes.length + measured.length + further.length * BYTES_PER_UNIT_MAX + 2);
    this.#separate();
    const start = this.#length;
    this.#bytes.set(template.bytes, start);
    this.#length += template.bytes.length;
    const bytes = this.#bytes;
    writeTime(bytes, start + template.timeAt, time, this.#days[0], true);
    if (template.deviceTimeAt >= 0) {
      writeTime(bytes, start + template.deviceTimeAt, time + shape.offsetMs, this.#days[1], false);
    }
    if (template.guidAt >= 0)
      writeIdAndGuid(bytes, start + template.idAt, start + template.guidAt, ids, at * ID_LENGTH);
    else writeAscii(bytes, start + template.idAt, idAt(columns, at));
    writeAscii(bytes, this.#length, measured);
    this.#length += measured.length;
    if (further !== "") this.#append(further);
    this.#bytes[this.#length++] = CLOSING;
  }

  #separate(): void {
    if (this.#length > 0) this.#bytes[this.#length++] = COMMA;
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
  }

  #templateOf(shapeKey: number, setKey: number, shape: WrittenShape): Template {
    let ofSet = this.#templates.get(setKey);
    if (!ofSet) this.#templates.set(setKey, (ofSet = new Map()));
    let template = ofSet.get(shapeKey);
    if (!template) ofSet.set(shapeKey, (template = newTemplate(shape, this.#setIds.get(setKey)!)));
    return template;
  }
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function writeTwoDigits(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  bytes[at] = ZERO + tens;
  bytes[at + 1] = ZERO + value - 10 * tens;
}

/** Date and time; the zone and the milliseconds of an instant. */
function writeTime(bytes: Uint8Array, at: number, ms: number, day: Day, isInstant: boolean): void {
  const ofDay = day.enter(ms);
  const seconds = (ofDay / 1000) | 0;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  writeAscii(bytes, at, day.text);
  bytes[at + 10] = LETTER_T;
  writeTwoDigits(bytes, at + 11, hours);
  bytes[at + 13] = COLON;
  writeTwoDigits(bytes, at + 14, minutes - 60 * hours);
  bytes[at + 16] = COLON;
  writeTwoDigits(bytes, at + 17, seconds - 60 * minutes);
  if (!isInstant) return;
  const milliseconds = ofDay - 1000 * seconds;
  const hundreds = (milliseconds / 100) | 0;
  bytes[at + 19] = POINT;
  bytes[at + 20] = ZERO + hundreds;
  writeTwoDigits(bytes, at + 21, milliseconds - 100 * hundreds);
  bytes[at + 23] = LETTER_Z;
}

/** The guid as `guidOf` makes it: the digits of the id in their groups, with those of the version and the variant. */
function writeIdAndGuid(bytes: Uint8Array, idPlace: number, guidAt: number, ids: string, from: number): void {
  let to = guidAt;
  let largest = 0;
  for (let i = 0; i < ID_LENGTH; i++) {
    if (i === 8 || i === 12 || i === 16 || i === 20) to += 1;
    const letter = ids.charCodeAt(from + i) | SMALL;
    bytes[idPlace + i] = letter;
    bytes[to++] = letter;
    if (letter > largest) largest = letter;
  }
  // An id has digits and small letters alone.
  if (largest > LETTER_F) return writeAscii(bytes, guidAt, guidOf(ids.slice(from, from + ID_LENGTH).toLowerCase()));
  bytes[guidAt + 14] = FOUR;
  const digit = ids.charCodeAt(from + 16) | SMALL;
  const number = digit >= LETTER_A ? digit - LETTER_A + 10 : digit - ZERO;
  bytes[guidAt + 19] = VARIANTS.charCodeAt(number & 3);
}

/** The date of the day of the latest time: data of a day follow each other. */
class Day {
  #start = Number.NaN;
  text = "";

  /** The milliseconds since the beginning of the day of a time. */
  enter(ms: number): number {
    const ofDay = ms - this.#start;
    if (ofDay >= 0 && ofDay < DAY_MS) return ofDay;
    this.#start = Math.floor(ms / DAY_MS) * DAY_MS;
    this.text = new Date(this.#start).toISOString().slice(0, 10);
    return ms - this.#start;
  }
}

function newTemplate({ text, flags }: WrittenShape, setId: string): Template {
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
  put(`,"uploadId":"${setId}"`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, timeAt, deviceTimeAt, idAt, guidAt };
}

/** The same as text: of times that are not written with four digits of the year. */
function textOf(
  time: number,
  id: string,
  { text, flags, offsetMs }: WrittenShape,
  uploadId: string,
  value: number | null,
  rest: string,
): string {
  const guid = (flags & FLAGS.hasOwnGuid) !== 0 ? "" : `,"guid":"${guidOf(id)}"`;
  const clock = (flags & FLAGS.hasDerivedDeviceTime) !== 0 ? `,"deviceTime":"${localTime(time + offsetMs)}"` : "";
  const measured = value === null ? "" : `,"value":${value}`;
  return `{${text},"time":"${new Date(time).toISOString()}"${clock},"id":"${id}"${guid},"uploadId":"${uploadId}"${measured}${rest}}`;
}
