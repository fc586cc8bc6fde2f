import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstFreeName, SITE_NAME, siteNameKey, siteNameOfTag } from "./rules.ts";

const keys = (...names: string[]) => new Set(names.map(siteNameKey));

describe("firstFreeName", () => {
  test.each([
    ["Pumps", [], "Pumps"],
    ["Pumps", ["pumps"], "Pumps (2)"],
    ["Pumps", ["pumps", "Pumps (2)", "PUMPS (3)"], "Pumps (4)"],
    ["Pumps (9)", ["Pumps (9)"], "Pumps (10)"],
    ["Pumps(2)", ["Pumps(2)"], "Pumps(2) (2)"],
    ["Pumps", ["Pumps (2)"], "Pumps"],
    ["Pumps (9007199254740992)", ["Pumps (9007199254740992)"], "Pumps (9007199254740993)"],
  ])("of %j with %j taken is %j", (name, taken, free) => {
    expect(firstFreeName(name, keys(...taken))).toBe(free);
  });
});

describe("siteNameOfTag", () => {
  test("makes a name a site may have of every name a tag may have", () => {
    const first = fc.constantFrom(..."aZ0_+><-é日𝒳");
    const rest = fc.array(fc.constantFrom(..."aZ0_+><- \t\n\f\ré日𝒳"), { maxLength: 19 });
    fc.assert(fc.property(first, rest, (head, tail) => SITE_NAME.test(siteNameOfTag(head + tail.join("")))));
  });

  test.each([
    ["a\tb", "a b"],
    ["a \r\n b ", "a b"],
    ["plain", "plain"],
  ])("of %j is %j", (tag, site) => {
    expect(siteNameOfTag(tag)).toBe(site);
  });
});

describe("siteNameKey", () => {
  test.each([
    ["Straße", "STRAßE", true],
    ["ΣΑΣ", "σας", true],
    ["East", "East ", false],
    ["East Wing", "EastWing", false],
    ["East  Wing", "East Wing", false],
    ["é", "e", true],
    ["Straße", "STRASSE", true],
    ["Й", "И", false],
  ])("%j and %j: the same name is %j", (one, other, same) => {
    expect(siteNameKey(one) === siteNameKey(other)).toBe(same);
  });
});
