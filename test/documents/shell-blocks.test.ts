import { describe, expect, test } from "vitest";
import { blocksOf, differenceOf, sectionOf } from "../../scripts/shell-blocks.ts";

const fence = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;

describe("blocks of a document", () => {
  test("are the shell's, with what they print in the text block right after", () => {
    const markdown = `# It\n\n${fence("sh", "echo a")}\n\n${fence("text", "a")}\n\n${fence("sh", "echo b")}\n\nWords\n\n${fence("text", "c")}`;
    expect(blocksOf("x.md", markdown)).toMatchObject([
      { line: 3, text: "echo a", expected: "a", notRun: undefined },
      { line: 11, text: "echo b", expected: undefined },
    ]);
  });

  test("say in a comment why they are not run, that they go on, or which file they are", () => {
    const markdown = [
      `<!-- not run: it costs money -->\n${fence("sh", "pay")}`,
      `<!-- stays running: until "ready" -->\n${fence("sh", "serve")}`,
      `<!-- file: ../a.js -->\n${fence("js", "go()")}`,
    ].join("\n\n");
    expect(blocksOf("x.md", markdown)).toMatchObject([
      { notRun: "it costs money" },
      { readyWhen: "ready" },
      { writes: "../a.js" },
    ]);
  });

  test.each([
    `<!-- not run -->\n${fence("sh", "pay")}`,
    `<!-- skip: later -->\n${fence("sh", "pay")}`,
    `<!-- stays running: for a minute -->\n${fence("sh", "serve")}`,
    `<!-- not run: why -->\n${fence("ts", "pay()")}`,
  ])("are skipped by no comment that is not understood: %s", (markdown) => {
    expect(() => blocksOf("x.md", markdown)).toThrow(/^x\.md:/);
  });

  test("keep their lines in a section", () => {
    const markdown = `# It\n${fence("sh", "one")}\n## Tour\n${fence("sh", "two")}\n## Next\n${fence("sh", "three")}`;
    expect(blocksOf("x.md", sectionOf(markdown, "## Tour"))).toMatchObject([{ line: 6, text: "two" }]);
    expect(() => sectionOf(markdown, "## Gone")).toThrow();
  });
});

describe("what is printed", () => {
  test.each([
    ["a\nb", "a\nb\n"],
    ['{"id":"…","name":"Ada"}', '{"id":"17","name":"Ada"}'],
    ["…\nlast", "first\nsecond\nlast"],
    ["first\n…", "first"],
    ["first\n…", "first\nsecond"],
    ["", ""],
  ])("may be %j for %j", (expected, printed) => {
    expect(differenceOf(expected, printed)).toBeUndefined();
  });

  test.each([
    ["a", "a\nb", "no more"],
    ["a\nb", "a", "expected b"],
    ['{"id":"…","name":"Ada"}', '{"id":"17","name":"Bo"}', '"name":"Bo"'],
    ["aa…aa", "aaa", "printed  aaa"],
    ["", "a", "printed  a"],
  ])("may not be other than %j: %j", (expected, printed, difference) => {
    expect(differenceOf(expected, printed)).toContain(difference);
  });
});
