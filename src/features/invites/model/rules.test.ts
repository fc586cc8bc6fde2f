import { describe, expect, test } from "vitest";
import { newSecretKey } from "../../../platform/core/ids.ts";
import { acceptanceOf } from "./rules.ts";

describe("who may accept an invitation", () => {
  const sso = { emailDomain: "harbor.example", requiredIdp: "harbor-sso" };
  const other = { emailDomain: "Harbor.Example", requiredIdp: "second-sso" };
  const open = { emailDomain: "harbor.example" };

  test.each([
    ["anybody without restrictions, also without an address", [], undefined, undefined, { canAccept: true }],
    [
      "a domain of other letters, by its name in the DNS",
      [{ emailDomain: "xn--mnchen-3ya.example" }],
      "Ada@MÜNCHEN.example",
      undefined,
      { canAccept: true },
    ],
    ["an address of the domain", [open], "bo@harbor.example", undefined, { canAccept: true }],
    [
      "the domain in any case",
      [{ emailDomain: "HARBOR.example" }],
      "Bo@Harbor.EXAMPLE",
      undefined,
      { canAccept: true },
    ],
    ["the provider in any case", [sso], "bo@harbor.example", "HARBOR-SSO", { canAccept: true }],
    ["the second of two entries", [sso, other], "bo@harbor.example", "second-sso", { canAccept: true }],
    ["an entry without a provider after one with", [sso, open], "bo@harbor.example", undefined, { canAccept: true }],
    ["an empty provider is none", [{ ...sso, requiredIdp: "" }], "bo@harbor.example", undefined, { canAccept: true }],
  ] as const)("%s", (_, restrictions, email, provider, expected) => {
    expect(acceptanceOf(restrictions, email, provider)).toEqual(expected);
  });

  test.each([
    ["another domain", [sso], "bo@other.example", "harbor-sso", { canAccept: false }],
    ["what only begins with the domain", [open], "bo@harbor.example/ü", undefined, { canAccept: false }],
    ["a domain that is read as the same", [open], "bo@ｈarbor.example", undefined, { canAccept: false }],
    ["a subdomain", [open], "bo@sub.harbor.example", undefined, { canAccept: false }],
    ["a domain that only ends so", [open], "bo@notharbor.example", undefined, { canAccept: false }],
    ["no proved address", [open], undefined, undefined, { canAccept: false }],
    ["no provider", [sso], "bo@harbor.example", undefined, { canAccept: false, requiredIdp: "harbor-sso" }],
    ["a wrong one", [sso, other], "bo@harbor.example", "third", { canAccept: false, requiredIdp: "harbor-sso" }],
  ] as const)("not with %s", (_, restrictions, email, provider, expected) => {
    expect(acceptanceOf(restrictions, email, provider)).toEqual(expected);
  });
});

test("a key is 32 characters that need no escaping in a path, and never the same", () => {
  const keys = Array.from({ length: 500 }, newSecretKey);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(new Set(keys).size).toBe(500);
});
