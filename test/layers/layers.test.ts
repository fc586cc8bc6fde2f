import { describe, expect, test } from "vitest";
import { folderCycles, importsOf, refusalOf } from "./layers.ts";

// Tests have no file system; the bundler reads the files for them.
const sources = Object.entries(
  import.meta.glob<string>(["../../src/**/*.ts", "!../../src/**/*.test.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  }),
).map(([file, text]) => [file.replace("../../", ""), text] as const);
const imports = sources.flatMap(([file, text]) => importsOf(file, text));

describe("imports", () => {
  test("are seen: of every file, by kind", () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(new Set(imports.map(({ from }) => from)).size).toBeGreaterThan(250);
    expect(imports.filter(({ isType }) => isType).length).toBeGreaterThan(100);
  });

  test("go where the table lets them", () => {
    expect(imports.map(refusalOf).filter((refusal) => refusal !== undefined)).toEqual([]);
  });

  test("make no cycle of folders, not even of types", () => {
    expect(folderCycles(imports)).toEqual([]);
  });
});

test("no statement of an object goes around the wrapper", () => {
  const around = /\bstorage\s*\??\.\s*(?:sql|transactionSync|transaction)\b|\bsql\s*\.\s*exec\b/;
  expect(around.test("this.ctx.storage.sql.exec(text)")).toBe(true);
  const files = sources.filter(([, text]) => around.test(text)).map(([file]) => file);
  expect(files).toEqual(["src/platform/objects/object-sql.ts"]);
});

test("tables have the kinds of columns that a deployed Worker has, and leave constraints to the migrations", () => {
  const others =
    /\b(?:blob|customType|numeric|foreignKey|unique)\b[^;]*from "drizzle-orm\/sqlite-core"|\.(?:references|unique)\(/;
  expect(others.test('import { blob, text } from "drizzle-orm/sqlite-core";')).toBe(true);
  expect(others.test('id: text("id").references(() => clinics.id),')).toBe(true);
  expect(sources.filter(([, text]) => others.test(text)).map(([file]) => file)).toEqual([]);
});

test("one application is made, and what every request passes is made with it", () => {
  const makers = sources.filter(([, text]) => /new OpenAPIHono\b/.test(text)).map(([file]) => file);
  expect(makers).toEqual(["src/entry/app.ts"]);
  const [, app] = sources.find(([file]) => file === "src/entry/app.ts")!;
  expect([...app.matchAll(/\bcreateApp\(operations\)/g)]).toHaveLength(1);
  expect(app).toMatch(/^const preflight = cors\(/m);
});

describe("a planted import is refused", () => {
  const planted = (file: string, statement: string) => importsOf(file, `${statement}\n`).map(refusalOf);

  test.each([
    [
      "src/platform/core/ids.ts",
      'import { x } from "../../features/clinics/model/rules.ts";',
      "platform imports no feature",
    ],
    [
      "src/platform/core/ids.ts",
      'import type { X } from "../../features/clinics/model/store.ts";',
      "platform imports no feature",
    ],
    ["src/platform/core/ids.ts", 'import { app } from "../../entry/app.ts";', "platform imports no feature"],
    ["src/features/sites/create-site.ts", 'import { app } from "../../entry/app.ts";', "features import no wiring"],
    [
      "src/features/sites/create-site.ts",
      'import { givenClinic } from "../../../test/harness.ts";',
      "never imports tests",
    ],
    ["src/features/sites/create-site.ts", 'import { sql } from "drizzle-orm";', "SQL stands in statement files"],
    [
      "src/features/sites/create-site.ts",
      'import type { Context } from "hono";',
      "only the request pipeline knows HTTP",
    ],
    ["src/features/sites/model/schema.ts", 'import { z } from "zod";', "z comes from @hono/zod-openapi"],
    ["src/features/sites/model/schema.ts", 'import { insertSite } from "./store.ts";', "rows by type only"],
    ["src/features/sites/model/rules.ts", 'import { z } from "../../../platform/core/wire.ts";', "rules are pure"],
    [
      "src/features/sites/model/store.ts",
      'import { replayed } from "../../../platform/request/replays-store.ts";',
      "no request",
    ],
    [
      "src/features/sites/routes/create-site.ts",
      'import { insertSite } from "../model/store.ts";',
      "a route calls its verb",
    ],
    ["src/features/sites/routes/create-site.ts", 'import { x } from "./delete-site.ts";', "a route calls its verb"],
    ["src/features/sites/create-site.ts", 'import { x } from "./routes/create-site.ts";', "routes are imported by"],
    ["src/features/sites/create-site.ts", 'const x = await import("../../entry/app.ts");', "features import no wiring"],
  ])("%s: %s", (file, statement, why) => {
    expect(planted(file, statement)).toEqual([expect.stringContaining(why)]);
  });

  test("as a cycle of folders is told, of types as well", () => {
    const cycle = [
      ...importsOf("src/features/a/x.ts", 'import { y } from "../b/y.ts";\n'),
      ...importsOf("src/features/b/y.ts", 'import type { Z } from "../c/z.ts";\n'),
      ...importsOf("src/features/c/z.ts", 'import type { X } from "../a/x.ts";\n'),
      ...importsOf("src/features/d/w.ts", 'import { x } from "../a/x.ts";\n'),
    ];
    expect(folderCycles(cycle)).toEqual([["src/features/a", "src/features/b", "src/features/c"]]);
  });

  test("while its neighbours are let through", () => {
    expect(planted("src/features/sites/create-site.ts", 'import type { SQL } from "drizzle-orm";')).toEqual([
      undefined,
    ]);
    expect(planted("src/features/sites/model/store.ts", 'import { sql } from "drizzle-orm";')).toEqual([undefined]);
    expect(planted("src/entry/app.ts", 'import { cors } from "hono/cors";')).toEqual([undefined]);
  });
});
