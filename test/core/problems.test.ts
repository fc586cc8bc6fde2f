import { beforeAll, describe, expect, test } from "vitest";
import { STATUS } from "../../src/platform/core/errors.ts";
import { problemNameOf } from "../../src/platform/request/problem.ts";
import { servedIn } from "../served-in.ts";
import { description } from "../description.ts";
import { type GivenClinic, givenClinic, givenPatient, send, UNKNOWN_ID } from "../harness.ts";

const PROBLEM = "application/problem+json";
let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
const typeOf = (name: string) => `urn:clinics-edge:problem:${name}`;

describe("a request that accepts problem details gets them", () => {
  test.each([
    ["not-found", 404, () => clinic.admin.get(`/v1/clinics/${UNKNOWN_ID}`, { accept: PROBLEM })],
    ["bad-request", 400, () => clinic.admin.get(`/v1/clinics/x`, { accept: PROBLEM })],
    ["forbidden", 403, () => clinic.outsider.get(`${clinic.path}/patients`, { accept: PROBLEM })],
    ["unauthorized", 401, () => send("GET", clinic.path, { token: "x", headers: { accept: PROBLEM } })],
    ["no-operation", 404, () => clinic.admin.get("/v1/nothing", { accept: PROBLEM })],
    ["method-not-allowed", 404, () => clinic.admin.patch(clinic.path, {}, { accept: PROBLEM })],
    [
      "unsupported-media-type",
      415,
      () => clinic.admin.put(clinic.path, "x", { accept: PROBLEM, "content-type": "text/csv" }),
    ],
    [
      "precondition-failed",
      412,
      () =>
        clinic.admin.put(clinic.path, { name: "N", preferredBgUnits: "mg/dL" }, { accept: PROBLEM, "if-match": '"x"' }),
    ],
    ["data-set-id-not-found", 404, () => clinic.service.get(`/v1/data_sets/${"0".repeat(32)}`, { accept: PROBLEM })],
    ["forbidden", 403, () => clinic.outsider.get(`/data/${clinic.admin.id}`, { accept: PROBLEM })],
    ["invalid-input", 400, () => clinic.admin.get(`/data/${clinic.admin.id}?startDate=x`, { accept: PROBLEM })],
  ])("%s, %i", async (name, status, ask) => {
    const answer = await ask();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, PROBLEM]);
    expect(answer.body).toMatchObject({
      type: typeOf(name),
      status,
      title: expect.any(String),
      detail: expect.any(String),
    });
  });

  test("with the headers of the refusal, and what is told beside", async () => {
    const through = servedIn({
      DB: {
        withSession: () => ({
          prepare: () => ({ bind: () => ({}) }),
          batch: async () => {
            throw new Error("D1_ERROR: Network connection lost.");
          },
          getBookmark: () => null,
        }),
      },
    });
    const down = await send("GET", clinic.path, { through, token: clinic.admin.token, headers: { accept: PROBLEM } });
    expect([down.status, down.headers.get("retry-after"), down.body.type]).toEqual([503, "2", typeOf("unavailable")]);
    const wrong = await clinic.admin.get(`/data/${clinic.admin.id}?startDate=x`, { accept: PROBLEM });
    expect(wrong.body.errors).toEqual([expect.objectContaining({ source: expect.anything() })]);
  });

  test("also of a report's conditions, beside their tag", async () => {
    const { id } = await givenPatient(clinic);
    const made = await clinic.admin.post(`${clinic.path}/patients/${id}/reports`, {});
    const answer = await clinic.admin.get(`${clinic.path}/patients/${id}/reports/${made.body.id}`, {
      accept: PROBLEM,
      "if-match": '"x"',
    });
    expect([answer.status, answer.headers.has("etag"), answer.body.type]).toEqual([
      412,
      true,
      typeOf("precondition-failed"),
    ]);
  });
});

test.each([
  [undefined, false],
  ["*/*", false],
  ["application/json", false],
  [`${PROBLEM};q=0, application/json`, false],
  [`application/json, ${PROBLEM};q=0.5`, false],
  [`application/json, ${PROBLEM}`, true],
  [`${PROBLEM}, */*;q=0.1`, true],
  [PROBLEM.toUpperCase(), true],
  [`${PROBLEM};q=0`, false],
  [`text/html, ${PROBLEM};q=0.0`, false],
  [`${PROBLEM};q=0, */*`, false],
  [`${PROBLEM}, application/json`, true],
])("Accept: %s asks for them: %s", async (accept, isProblem) => {
  const answer = await clinic.admin.get("/v1/nothing", accept === undefined ? {} : { accept });
  expect(answer.headers.get("content-type")!.startsWith(PROBLEM)).toBe(isProblem);
});

test("an answer that is no refusal is the same", async () => {
  const [plain, asked] = await Promise.all([
    clinic.admin.get(clinic.path),
    clinic.admin.get(clinic.path, { accept: PROBLEM }),
  ]);
  expect(asked.text).toBe(plain.text);
});

// The FHIR view refuses with an OperationOutcome, whatever the request asks for.
const sources = import.meta.glob<string>(
  ["../../src/**/*.ts", "!../../src/**/*.test.ts", "!../../src/features/fhir/**"],
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);
const [documented] = Object.values(
  import.meta.glob<string>(["../../docs/problems.md"], { query: "?raw", import: "default", eager: true }),
);
const names = [...documented!.matchAll(/^\| `([a-z-]+)` \| ([\d, ]+) \|/gm)];

/** The codes of refusals, wherever one is made. */
const REFUSED = [
  /new (?:Data)?Refusal\(\s*"\w+",\s*"([a-z]+(?:-[a-z]+)+|unauthorized)",/g,
  /new Refusal\([^;]*?code: "([\w-]+)"/g,
  /super\("\w+", [^;]*?code: "([\w-]+)"/g,
  /answerRefusal\([^;]*?code: "(\w+)"/g,
  /return \{ status: \d+, code: "(\w+)"/g,
  /export const (?:EMAIL_IS_TAKEN|MERGE_IN_PROGRESS) = "(\w+)"/g,
];

const OF_FHIR = new Set(["notAcceptable", "gone"]);

test("docs/problems.md lists every reason, and no other", () => {
  const codes = Object.values(sources).flatMap((text) =>
    REFUSED.flatMap((it) => [...text.matchAll(it)].map(([, code]) => code!)),
  );
  const all = new Set(
    [...Object.keys(STATUS).filter((kind) => !OF_FHIR.has(kind)), ...codes, "methodNotAllowed", "noOperation"].map(
      problemNameOf,
    ),
  );
  expect(new Set(names.map(([, name]) => name))).toEqual(all);
  expect(names).toHaveLength(all.size);
});

test("what is documented of statuses is in the description", () => {
  const statuses = new Set(
    Object.values(description.paths ?? {}).flatMap((methods) =>
      Object.values(methods as Record<string, { responses?: object }>).flatMap((it) => Object.keys(it.responses ?? {})),
    ),
  );
  const missing = names
    .flatMap(([, , list]) => list!.split(", "))
    .filter((status) => !statuses.has(status) && status !== "500");
  expect(missing).toEqual([]);
});
