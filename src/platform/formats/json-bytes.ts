const encoder = new TextEncoder();
const FIRST_SIZE = 64 * 1024;
/** A longer buffer is not reused. */
const KEPT_SIZE_MAX = 4 * 1024 * 1024;
/** A UTF-16 unit is at most three bytes of UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
/** Shorter texts are copied unit by unit, which is faster than the encoder. */
const SHORT_TEXT_MAX = 32;

const [MINUS, POINT, ZERO, NINE, COMMA, CLOSING] = [0x2d, 0x2e, 0x30, 0x39, 0x2c, 0x5d];
const [SMALL_E, CAPITAL_E, SMALL_N, ASCII_MAX] = [0x65, 0x45, 0x6e, 0x7f];

/** The buffer of the last writer, for reuse: zero-filling a new megabyte costs time. */
let spare: Uint8Array<ArrayBuffer> | undefined;

/** The encoded keys of an object's members, in order: `,"name":` of each, padded to whole words. */
export interface Keys {
  readonly words: Uint32Array;
  /** Index of the first word of the n-th key, and the end as last entry. */
  readonly starts: Uint32Array;
  /** Length of the n-th key in bytes, without padding. */
  readonly lengths: Uint32Array;
}
const WORD_BYTES = 4;

/** A value that is written as JSON already. */
export class WrittenJson {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}

/**
 * Writes JSON piecewise into one buffer: for the long responses with patients' summaries, building objects only to
 * serialise them costs several times as much. The caller is responsible for valid JSON.
 */
export class JsonBytes {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor() {
    this.#bytes = spare ?? new Uint8Array(FIRST_SIZE);
    spare = undefined;
  }

  /** Makes room for this many more bytes. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  text(text: string): void {
    this.#reserve(text.length * BYTES_PER_UNIT_MAX);
    if (text.length > SHORT_TEXT_MAX || !this.#ascii(text)) {
      this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
    }
  }

  /** Copies the text if it is ASCII; returns whether it was. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > ASCII_MAX) return false;
      bytes[at++] = unit;
    }
    this.#length = at;
    return true;
  }

  /** Appends encoded bytes. */
  bytes(piece: Uint8Array): void {
    this.#reserve(piece.length);
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }

  /**
   * Writes an object's members without braces, each with a leading comma: each key with its number from a JSON list of
   * the database (nested lists are flattened), starting at `from`; null omits the member. Numbers are formatted as by
   * JSON.stringify: the database writes integers with a decimal point, which some parsers do not accept as integers.
   */
  members({ words, starts, lengths }: Keys, list: string, from: number): void {
    const most = words.byteLength + list.length;
    this.#reserve(most);
    let bytes = this.#bytes;
    let view = new DataView(bytes.buffer);
    let at = this.#length;
    let member = 0;
    for (let i = from; i < list.length; i++) {
      const unit = list.charCodeAt(i);
      if (unit === SMALL_N) {
        member += 1;
        i += "null".length - 1;
      } else if (unit === MINUS || (unit >= ZERO && unit <= NINE)) {
        // Copies four bytes at a time; the value overwrites the padding.
        const end = starts[member + 1]!;
        for (let word = starts[member]!, to = at; word < end; word++, to += WORD_BYTES) {
          view.setUint32(to, words[word]!, true);
        }
        at += lengths[member]!;
        const [valueAt, begin] = [at, i];
        let hasExponent = false;
        for (let next = unit; next !== COMMA && next !== CLOSING; next = list.charCodeAt(i)) {
          if (next === SMALL_E || next === CAPITAL_E) hasExponent = true;
          bytes[at++] = next;
          i += 1;
        }
        if (hasExponent) {
          this.#length = valueAt;
          this.text(JSON.stringify(Number(list.slice(begin, i))));
          this.#reserve(most);
          [bytes, at] = [this.#bytes, this.#length];
          view = new DataView(bytes.buffer);
        } else if (bytes[at - 1] === ZERO && bytes[at - 2] === POINT) {
          at -= 2;
        }
        member += 1;
      }
    }
    this.#length = at;
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#length;
  }

  /** A copy of what was written since it had this length. */
  since(length: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(length, this.#length);
  }

  /** Returns the bytes; the writer must not be used afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    if (this.#bytes.length <= KEPT_SIZE_MAX) spare = this.#bytes;
    this.#bytes = taken;
    return taken;
  }
}

export const encoded = (text: string): Uint8Array => encoder.encode(text);

/** Encodes the keys of members with these names. */
export function keysOf(names: readonly string[]): Keys {
  const keys = names.map((name) => encoded(`,${JSON.stringify(name)}:`));
  const lengths = Uint32Array.from(keys, (key) => key.length);
  const starts = new Uint32Array(keys.length + 1);
  for (const [n, length] of lengths.entries()) starts[n + 1] = starts[n]! + Math.ceil(length / WORD_BYTES);
  const words = new Uint32Array(starts[keys.length]!);
  for (const [n, key] of keys.entries()) {
    const padded = new Uint8Array(WORD_BYTES * (starts[n + 1]! - starts[n]!));
    padded.set(key);
    const from = new DataView(padded.buffer);
    for (let i = 0; i < padded.length; i += WORD_BYTES) words[starts[n]! + i / WORD_BYTES] = from.getUint32(i, true);
  }
  return { words, starts, lengths };
}
