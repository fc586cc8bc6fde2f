import { expect, test } from "vitest";

// Tests run with zod as it is published: a name that only the bundle lacks would fail when deployed.
const sources = import.meta.glob<string>(["../../src/**/*.ts", "!../../src/**/*.test.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const [parts = ""] = Object.values(
  import.meta.glob<string>(["../../build/zod-parts.js"], { query: "?raw", import: "default", eager: true }),
);
/** Names of types, which the bundle never sees. */
const TYPES: readonly string[] = ["core", "infer", "input", "output"];

test("the bundle has of zod what the sources call, and nothing else", () => {
  const called = Object.values(sources).flatMap((text) =>
    [...text.matchAll(/\bz\s*\.([a-z]\w*)/g)].map(([, name]) => name!),
  );
  const exported: string[] = [
    ...[...parts.matchAll(/^ {2}(\w+),$/gm)].map(([, name]) => name!),
    ...[...parts.matchAll(/^export \* as (\w+)/gm)].map(([, name]) => name!),
  ];
  expect(new Set(called.filter((name) => !TYPES.includes(name)))).toEqual(
    new Set(exported.filter((name) => name !== "ZodType")),
  );
});
