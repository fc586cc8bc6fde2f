import type { Head } from "../model/history-store.ts";

/**
 * The patients of a clinic as lists choose and order them: one array a value, not one record a patient. A roster is as a
 * clinic was after one change (its head), and is brought forward by the changes since.
 */

export type Cell = number | string | null;

/** A patient who has changed: the values of the asked columns now, none for one who has left. */
export interface Change {
  readonly key: number;
  /** Whether the order by name is another. */
  readonly isRenamed: boolean;
  readonly values: readonly Cell[] | undefined;
}

/** Columns of all patients, each in the order of the keys; null where one is more than is worth keeping. */
export interface Loaded {
  readonly keys: readonly number[];
  /** The keys by name, as one list for each name, where they were asked for. */
  readonly names?: readonly (readonly number[])[];
  readonly columns: readonly (readonly Cell[] | null)[];
}

/** A column in memory: numbers are there or NaN, texts are there or null. */
type Values = Float64Array | (string | null)[];

interface ByName {
  /** Positions of patients, in the order of their names. */
  readonly positions: Int32Array;
  /** For each of these, which of the different names it is. */
  readonly names: Int32Array;
}

/** A text takes a header and, where it is not Latin, two bytes a letter; rounded up. */
const TEXT_BYTES = 40;
const LETTER_BYTES = 2;
/** Room for patients who come while a roster is kept. */
const ROOM = 256;

const END_OF_NAME = "\n";
const NO_NAME = "\v";
const SURROGATE = /[\ud800-\udfff]/;

/** As the database orders texts: by code points. */
function compareNames(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareCodePoints([...a], [...b]);
  return a < b ? -1 : 1;
}

function compareCodePoints(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]!.codePointAt(0)! - b[i]!.codePointAt(0)!;
  }
  return a.length - b.length;
}

export class Roster {
  head: Head;
  /** Ascending. The position of a key is the position of its patient's values. */
  readonly #keys: number[];
  #hasLeft: Uint8Array;
  readonly #columns = new Map<string, Values>();
  /** What each column takes, counted when it comes. */
  readonly #taken = new Map<string, number>();
  byName: ByName | undefined;

  constructor(head: Head, keys: readonly number[]) {
    this.head = head;
    this.#keys = [...Float64Array.from(keys).toSorted()];
    this.#hasLeft = new Uint8Array(this.#keys.length + ROOM);
  }

  /** How many positions there are; those of patients who have left included. */
  get length(): number {
    return this.#keys.length;
  }

  /** Whether the clinic has no patients. */
  get isEmpty(): boolean {
    return this.#hasLeft.subarray(0, this.length).every((left) => left === 1);
  }

  keyAt(position: number): number {
    return this.#keys[position]!;
  }

  readonly isThere = (position: number): boolean => this.#hasLeft[position] === 0;

  /** 1 for each position whose patient is there, 0 for the others; the caller's to change. */
  present(): Uint8Array {
    const present = new Uint8Array(this.length);
    for (let position = 0; position < present.length; position++) present[position] = 1 - this.#hasLeft[position]!;
    return present;
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  numbers(name: string): Float64Array {
    return this.#columns.get(name) as Float64Array;
  }

  texts(name: string): readonly (string | null)[] {
    return this.#columns.get(name) as (string | null)[];
  }

  /** About how much memory it takes. */
  get bytes(): number {
    let bytes = this.length * 17;
    for (const taken of this.#taken.values()) bytes += taken;
    return bytes;
  }

  drop(name: string): void {
    this.#columns.delete(name);
    this.#taken.delete(name);
  }

  /** Adds a column, its values in the order of the keys given; patients unknown here are passed over. */
  add(name: string, isText: boolean, keys: readonly number[], values: readonly Cell[]): void {
    const column: Values = isText
      ? Array<string | null>(this.length).fill(null)
      : new Float64Array(this.length + ROOM).fill(Number.NaN);
    // What comes by key comes in the order it has here.
    for (let i = 0, position = 0; i < keys.length; i++, position++) {
      if (this.#keys[position] !== keys[i]) position = this.positionOf(keys[i]!);
      if (position >= 0) set(column, position, values[i]!);
    }
    this.#columns.set(name, column);
    this.#taken.set(
      name,
      Array.isArray(column)
        ? column.reduce((sum, text) => sum + TEXT_BYTES + LETTER_BYTES * (text?.length ?? 0), 0)
        : column.byteLength,
    );
  }

  /** Says the order of all patients by name, as one list of keys for each name. */
  orderByName(names: readonly (readonly number[])[]): void {
    const positions = new Int32Array(this.length);
    const places = new Int32Array(this.length);
    let at = 0;
    for (const [place, keys] of names.entries()) {
      for (const key of keys) {
        const position = this.positionOf(key);
        if (position < 0) continue;
        positions[at] = position;
        places[at] = place;
        at += 1;
      }
    }
    this.byName = { positions: positions.subarray(0, at), names: places.subarray(0, at) };
  }

  /** Says the same by texts that begin with the name and a character that is in none. Without a name one comes first. */
  orderByTexts(name: string): void {
    const texts = this.texts(name);
    const nameOf = (position: number) => {
      const text = texts[position] ?? "";
      return text.startsWith(NO_NAME) ? undefined : text.slice(0, text.indexOf(END_OF_NAME));
    };
    const named = this.#keys.flatMap((_, position) =>
      this.isThere(position) ? [{ position, name: nameOf(position) }] : [],
    );
    named.sort((a, b) => compareNames(a.name, b.name) || a.position - b.position);
    const names = new Int32Array(named.length);
    for (let i = 1; i < named.length; i++) names[i] = names[i - 1]! + (named[i]!.name === named[i - 1]!.name ? 0 : 1);
    this.byName = { positions: Int32Array.from(named, ({ position }) => position), names };
  }

  /** Brings the patients who have changed forward to a later head. The columns named have the values of the changes. */
  bringForward(head: Head, names: readonly string[], changes: readonly Change[]): void {
    for (const { key, isRenamed, values } of changes) {
      if (isRenamed) this.byName = undefined;
      let position = this.positionOf(key);
      if (position < 0) {
        // Came and left again, or comes.
        if (!values) continue;
        position = this.#insert(key);
      }
      this.#hasLeft[position] = values ? 0 : 1;
      if (values) for (const [i, name] of names.entries()) this.#set(name, position, values[i]!);
    }
    this.head = head;
  }

  #set(name: string, position: number, cell: Cell): void {
    const values = this.#columns.get(name);
    // A column may have been dropped since it was asked for.
    if (values) set(values, position, cell);
  }

  /** Makes room for a key at its place: mostly the last, but one who comes back may find others behind it who have left. */
  #insert(key: number): number {
    let position = this.#keys.length;
    while (position > 0 && this.#keys[position - 1]! > key) position -= 1;
    const end = this.#keys.length;
    this.#keys.splice(position, 0, key);
    this.byName = undefined;
    if (end >= this.#hasLeft.length) this.#hasLeft = grown(this.#hasLeft, end);
    this.#hasLeft.copyWithin(position + 1, position, end);
    for (const [name, values] of this.#columns) {
      if (Array.isArray(values)) {
        values.splice(position, 0, null);
        continue;
      }
      const roomy = end >= values.length ? grown(values, end) : values;
      roomy.copyWithin(position + 1, position, end);
      roomy[position] = Number.NaN;
      this.#columns.set(name, roomy);
    }
    return position;
  }

  /** Where the values of a key's patient are; negative where there is no such patient. */
  positionOf(key: number): number {
    let low = 0;
    let high = this.#keys.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#keys[middle]!;
      if (found === key) return middle;
      if (found < key) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function set(values: Values, position: number, cell: Cell): void {
  if (Array.isArray(values)) values[position] = cell as string | null;
  else values[position] = cell === null ? Number.NaN : (cell as number);
}

function grown<A extends Uint8Array | Float64Array>(values: A, position: number): A {
  const more = new (values.constructor as new (length: number) => A)(position + ROOM);
  more.set(values);
  return more;
}
