/**
 * Counts the steps a backtracking matcher takes for an expression and a text: what a clock would show of a pattern that
 * takes too long, without a clock. Knows as much of the language as the product uses.
 */
type Node =
  | { kind: "one"; test: (character: string) => boolean; sample: string }
  | { kind: "edge"; test: (text: string, at: number) => boolean }
  | { kind: "look"; ahead: boolean; negative: boolean; of: Node }
  | { kind: "repeat"; of: Node; min: number; max: number }
  | { kind: "either"; of: Node[] }
  | { kind: "all"; of: Node[] };

const ALPHABET = [..."a1 /-+.@(:;=_xZ,)>e\t\n\u00e9\u0301\u0000"];

class Parser {
  #at = 0;
  readonly source: string;
  readonly flags: string;
  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
  }

  whole(): Node {
    const node = this.#either();
    if (this.#at < this.source.length) throw new Error(`not understood: ${this.source.slice(this.#at)}`);
    return node;
  }

  #either(): Node {
    const of = [this.#all()];
    while (this.source[this.#at] === "|") {
      this.#at += 1;
      of.push(this.#all());
    }
    return of.length === 1 ? of[0]! : { kind: "either", of };
  }

  #all(): Node {
    const of: Node[] = [];
    while (this.#at < this.source.length && !"|)".includes(this.source[this.#at]!)) of.push(this.#repeated());
    return { kind: "all", of };
  }

  #repeated(): Node {
    const of = this.#atom();
    const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.source.slice(this.#at));
    if (!match) return of;
    this.#at += match[0].length;
    const [, sign, low, comma, high] = match;
    if (sign) return { kind: "repeat", of, min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Infinity };
    return { kind: "repeat", of, min: Number(low), max: comma ? (high ? Number(high) : Infinity) : Number(low) };
  }

  #atom(): Node {
    const rest = this.source.slice(this.#at);
    const opened = /^\((?:\?(?::|<\w+>|(<?)([=!])))?/.exec(rest);
    if (opened) {
      this.#at += opened[0].length;
      const of = this.#either();
      this.#at += 1;
      const [, behind, look] = opened;
      return look ? { kind: "look", ahead: !behind, negative: look === "!", of } : of;
    }
    if (rest.startsWith("^")) return this.#edge(1, (_, at) => at === 0);
    if (rest.startsWith("$")) return this.#edge(1, (text, at) => at === text.length);
    if (rest.startsWith("\\b")) {
      const isWord = (character: string | undefined) => character !== undefined && /\w/.test(character);
      return this.#edge(2, (text, at) => isWord(text[at - 1]) !== isWord(text[at]));
    }
    const one =
      /^(?:\[(?:\\.|\[(?:\\.|[^\]\\])*\]|[^\]\\])*\]|\\[pP]\{[^}]+\}|\\u\{[^}]+\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.|[^])/.exec(
        rest,
      )!;
    this.#at += one[0].length;
    const expression = new RegExp(`^(?:${one[0]})$`, this.flags.replaceAll(/[gy]/g, ""));
    const literal = one[0].replace(/^\\(?=[^\w])/, "");
    const sample = [...ALPHABET, ...literal, "\n"].find((character) => expression.test(character)) ?? "?";
    return { kind: "one", test: (character) => expression.test(character), sample };
  }

  #edge(length: number, test: (text: string, at: number) => boolean): Node {
    this.#at += length;
    return { kind: "edge", test };
  }
}

/** A shortest text that the expression may match. */
function sampleOf(node: Node): string {
  switch (node.kind) {
    case "one":
      return node.sample;
    case "repeat":
      return sampleOf(node.of).repeat(Math.max(node.min, Math.min(1, node.max)));
    case "either":
      return sampleOf(node.of[0]!);
    case "all":
      return node.of.map(sampleOf).join("");
    default:
      return "";
  }
}

type Next = (at: number) => boolean;

/** The steps it takes to find the first match, or that there is none. */
function stepsFor(root: Node, text: string): number {
  let steps = 0;
  const run = (node: Node, at: number, next: Next): boolean => {
    steps += 1;
    switch (node.kind) {
      case "one":
        return at < text.length && node.test(text[at]!) && next(at + 1);
      case "edge":
        return node.test(text, at) && next(at);
      case "look": {
        const found = run(node.of, node.ahead ? at : Math.max(0, at - 1), () => true);
        return found !== node.negative && next(at);
      }
      case "either":
        return node.of.some((part) => run(part, at, next));
      case "all": {
        const from = (i: number, place: number): boolean =>
          i === node.of.length ? next(place) : run(node.of[i]!, place, (after) => from(i + 1, after));
        return from(0, at);
      }
      case "repeat": {
        const again = (count: number, place: number): boolean =>
          (count < node.max &&
            run(node.of, place, (after) => (after > place || count < node.min) && again(count + 1, after))) ||
          (count >= node.min && next(place));
        return again(0, at);
      }
    }
  };
  for (let start = 0; start <= text.length; start++) if (run(root, start, () => true)) break;
  return steps;
}

/** By how much the steps grow when the text does, from `n` to 8 × `n` characters: of the worst text that was tried. */
export function growth(source: string, flags: string, n: number): { factor: number; text: string } {
  const root = new Parser(source, flags).whole();
  const sample = sampleOf(root);
  const beginnings = [
    ...new Set(Array.from({ length: Math.min(sample.length, 12) + 1 }, (_, i) => sample.slice(0, i))),
  ];
  const units = [...new Set([...ALPHABET, sample.slice(0, 12), ...beginnings.slice(-2)])].filter((unit) => unit !== "");
  let worst = { factor: 0, text: "" };
  for (const beginning of beginnings) {
    for (const unit of units) {
      const textOf = (count: number) => `${beginning}${unit.repeat(Math.ceil(count / unit.length))}\u0001`;
      const [few, many] = [textOf(n), textOf(8 * n)].map((text) => stepsFor(root, text));
      const factor = many! / few!;
      if (factor > worst.factor) worst = { factor, text: textOf(2) };
    }
  }
  return worst;
}
