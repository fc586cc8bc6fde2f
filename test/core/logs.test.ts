import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EXPECTED } from "../every-operation/expected-access.ts";
import { operationsByName, pathOf, pathOfKnown } from "../every-operation/principals.ts";
import { type Caller, type GivenClinic, givenClinic, newUserId, person, send } from "../harness.ts";
import { servedIn } from "../served-in.ts";

/** Stands in every value a person or a client gives; nothing of it may be written down. */
const MARK = "Zq7Marked";
let written: string[];
let clinic: GivenClinic;

beforeEach(async () => {
  clinic = await givenClinic();
  written = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...values) => written.push(JSON.stringify(values)));
  }
});
afterEach(() => {
  expect(written.join("\n")).not.toMatch(new RegExp(MARK, "i"));
  vi.restoreAllMocks();
});

const QUERY = ["search", "email", "role", "mrn", "birthDate", "fullName", "shareCode", "sort", "tags", "limit", "x"]
  .map((name) => `${name}=${MARK}`)
  .join("&");
/** The same body with the mark in every free text, and as an address where one is expected. */
function marked(value: unknown, key = ""): unknown {
  if (typeof value === "string") return key === "email" ? `${MARK}@marked.test` : key === "birthDate" ? value : MARK;
  if (Array.isArray(value)) return value.map((item) => marked(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, marked(inner, name)]));
}

const fail = () => {
  throw new TypeError(`can't read ${MARK}`, { cause: new Error(MARK) });
};

describe("nothing personal is logged", () => {
  test.each(operationsByName)("by %s, whatever comes of it", async (name, operation) => {
    const method = operation.route.method.toUpperCase();
    const body = EXPECTED[name]?.body;
    const named = newUserId();
    const callers: Caller[] = [clinic.outsider, clinic.member, clinic.service, clinic.admin];
    for (const caller of callers) {
      const path = await pathOfKnown(operation, clinic.clinicId, named);
      await caller.send(method, path, marked(body));
      await caller.send(method, `${path}?${QUERY}`, body);
      await caller.send(method, pathOf(operation, MARK, MARK), marked(body));
      if (method !== "GET") await caller.send(method, path, `{"name":"${MARK}`, { "idempotency-key": MARK });
    }
    expect(written.length).toBeGreaterThanOrEqual(callers.length * 3);
    expect(written.join("\n")).toContain(name);
  });

  test("of a token and what it says, good or bad", async () => {
    const caller = await person({ name: MARK, email: `${MARK}@own.test`, given_name: MARK });
    await caller.get(clinic.path);
    await send("GET", clinic.path, { token: MARK });
    await send("GET", clinic.path, { token: `kc:${MARK}:${MARK}` });
    await send("GET", clinic.path, { headers: { authorization: `Bearer ${MARK}` } });
    expect(written.join("\n")).not.toContain(caller.token.slice(-20));
  });

  test("of paths and headers nobody knows", async () => {
    const headers = { "x-d1-bookmark": MARK, "x-tidepool-trace-session": MARK, cookie: MARK, "user-agent": MARK };
    await clinic.admin.get(`/v1/${MARK}?${QUERY}`, headers);
    await clinic.admin.get(`${clinic.path}/patients/${MARK}`, headers);
  });

  test("of a fault whose text has it", async () => {
    const serve = servedIn({ DB: { withSession: fail } });
    const headers = { "x-tidepool-session-token": clinic.admin.token };
    const answer = await serve(new Request(`http://clinics.test${clinic.path}`, { headers }));
    expect([answer.status, await answer.text()]).toEqual([500, '{"code":500,"message":"Internal Server Error"}']);
    expect(written.join("\n")).toContain("TypeError");
  });

  test("one line for every request, with what an operator needs", async () => {
    const answer = await clinic.member.get(`${clinic.path}/clinicians`);
    expect(written).toHaveLength(1);
    const [line] = JSON.parse(written[0]!) as [string];
    expect(JSON.parse(line)).toEqual({
      level: "info",
      event: "request",
      at: expect.any(String),
      requestId: answer.headers.get("x-request-id"),
      method: "GET",
      status: 200,
      durationMs: expect.any(Number),
      operation: "ListClinicians",
      callerKind: "person",
      callerId: clinic.member.id,
      clinicId: clinic.clinicId,
      d1Calls: 1,
      d1RowsRead: expect.any(Number),
      d1RowsWritten: 0,
    });
  });
});
