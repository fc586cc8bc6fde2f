import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  countRows,
  everythingStored,
  type GivenClinic,
  givenClinic,
  newUserId,
  person,
  rows,
  send,
  statuses,
  UNKNOWN_ID,
  unmigrate,
} from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

const ENDPOINT = "https://identity.test/token";
const SECRET = "s3cret:+/ü";
let clinic: GivenClinic;
let subject: string;
beforeEach(async () => {
  clinic = await givenClinic();
  subject = crypto.randomUUID();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const idToken = (claims: Record<string, unknown>) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32));
const granted = async (claims: Record<string, unknown> = { sub: subject }) =>
  Response.json({ access_token: "a", id_token: await idToken(claims) });
const answering = (answer: () => Response | Promise<Response>) =>
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => answer());
const configured = servedIn({ SERVICE_ACCOUNT_TOKEN_ENDPOINT: ENDPOINT });
const add = (
  fields: Record<string, unknown> = {},
  { caller = clinic.service, path = clinic.path, through = configured, headers = {} } = {},
) =>
  send("POST", `${path}/service_accounts`, {
    token: caller.token,
    body: { name: "Robot", client_id: "robot id", client_secret: SECRET, ...fields },
    headers,
    through,
  });

describe("AddServiceAccount", () => {
  test("200 adds the subject of the id token as a plain member without an address, in two round trips", async () => {
    answering(granted);
    const answer = await add();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: subject,
      email: "",
      name: "Robot",
      roles: ["CLINIC_MEMBER"],
      createdTime: expect.any(String),
      updatedTime: expect.any(String),
    });
    expect(answer.calls).toBe(2);
    expect(await rows("SELECT email, is_service_account FROM clinicians WHERE user_id = ?", subject)).toEqual([
      { email: null, is_service_account: 1 },
    ]);
    const account = await person({ sub: subject, email: undefined });
    expect((await account.get(`${clinic.path}/clinicians`)).status).toBe(200);
  });

  test("200 after a client-credentials grant with scope openid, the form-encoded credentials in the header", async () => {
    const fetch = answering(granted);
    await add();
    expect(fetch).toHaveBeenCalledOnce();
    const [url, init] = fetch.mock.calls[0]!;
    expect(url).toBe(ENDPOINT);
    expect(init!.body).toEqual(new URLSearchParams({ grant_type: "client_credentials", scope: "openid" }));
    const { authorization } = init!.headers as Record<string, string>;
    expect(atob(authorization!.replace("Basic ", ""))).toBe("robot+id:s3cret%3A%2B%2F%C3%BC");
    expect(init!.redirect).toBe("manual");
  });

  test("200 for several accounts in one clinic: a missing address is no duplicate", async () => {
    for (let i = 0; i < 3; i++) {
      answering(() => granted({ sub: newUserId() }));
      expect((await add({ name: `Robot ${i}` })).status).toBe(200);
    }
  });

  test("200 keeps the secret nowhere", async () => {
    answering(granted);
    const logged = vi.spyOn(console, "log");
    await add({}, { headers: { "idempotency-key": newUserId() } });
    expect(await everythingStored()).not.toContain("s3cret");
    expect(JSON.stringify(logged.mock.calls)).not.toContain("s3cret");
  });

  test.each([{ name: "" }, { client_id: undefined }, { client_secret: "" }])(
    "400 with %j asks nobody",
    async (fields) => {
      const fetch = answering(granted);
      expect((await add(fields)).status).toBe(400);
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  test.each([400, 401, 403])(
    "400 when the endpoint rejects the credentials with %i, and nothing is stored",
    async (status) => {
      answering(() => Response.json({ error: "invalid_client", error_description: SECRET }, { status }));
      const before = await everythingStored();
      const answer = await add();
      expect(answer.status).toBe(400);
      expect(answer.body.message).toBe("bad request: unable to verify client credentials");
      expect(await everythingStored()).toBe(before);
    },
  );

  test.each([
    ["no id token", async () => Response.json({ access_token: "a" })],
    ["an id token that is none", async () => Response.json({ id_token: "x.y.z" })],
    ["no subject", () => granted({})],
    ["a subject that is no user id", () => granted({ sub: "service-account-robot" })],
    ["nothing", async () => Response.json(null)],
  ])("400 when the grant holds %s", async (_, answer) => {
    answering(answer);
    expect((await add()).status).toBe(400);
  });

  test.each([
    ["fails", () => new Response("oops", { status: 500 })],
    ["is busy", () => new Response("later", { status: 429 })],
    ["is not there", () => new Response("nothing here", { status: 404 })],
    ["sends elsewhere", () => new Response(null, { status: 302, headers: { location: "https://evil.test" } })],
    ["answers no JSON", () => new Response("<html>")],
    ["does not stop answering", () => new Response(`${" ".repeat(2 * 1024 * 1024)}{}`)],
    ["can't be reached", () => Promise.reject(new Error(SECRET))],
    ["takes too long", () => Promise.reject(new DOMException("timed out", "TimeoutError"))],
  ])("503 when the endpoint %s; its words go nowhere", async (_, answer) => {
    answering(answer);
    const logged = vi.spyOn(console, "log");
    const before = await everythingStored();
    const refused = await add();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect(JSON.stringify([refused.text, logged.mock.calls])).not.toContain("s3cret");
    expect(await everythingStored()).toBe(before);
  });

  test("503 when no endpoint is configured, and the log names the setting", async () => {
    const fetch = answering(granted);
    const logged = vi.spyOn(console, "log");
    const through = servedIn({ SERVICE_ACCOUNT_TOKEN_ENDPOINT: "" });
    expect((await add({}, { through })).status).toBe(503);
    expect(logged.mock.calls.map(([line]) => JSON.parse(line as string))).toContainEqual(
      expect.objectContaining({
        operation: "AddServiceAccount",
        fault: "Misconfigured: SERVICE_ACCOUNT_TOKEN_ENDPOINT is not set",
      }),
    );
    expect(fetch).not.toHaveBeenCalled();
  });

  test("404 and 422 are answered before anybody is asked", async () => {
    const fetch = answering(granted);
    const unknown = await add({}, { path: `/v1/clinics/${UNKNOWN_ID}` });
    expect([unknown.status, unknown.body.message]).toEqual([404, "clinic not found"]);
    await unmigrate(clinic.clinicId);
    const legacy = await add();
    expect([legacy.status, legacy.body.message]).toEqual([422, "constraint violation: clinic is not migrated"]);
    expect(fetch).not.toHaveBeenCalled();
  });

  test("404 when the clinic is deleted while the endpoint is asked", async () => {
    answering(async () => {
      expect((await clinic.admin.delete(clinic.path)).status).toBe(204);
      return granted();
    });
    expect((await add()).status).toBe(404);
  });

  test("409 for an account that is in the clinic, and nothing is stored", async () => {
    answering(() => granted({ sub: clinic.member.id }));
    const before = await everythingStored();
    const answer = await add();
    expect([answer.status, answer.body.message]).toEqual([
      409,
      "duplicate: clinician is already a member of the clinic",
    ]);
    expect(await everythingStored()).toBe(before);
  });

  test("of eight who add one account at once one succeeds, the rest get 409", async () => {
    answering(granted);
    const racers = await Promise.all(Array.from({ length: 8 }, () => add()));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await countRows("clinicians WHERE user_id = ?", subject)).toBe(1);
  });

  test("200 again with the Idempotency-Key, without asking again", async () => {
    const fetch = answering(granted);
    const headers = { "idempotency-key": newUserId() };
    const first = await add({}, { headers });
    const again = await add({}, { headers });
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([200, first.text, "true"]);
    expect(fetch).toHaveBeenCalledOnce();
  });

  test("403 for an admin of the clinic, before anybody is asked", async () => {
    const fetch = answering(granted);
    expect((await add({ name: "" }, { caller: clinic.admin })).status).toBe(403);
    expect(fetch).not.toHaveBeenCalled();
  });
});
