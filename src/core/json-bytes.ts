const encoder = new TextEncoder();
const FIRST_SIZE = 64 * 1024;
/** A UTF-16 unit is at most three bytes of UTF-8. */
const BYTES_PER_UNIT_MAX = 3;

const [POINT, ZERO, SMALL_E, CAPITAL_E] = [0x2e, 0x30, 0x65, 0x45];

/**
 * JSON written piece by piece into one run of bytes, for answers of a megabyte: objects that are made only to be
 * serialised cost several times what writing them does. The caller says what is valid JSON.
 */
export class JsonBytes {
  #bytes = new Uint8Array(FIRST_SIZE);
  #length = 0;

  /** Makes room for so many bytes more. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  text(text: string): void {
    this.#reserve(text.length * BYTES_PER_UNIT_MAX);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** A piece that was encoded before. */
  bytes(piece: Uint8Array): void {
    this.#reserve(piece.length);
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }

  /**
   * The number that stands at `from` until `to` of a text, as JSON.stringify would write it: the database writes whole
   * numbers with a point, which some readers take for no whole number.
   */
  number(text: string, from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = from; i < to; i++) {
      const unit = text.charCodeAt(i);
      if (unit === SMALL_E || unit === CAPITAL_E) return this.text(JSON.stringify(Number(text.slice(from, to))));
      bytes[at++] = unit;
    }
    this.#length = bytes[at - 1] === ZERO && bytes[at - 2] === POINT ? at - 2 : at;
  }

  /** What was written. Nothing may be written after. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}

export const encoded = (text: string): Uint8Array => encoder.encode(text);
