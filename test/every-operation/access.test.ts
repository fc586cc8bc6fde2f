import { beforeAll, describe, expect, test } from "vitest";
import { ACCESS } from "../../src/features/access/access-table.ts";
import { type Answer, type GivenClinic, givenClinic, newUserId, send, tokenFor, UNKNOWN_ID } from "../harness.ts";
import { XEALTH_VARIABLES } from "../ehr/fake-xealth.ts";
import { servedIn } from "../served-in.ts";
import { EXPECTED } from "./expected-access.ts";
import { notAllowed, refusalBody, withoutToken, wordsOf } from "./expected-refusals.ts";
import {
  allOperationsByName,
  namedBy,
  operationsByName,
  pathOf,
  pathOfKnown,
  principalsOf,
  queryOf,
  withOwnSecret,
} from "./principals.ts";

const MISSING = "session token is missing";
const INVALID = "session token is invalid";

const cases = operationsByName.flatMap(([name, operation]) =>
  principalsOf(operation).map((principal) => {
    const allowed = principal.rights.some((right) => EXPECTED[name]?.allowed.includes(right));
    return [
      `${name} ${allowed ? "lets in" : `${notAllowed(name).status} for`} ${principal.name}`,
      { operation, principal, allowed },
    ] as const;
  }),
);

const expectRefused = (name: string, answer: Answer) => {
  const refusal = notAllowed(name);
  expect([answer.status, answer.body]).toEqual([refusal.status, refusal.body]);
};
const expectLetIn = ({ status, body }: Answer) => {
  expect([401, 403]).not.toContain(status);
  expect(wordsOf(body)).not.toContain(MISSING);
};

describe("every operation", () => {
  const names = allOperationsByName.map(([name]) => name).toSorted();

  test("has one row in the expectations and one in the access table, and every row has its operation", () => {
    expect(names).toEqual([...new Set(names)]);
    expect(Object.keys(EXPECTED).toSorted()).toEqual(names);
    expect(Object.keys(ACCESS).toSorted()).toEqual(names);
  });

  const withToken = operationsByName.filter(([name]) => !EXPECTED[name]?.isOpen);
  const open = operationsByName.filter(([name]) => EXPECTED[name]?.isOpen);

  test.each(withToken)("%s: 400 without a token, 401 with a bad one", async (name, operation) => {
    const path = pathOf(operation, UNKNOWN_ID, newUserId());
    const { method } = operation.route;
    const expired = await tokenFor({ sub: newUserId() }, { expires: "-1h" });
    const missing = withoutToken(name);
    for (const without of [await send(method, path), await send(method, path, { token: "" })]) {
      expect([without.status, without.body]).toEqual([missing.status, missing.body]);
    }
    for (const [token, issueCode] of [
      ["nonsense", "login"],
      [expired, "expired"],
    ] as const) {
      const bad = await send(method, path, { token });
      expect([bad.status, bad.body]).toEqual([401, refusalBody(name, 401, INVALID, issueCode)]);
    }
  });

  test.each(open)("%s: 200 without a token, and with a bad one", async (_, operation) => {
    const path = pathOf(operation, UNKNOWN_ID, newUserId());
    for (const token of [undefined, "nonsense"]) {
      const answer = await send(operation.route.method, path, token === undefined ? {} : { token });
      expect(answer.status).toBe(200);
    }
  });
});

describe("an operation whose callers have a secret of their own", () => {
  const cases = withOwnSecret.flatMap(([name, operation]) =>
    principalsOf(operation).map(
      (principal) => [`${name} 401 for ${principal.name}`, { name, operation, principal }] as const,
    ),
  );

  test.each(cases)("%s", async (_, { name, operation, principal }) => {
    const caller = await principal.join(await givenClinic());
    const { method } = operation.route;
    const { query = "", isPage } = EXPECTED[name]!;
    const path = operation.route.path + query;
    const through = servedIn(XEALTH_VARIABLES);
    for (const [headers, body] of [
      [{}, EXPECTED[name]!.body],
      [{ "verification-token": caller.token, authorization: `Bearer ${caller.token}` }, EXPECTED[name]!.body],
      [{ "verification-token": "none" }, EXPECTED[name]!.body],
    ] as const) {
      const answer = await send(method.toUpperCase(), path, { token: caller.token, body, headers, through });
      expect([answer.status, answer.body?.code]).toEqual([401, isPage ? undefined : 401]);
    }
  });
});

describe("access", () => {
  let shared: GivenClinic;
  beforeAll(async () => {
    shared = await givenClinic();
  });

  test.each(cases)("%s", async (_, { operation, principal, allowed }) => {
    // What is let in may change the clinic: everybody gets their own, except readers.
    const clinic = operation.route.method === "get" ? shared : await givenClinic();
    const caller = await principal.join(clinic);
    const named = namedBy(principal, caller);
    const query = queryOf(operation.route.operationId, clinic.clinicId, named);
    const path = (await pathOfKnown(operation, clinic.clinicId, named)) + query;
    const answer = await caller.send(
      operation.route.method.toUpperCase(),
      path,
      EXPECTED[operation.route.operationId]?.body,
    );
    if (allowed) expectLetIn(answer);
    else expectRefused(operation.route.operationId, answer);
  });

  test.each(operationsByName.filter(([name]) => EXPECTED[name]?.body !== undefined))(
    "%s: the sample body is well-formed, so that its refusals are not validation's",
    async (name, operation) => {
      const clinic = await givenClinic();
      const caller = EXPECTED[name]!.allowed.includes("service") ? clinic.service : clinic.admin;
      const path = await pathOfKnown(operation, clinic.clinicId, newUserId());
      const answer = await caller.send(operation.route.method.toUpperCase(), path, EXPECTED[name]?.body);
      expect(answer.text).not.toMatch(/has an error/);
      // Where errors have codes of their own there is none at all.
      if (EXPECTED[name]?.form) expect([200, 201], answer.text).toContain(answer.status);
    },
  );
});
