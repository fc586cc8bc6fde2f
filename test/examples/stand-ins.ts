import { published } from "./clock.ts";

/**
 * What differs from run to run: ids, codes, keys and tokens. Each is replaced by a stand-in of the same form, the same value
 * by the same stand-in wherever it occurs, so that the examples still fit together.
 */

/** A source of the characters of stand-ins: the same characters for the same seed. */
function charactersOf(alphabet: string, length: number, seed: string): string {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  let characters = "";
  while (characters.length < length) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    characters += alphabet[(state >>> 8) % alphabet.length];
  }
  return characters;
}

const HEX = "0123456789abcdef";
const CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The seconds of the first day of the examples, with which their ids begin as ids of records do. */
const FIRST_SECOND = 0x69a5c400;

/** The size of every file: the real one depends on the compression of the runtime. */
const FILE_BYTES = 24_576;

/** The first bytes of every file. */
const FILE_BASE64 = "JVBERi0xLjcK";

interface Form {
  readonly name: string;
  readonly pattern: RegExp;
  readonly standIn: (n: number) => string;
}

const uuid = (n: number): string => {
  const digits = charactersOf(HEX, 32, `uuid ${n}`);
  const [a, b, c, d, e] = [
    [0, 8],
    [8, 12],
    [13, 16],
    [17, 20],
    [20, 32],
  ].map(([from, to]) => digits.slice(from, to));
  return `${a}-${b}-4${c}-a${d}-${e}`;
};

/** The forms of values that differ, the more specific ones first. */
const FORMS: readonly Form[] = [
  { name: "uuid", pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, standIn: uuid },
  {
    name: "share code",
    pattern: /\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b/g,
    standIn: (n) => charactersOf(CODE, 12, `code ${n}`).replace(/^(.{4})(.{4})/, "$1-$2-"),
  },
  {
    name: "record",
    pattern: /\b[0-9a-f]{24}\b/g,
    standIn: (n) => (FIRST_SECOND + n).toString(16) + charactersOf(HEX, 16, `record ${n}`),
  },
  {
    name: "datum",
    pattern: /\b[0-9a-f]{32}\b/g,
    standIn: (n) => charactersOf(HEX, 32, `datum ${n}`),
  },
  {
    name: "secret",
    pattern: /\bwhsec_[\w+/]{43}=/g,
    standIn: (n) => `whsec_${charactersOf(KEY, 43, `secret ${n}`)}=`,
  },
  {
    name: "key",
    pattern: /(?<![\w+/-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32}(?![\w+/=-])/g,
    standIn: (n) => charactersOf(KEY, 32, `key ${n}`),
  },
  {
    // Of ids that differ themselves.
    name: "version",
    pattern: /^[0-9a-f]{16}$/g,
    standIn: (n) => charactersOf(HEX, 16, `version ${n}`),
  },
  { name: "digest", pattern: /\b[0-9a-f]{64}\b/g, standIn: (n) => charactersOf(HEX, 64, `digest ${n}`) },
  {
    name: "hash",
    pattern: /(?<![\w+/=-])[\w+/]{43}=(?![\w+/=-])/g,
    standIn: (n) => `${charactersOf(KEY, 42, `hash ${n}`)}A=`,
  },
];

/** Replaces values in one example after the other. */
export class StandIns {
  readonly #given = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** The value with a stand-in for everything that differs from run to run, and with the dates of the examples. */
  replaceIn<T>(value: T): T {
    return this.#replaced(value) as T;
  }

  #replaced(value: unknown): unknown {
    if (typeof value === "string") return this.#replacedText(value);
    if (Array.isArray(value)) return value.map((part) => this.#replaced(part));
    if (value === null || typeof value !== "object") return value;
    const replaced = Object.fromEntries(
      Object.entries(value).map(([name, part]) => [this.#replacedText(name), this.#replaced(part)]),
    );
    if (replaced.contentType === "application/pdf")
      return { ...replaced, ...("data" in replaced ? { data: FILE_BASE64 } : { size: FILE_BYTES }) };
    return "sha256" in replaced ? { ...replaced, size: FILE_BYTES } : replaced;
  }

  #replacedText(text: string): string {
    const replaced = FORMS.reduce(
      (before, form) => before.replace(form.pattern, (value) => this.#standInFor(form, value)),
      text,
    );
    return published(replaced);
  }

  #standInFor({ name, standIn }: Form, value: string): string {
    const known = this.#given.get(value);
    if (known !== undefined) return known;
    const n = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, n);
    const given = standIn(n);
    // A stand-in that is met again, by a form that fits it as well, stays.
    this.#given.set(value, given).set(given, given);
    return given;
  }
}
