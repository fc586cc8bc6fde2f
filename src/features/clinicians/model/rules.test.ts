import { describe, expect, test } from "vitest";
import { areSameRoles, clinicianSearchKey, searchWords } from "./rules.ts";

describe("rules of clinicians", () => {
  test("a search key has the folded name, then the folded address, and no word reaches from one into the other", () => {
    expect(clinicianSearchKey("José ÅBERG", "Jo@People.test")).toBe("jose aberg\njo@people.test");
    expect(clinicianSearchKey(null, null)).toBe("\n");
  });

  test.each([
    ["  José  ABERG ", ["jose", "aberg"]],
    ["a\u00a0b\tc", ["a", "b", "c"]],
    ["   ", []],
    ["\u0301", ["\n\n"]],
    ["jos\0e", ["\n\n"]],
  ])("the words of %j are %j", (search, words) => {
    expect(searchWords(search)).toEqual(words);
  });

  test("roles are the same in any order, and differ by one", () => {
    expect(areSameRoles(["CLINIC_ADMIN", "PRESCRIBER"], ["PRESCRIBER", "CLINIC_ADMIN"])).toBe(true);
    expect(areSameRoles(["CLINIC_ADMIN"], ["CLINIC_ADMIN", "PRESCRIBER"])).toBe(false);
    expect(areSameRoles(["CLINIC_ADMIN"], ["CLINIC_MEMBER"])).toBe(false);
  });
});
