import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { givenClinic } from "../harness.ts";
import { servedIn } from "../served-in.ts";
import { ROBOT, sandboxed } from "./served.ts";

const FORM = "application/x-www-form-urlencoded";
const GRANT = "grant_type=client_credentials&scope=openid";
const formEncoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
const right = basic(formEncoded(ROBOT.clientId), formEncoded(ROBOT.clientSecret));

async function ask(body: string, headers: { [name: string]: string | undefined } = {}) {
  const answer = await sandboxed("/sandbox/oauth2/token", {
    method: "POST",
    headers: { "content-type": FORM, ...(headers as Record<string, string>) },
    body,
  });
  return { ...answer, body: JSON.parse(answer.text) as Record<string, string> };
}

describe("the token endpoint", () => {
  test("200 gives an id token of the account, and an access token the service accepts, neither to be stored", async () => {
    const { status, headers, body } = await ask(GRANT, right);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: expect.any(Number), scope: "openid" });
    expect(decodeJwt(body.id_token!)).toMatchObject({ sub: ROBOT.userId, aud: ROBOT.clientId, iss: env.AUTH_ISSUER });
    const { payload } = await jwtVerify(body.access_token!, createLocalJWKSet(JSON.parse(env.AUTH_JWKS!)));
    expect(payload).toMatchObject({ sub: ROBOT.userId, iss: env.AUTH_ISSUER });
    expect(payload).not.toHaveProperty("realm_access");
  });

  test("takes credentials that the first page names", async () => {
    const { text } = await sandboxed("/sandbox/");
    expect(text).toContain(ROBOT.clientId);
    expect(text).toContain("s3cret &amp;%=");
  });

  test("200 for credentials in the form, and no id token where none is asked for", async () => {
    const credentials = { client_id: ROBOT.clientId, client_secret: ROBOT.clientSecret };
    const form = new URLSearchParams({ grant_type: "client_credentials", ...credentials });
    const { status, body } = await ask(form.toString());
    expect([status, "id_token" in body, "access_token" in body]).toEqual([200, false, true]);
  });

  test.each([
    ["another secret", basic(formEncoded(ROBOT.clientId), "wrong")],
    ["another id", basic("nobody", formEncoded(ROBOT.clientSecret))],
    ["nothing", basic("", "")],
    ["longer by a parameter", basic(formEncoded(ROBOT.clientId), `${formEncoded(ROBOT.clientSecret)}&v=x`)],
    ["no colon", { authorization: `Basic ${btoa("id")}` }],
    ["no base64", { authorization: "Basic %%%" }],
    ["malformed percents", basic("%zz", "%")],
    ["another scheme", { authorization: "Bearer x" }],
    ["none", {}],
  ])("401 invalid_client for credentials that are %s", async (_: string, headers: { authorization?: string }) => {
    const { status, headers: answered, body } = await ask(GRANT, headers);
    expect([status, body.error]).toEqual([401, "invalid_client"]);
    expect(answered.get("www-authenticate")).toMatch(/^Basic /);
    expect(body).not.toHaveProperty("access_token");
  });

  test.each([
    ["", "invalid_request"],
    ["scope=openid", "invalid_request"],
    ["grant_type=password", "unsupported_grant_type"],
    [`${GRANT}&scope=everything`, "invalid_scope"],
    ["grant_type=client_credentials&scope=admin", "invalid_scope"],
  ])("400 for %j: %s", async (body, error) => {
    const answer = await ask(body, right);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
  });

  test("400 for another media type, 413 for a body larger than any such form", async () => {
    expect((await ask("{}", { ...right, "content-type": "application/json" })).body.error).toBe("invalid_request");
    const { status } = await sandboxed("/sandbox/oauth2/token", {
      method: "POST",
      headers: { "content-type": FORM, ...right },
      body: `${GRANT}&x=${"x".repeat(70_000)}`,
    });
    expect(status).toBe(413);
  });

  test("proves the account to AddServiceAccount, and refuses it with another secret", async () => {
    const clinic = await givenClinic();
    const serve = servedIn({ SERVICE_ACCOUNT_TOKEN_ENDPOINT: "http://localhost/sandbox/oauth2/token" });
    const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
      const { status, text } = await sandboxed(url as string, init);
      return new Response(text, { status });
    });
    const add = (secret: string) =>
      serve(
        new Request(`http://clinics.test${clinic.path}/service_accounts`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-tidepool-session-token": clinic.service.token },
          body: JSON.stringify({ name: "Robot", client_id: ROBOT.clientId, client_secret: secret }),
        }),
      );
    expect((await add("wrong")).status).toBe(400);
    const added = await add(ROBOT.clientSecret);
    expect([added.status, await added.json()]).toEqual([
      200,
      expect.objectContaining({ id: ROBOT.userId, name: "Robot", roles: ["CLINIC_MEMBER"] }),
    ]);
    fetched.mockRestore();
  });
});
