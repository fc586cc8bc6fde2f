import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { everythingStored, type GivenClinic, givenClinic, newUserId, rows, send, tokenFor } from "../harness.ts";
import { servedIn } from "../served-in.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A database that fails from its n-th batch on. */
function failingFrom(nth: number, fault: () => Error): D1Database {
  let batches = 0;
  const withSession = (constraint: D1SessionBookmark) => {
    const session = env.DB.withSession(constraint);
    return {
      prepare: (query: string) => session.prepare(query),
      getBookmark: () => session.getBookmark(),
      batch: async (statements: D1PreparedStatement[]) => {
        batches += 1;
        if (batches >= nth) throw fault();
        return session.batch(statements);
      },
    };
  };
  return { withSession } as unknown as D1Database;
}
const PASSING = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
];
const read = (DB: D1Database) => send("GET", clinic.path, { token: clinic.admin.token, through: servedIn({ DB }) });
const update = (DB: D1Database) =>
  send("PUT", `${clinic.path}/clinicians/${clinic.member.id}`, {
    token: clinic.admin.token,
    body: { email: "a@b.test", roles: ["PRESCRIBER"] },
    through: servedIn({ DB }),
  });

describe("a database that can't answer now", () => {
  test.each(PASSING)("503 with Retry-After: %s", async (message) => {
    const answer = await read(failingFrom(1, () => new Error(message)));
    expect([answer.status, answer.body]).toEqual([
      503,
      { code: 503, message: "the database could not answer, try again" },
    ]);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  test("an account that could not be written after the answer is written with the next, by any token of its content", async () => {
    const claims = { sub: newUserId(), email: "late@own.test", email_verified: true, name: "Late" };
    const [token, other] = [await tokenFor(claims), await tokenFor({ ...claims, azp: "another" })];
    const visit = (by: string, DB: D1Database) =>
      send("GET", "/v1/clinics/share_code/X", { token: by, through: servedIn({ DB }) });
    const account = () => rows("SELECT name FROM users WHERE id = ?", claims.sub);
    expect(
      (
        await visit(
          token,
          failingFrom(2, () => new Error(PASSING[0])),
        )
      ).status,
    ).toBe(404);
    expect(await account()).toEqual([]);
    await visit(
      other,
      failingFrom(2, () => new Error(PASSING[0])),
    );
    expect(await account()).toEqual([]);
    await visit(token, env.DB);
    expect(await account()).toEqual([{ name: "Late" }]);
  });

  test.each([1, 2])("503 and nothing stored when the %s. batch of a write fails", async (nth) => {
    const before = await everythingStored();
    expect((await update(failingFrom(nth, () => new Error(PASSING[0])))).status).toBe(503);
    expect(await everythingStored()).toBe(before);
  });

  test("503 and never 403 when the membership can't be looked up", async () => {
    const through = servedIn({ DB: failingFrom(1, () => new Error(PASSING[0])) });
    const answer = await send("GET", `${clinic.path}/clinicians`, { token: clinic.outsider.token, through });
    expect(answer.status).toBe(503);
  });

  test("503 from /ready, 200 from /health", async () => {
    const through = servedIn({ DB: failingFrom(1, () => new Error(PASSING[0])) });
    expect((await send("GET", "/ready", { through })).status).toBe(503);
    expect((await send("GET", "/health", { through })).status).toBe(200);
  });
});

describe("a fault of ours", () => {
  test.each(["D1_ERROR: no such column: marked-value", "something marked-value else", 'near "marked-value": syntax'])(
    "500 with a fixed text, its words neither answered nor logged: %s",
    async (message) => {
      const logged = vi.spyOn(console, "log");
      // Not through send(): no operation documents a 500.
      const serve = servedIn({ DB: failingFrom(1, () => new Error(message)) });
      const headers = { "x-tidepool-session-token": clinic.admin.token };
      const answer = await serve(new Request(`http://clinics.test${clinic.path}`, { headers }));
      const text = await answer.text();
      expect([answer.status, JSON.parse(text)]).toEqual([500, { code: 500, message: "Internal Server Error" }]);
      const lines = logged.mock.calls.map(([line]) => JSON.parse(line as string) as Record<string, unknown>);
      expect(lines.map(({ event }) => event)).toEqual(["fault", "request"]);
      // What it takes to find the fault: the operation, the function that asked, the statements by verb and table.
      expect(lines[0]).toMatchObject({
        operation: "GetClinic",
        fault: expect.stringMatching(/^DatabaseFault < .*\bread\b/),
        statements: expect.stringContaining("SELECT clinicians"),
      });
      expect(lines[0]).toMatchObject({ level: "error", status: 500, requestId: answer.headers.get("x-request-id") });
      expect(JSON.stringify([text, lines])).not.toContain("marked-value");
    },
  );

  test("an answer is not spoilt when keeping the person's account current fails after it", async () => {
    const { clinicId } = clinic;
    const token = clinic.admin.token;
    const through = servedIn({ DB: failingFrom(2, () => new Error("D1_ERROR: whatever")) });
    expect((await send("GET", `/v1/clinics/${clinicId}`, { token, through })).status).toBe(200);
  });

  test("an answer is not spoilt when the audit queue can't take a message", async () => {
    const AUDIT_QUEUE = { sendBatch: () => Promise.reject(new Error("queue is gone")) };
    const through = servedIn({ AUDIT_QUEUE });
    const path = `${clinic.path}/patients/${newUserId()}`;
    const answer = await send("GET", path, { token: clinic.outsider.token, through }).catch(() => undefined);
    expect(answer?.status ?? 403).toBe(403);
  });
});
