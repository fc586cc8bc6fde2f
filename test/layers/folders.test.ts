import { describe, expect, test } from "vitest";

const [architecture = ""] = Object.values(
  import.meta.glob<string>(["../../ARCHITECTURE.md"], { query: "?raw", import: "default", eager: true }),
);
const files = Object.keys(import.meta.glob(["../../src/{platform,features}/**/*.ts"]));

/** The folders right below a wing. */
const foldersOf = (wing: string): string[] => [
  ...new Set(files.flatMap((file) => new RegExp(`^\\.\\./\\.\\./src/${wing}/([\\w-]+)/`).exec(file)?.[1] ?? [])),
];

/** What the first column of a table names; a path below another folder of it is no folder of the wing. */
function namedIn(heading: string, text: string): string[] {
  const rows = text.split(`| ${heading} | holds |\n`)[1]?.split("\n\n")[0]?.split("\n").slice(1) ?? [];
  const columns = rows.map((row) => row.split("|")[1] ?? "");
  return columns.flatMap((column) => [...column.matchAll(/`([\w-]+)`/g)].map((match) => match[1]!));
}

describe.each(["platform", "features"])("the table of src/%s in ARCHITECTURE.md", (wing) => {
  test("has every folder, and no other, each once", () => {
    expect(foldersOf(wing).length).toBeGreaterThan(10);
    expect(namedIn(`${wing} folder`, architecture).toSorted()).toEqual(foldersOf(wing).toSorted());
  });
});
