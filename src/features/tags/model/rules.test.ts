import { describe, expect, test } from "vitest";
import { storedTagName, TAG_NAME, tagNameKey } from "./rules.ts";

describe("tagNameKey", () => {
  test.each([
    ["Type 1", "t y p e 1", true],
    ["TYPE1", "type 1", true],
    ["ÄRZTE", "ärzte", true],
    ["a\tb", "ab", false],
    ["ab ", "ab", true],
  ])("%j and %j: the same name is %j", (one, other, same) => {
    expect(tagNameKey(one) === tagNameKey(other)).toBe(same);
  });
});

describe("TAG_NAME", () => {
  test.each(["a", "_", "+", ">", "<", "-", "7", "日", "a b", "a\t\n\f\rb"])("takes %j", (name) => {
    expect(TAG_NAME.test(name)).toBe(true);
  });
  test.each(["", " a", "a.b", "a\u00a0b", "a\vb", "e\u0301", "(a)", "a\u2003b"])("refuses %j", (name) => {
    expect(TAG_NAME.test(name)).toBe(false);
  });
});

test("storedTagName drops the white space at the end", () => {
  expect(storedTagName("Pumps \t")).toBe("Pumps");
});
