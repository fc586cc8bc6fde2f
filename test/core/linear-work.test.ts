import { afterEach, describe, expect, test, vi } from "vitest";
import { prefersAsync } from "../../src/platform/core/wire.ts";
import { isTooDeep } from "../../src/platform/request/json-body.ts";
import { validQuery } from "../../src/platform/request/validate.ts";
import { knowsPath } from "../../src/platform/request/mount.ts";
import { operations } from "../../src/entry/operations.ts";
import { growth } from "./backtracking.ts";

const sources = Object.entries(
  import.meta.glob<string>(["../../src/**/*.ts", "!../../src/**/*.test.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

const LITERAL =
  /(?<=[=(,:[!&|?;]\s*|^\s*|\breturn |\n\s*)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/([dgimsuvy]*)(?=[\s.,;)\]])/g;

/** Every expression that stands in the sources, with its file. */
const expressions = sources.flatMap(([file, text]) =>
  text
    .split("\n")
    .filter((line) => !/^\s*(?:\/\/|\*|\/\*|import |export \{)/.test(line))
    .flatMap((line) => [...line.matchAll(LITERAL)])
    .map((match) => [file.replace("../../", ""), match[1]!, match[2]!] as const),
);

/** What meets no text from outside. */
const NOT_FROM_OUTSIDE: Readonly<Record<string, string>> = {
  "([A-Z]+)([A-Z][a-z])": "names of our own statistics",
  "\\/+$": "the ends of URLs in the configuration",
  "\\(?(file|https?):\\/\\/[^)]*\\/([^/)]+)\\)?": "the first 300 characters of a line of a stack",
};

/** Twice what work in proportion to the text would be: a square would be 64. */
const GROWTH_MAX = 16;

describe("expressions", () => {
  test("are found, and a square is told from a line", () => {
    expect(expressions.length).toBeGreaterThan(30);
    expect(expressions.map(([, source]) => source)).toContain("^bearer +(\\S+)$");
    expect(growth("^(a+)+$", "", 2).factor).toBeGreaterThan(1_000);
    expect(growth("\\s+$", "", 40).factor).toBeGreaterThan(32);
    expect(growth("^\\s+$", "", 40).factor).toBeLessThan(10);
  });

  test.each(expressions.filter(([, source]) => !(source in NOT_FROM_OUTSIDE)))(
    "%s: /%s/%s takes work in proportion to its text",
    (_, source, flags) => {
      const { factor, text } = growth(source, flags, 40);
      expect(factor, JSON.stringify(text)).toBeLessThan(GROWTH_MAX);
    },
  );

  test("of paths take work in proportion to the path", () => {
    for (const { route } of operations) {
      const pattern = `^${route.path.replaceAll(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}$`;
      expect(growth(pattern, "", 40).factor).toBeLessThan(GROWTH_MAX);
    }
    expect(knowsPath(operations)("/v1/clinics")).toBe(true);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** How many characters are looked at by the ways there are to look at one, or to search for one. */
function lookedAt(work: () => void): number {
  let count = 0;
  for (const way of ["charCodeAt", "codePointAt", "charAt"] as const) {
    const original: (at: number) => unknown = String.prototype[way];
    vi.spyOn(String.prototype, way).mockImplementation(function (this: string, at: number) {
      count += 1;
      return original.call(this, at);
    } as never);
  }
  for (const way of ["indexOf"] as const) {
    const original: (search: string, from: number) => number = String.prototype[way];
    vi.spyOn(String.prototype, way).mockImplementation(function (this: string, search, from = 0) {
      const found = original.call(this, search, from);
      count += (found < 0 ? this.length : found) + 1 - from;
      return found;
    });
  }
  for (const way of ["split", "trim", "toLowerCase", "includes", "startsWith"] as const) {
    const original = String.prototype[way] as (...rest: unknown[]) => unknown;
    vi.spyOn(String.prototype, way).mockImplementation(function (this: string, ...rest: unknown[]) {
      count += this.length;
      return original.apply(this, rest);
    } as never);
  }
  work();
  vi.restoreAllMocks();
  return count;
}

describe("what is read by hand takes work in proportion to its length", () => {
  const list = operations.find(({ route }) => route.operationId === "ListPatients")!.route;
  test.each<[string, (n: number) => () => void]>([
    ["Prefer", (n) => () => prefersAsync("a;,".repeat(n))],
    ["Prefer of blanks", (n) => () => prefersAsync(" ".repeat(n))],
    ["nested JSON", (n) => () => isTooDeep("[]".repeat(n))],
    ["JSON of quotes", (n) => () => isTooDeep('"\\"'.repeat(n))],
    ["a query without signs of equality", (n) => () => validQuery(list, new URLSearchParams("a&".repeat(n)))],
    ["a query of unknown parameters", (n) => () => validQuery(list, new URLSearchParams("a=1&".repeat(n)))],
  ])("%s", (_, of) => {
    const [few, many] = [lookedAt(of(1_000)), lookedAt(of(8_000))];
    expect(many).toBeLessThan(GROWTH_MAX * Math.max(few, 1_000));
  });

  test("Accept", async () => {
    const { parseAccept } = await import("hono/utils/accept");
    for (const header of ["a;", "a,", ' ;q="', "a;q=1,", " ", '"', "a=b;"]) {
      const [few, many] = [1_000, 8_000].map((n) => lookedAt(() => parseAccept(header.repeat(n))));
      expect(many, header).toBeLessThan(GROWTH_MAX * Math.max(few!, 1_000));
    }
  });
});
