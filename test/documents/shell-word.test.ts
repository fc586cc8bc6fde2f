import { expect, test } from "vitest";
import { shellWord } from "../../scripts/shell-word.ts";

test.each([
  ["/tmp/state", "/tmp/state"],
  ["/home/ana/My Documents", "'/home/ana/My Documents'"],
  ["/tmp/$HOME;x", "'/tmp/$HOME;x'"],
  ["/tmp/it's", String.raw`'/tmp/it'\''s'`],
  ["", "''"],
])("%j is written as %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});
