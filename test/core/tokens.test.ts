import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, newUserId, rows, send, tokenFor } from "../harness.ts";
import { servedIn } from "../served-in.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
/** Asks for what only a member and a service may see. */
const ask = (headers: Record<string, string>, through = undefined as ReturnType<typeof servedIn> | undefined) =>
  send("GET", `${clinic.path}/clinicians`, { headers, through });
const statusOf = async (token: string) => (await ask({ "x-tidepool-session-token": token })).status;
const memberClaims = () => ({ sub: clinic.member.id });

async function signed(
  claims: JWTPayload,
  {
    alg = "ES256",
    key,
    issuer = env.AUTH_ISSUER,
  }: { alg?: string; key?: CryptoKey | Uint8Array; issuer?: string } = {},
) {
  const jwt = new SignJWT(claims).setProtectedHeader({ alg, kid: "test" }).setIssuer(issuer).setIssuedAt();
  if (claims.exp === undefined) jwt.setExpirationTime("1h");
  return jwt.sign(key ?? (await importJWK(JSON.parse(env.TEST_SIGNING_KEY), "ES256")));
}

const both = (session: string, bearer: string) =>
  ask({ "x-tidepool-session-token": session, authorization: `Bearer ${bearer}` });

const stranger = (extra: JWTPayload) => tokenFor({ sub: newUserId(), ...extra });

const account = (id: string) => rows("SELECT email, email_verified, name FROM users WHERE id = ?", id);

const visit = async (claims: JWTPayload) =>
  servedIn({})(
    new Request("http://clinics.test/v1/clinics/share_code/X", {
      headers: { "x-tidepool-session-token": await tokenFor(claims) },
    }),
  );

describe("a token whose subject is no user id", () => {
  test.each(["AAAAAAAA-1", "text with blanks", "0123456789ABCDEF", "x", "1234567890 "])(
    "401 for a person: %j, and nothing is made",
    async (sub) => {
      const token = await tokenFor({ sub, email: "a@own.test", email_verified: true });
      const body = { name: "Harbor", preferredBgUnits: "mg/dL" };
      const answer = await send("POST", "/v1/clinics", { token, body });
      expect([answer.status, answer.body.message]).toEqual([401, "session token is invalid"]);
      expect(await account(sub)).toEqual([]);
    },
  );

  test("200 for a service: services have names", async () => {
    expect(await statusOf(await tokenFor({ sub: "a service, by name", svr: "yes" }))).toBe(200);
  });
});

describe("a token that counts", () => {
  test("200 with a JWT, and with the middle of kc:<jwt>:<refresh>", async () => {
    const jwt = await tokenFor(memberClaims());
    expect(await statusOf(jwt)).toBe(200);
    expect(await statusOf(`kc:${jwt}:refresh`)).toBe(200);
  });

  test("200 with Authorization: Bearer, whatever the case of the scheme", async () => {
    const jwt = await tokenFor(memberClaims());
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect((await ask({ authorization: `${scheme} ${jwt}` })).status).toBe(200);
    }
    expect((await ask({ authorization: `Bearer kc:${jwt}:refresh` })).status).toBe(200);
    expect((await ask({ authorization: `Basic ${jwt}` })).status).toBe(400);
    expect((await ask({ authorization: "Bearer" })).status).toBe(400);
  });

  test("the session header wins over Authorization, for better and for worse", async () => {
    const [member, outsider] = await Promise.all([tokenFor(memberClaims()), tokenFor({ sub: clinic.outsider.id })]);
    expect((await both(member, outsider)).status).toBe(200);
    expect((await both(outsider, member)).status).toBe(403);
    expect((await both("nonsense", member)).status).toBe(401);
    expect((await both("", member)).status).toBe(200);
  });

  test("a service is a realm role backend_service or svr yes, and nothing else", async () => {
    expect(await statusOf(await stranger({ realm_access: { roles: ["x", "backend_service"] } }))).toBe(200);
    expect(await statusOf(await stranger({ svr: "yes" }))).toBe(200);
    for (const extra of [
      { svr: "no" },
      { svr: true },
      { roles: ["backend_service"] },
      { realm_access: "backend_service" },
      { realm_access: { roles: "backend_service" } },
      { realm_access: { roles: ["Backend_Service"] } },
      { resource_access: { clinic: { roles: ["backend_service"] } } },
    ]) {
      expect(await statusOf(await stranger(extra))).toBe(403);
    }
  });

  test("headers that name a subject are never trusted", async () => {
    const token = await tokenFor({ sub: newUserId() });
    const headers = { "x-auth-subject-id": clinic.admin.id, "x-auth-server-access": "true" };
    expect((await ask({ "x-tidepool-session-token": token, ...headers })).status).toBe(403);
    expect((await ask(headers)).status).toBe(400);
  });

  test("a person's token keeps their account as it says, and may not take another's address", async () => {
    const [one, two] = [newUserId(), newUserId()];
    await visit({ sub: one, email: "One@Own.test", email_verified: true, name: "One" });
    expect(await account(one)).toEqual([{ email: "one@own.test", email_verified: 1, name: "One" }]);
    await visit({ sub: one, name: "Uno" });
    expect(await account(one)).toEqual([{ email: "one@own.test", email_verified: 1, name: "Uno" }]);
    await visit({ sub: two, email: "one@own.test", email_verified: true, name: "Two" });
    expect(await account(two)).toMatchObject([{ email: null, name: "Two" }]);
    expect(await account(one)).toHaveLength(1);
  });
});

describe("401: a token that says nothing trustworthy", () => {
  test("expired, not yet valid, or without an end", async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await statusOf(await tokenFor(memberClaims(), { expires: now - 1 }))).toBe(401);
    expect(await statusOf(await signed({ ...memberClaims(), nbf: now + 600 }))).toBe(401);
    const key = await importJWK(JSON.parse(env.TEST_SIGNING_KEY), "ES256");
    const endless = new SignJWT(memberClaims()).setProtectedHeader({ alg: "ES256" }).setIssuer(env.AUTH_ISSUER);
    expect(await statusOf(await endless.sign(key))).toBe(401);
  });

  test("a token that was good is refused from the moment it expires, though it is remembered", async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const token = await tokenFor(memberClaims(), { expires: exp });
    expect(await statusOf(token)).toBe(200);
    const { authenticate } = await import("../../src/platform/auth/authenticate.ts");
    const { settingsOf } = await import("../../src/platform/core/settings.ts");
    await expect(authenticate(settingsOf(env), token, exp * 1000)).rejects.toMatchObject({ status: 401 });
  });

  test("by another issuer, with another key, unsigned, or signed with the public key as a secret", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const secret = new TextEncoder().encode(env.AUTH_JWKS);
    const unsigned = new UnsecuredJWT(memberClaims()).setIssuer(env.AUTH_ISSUER).setExpirationTime("1h").encode();
    expect(await statusOf(await signed(memberClaims(), { issuer: "https://evil.test" }))).toBe(401);
    expect(await statusOf(await signed(memberClaims(), { key: privateKey }))).toBe(401);
    expect(await statusOf(unsigned)).toBe(401);
    expect(await statusOf(await signed(memberClaims(), { alg: "HS256", key: secret }))).toBe(401);
  });

  test("a changed claim or signature", async () => {
    const [header, , signature] = (await tokenFor(memberClaims())).split(".");
    const claims = { sub: clinic.admin.id, iss: env.AUTH_ISSUER, exp: Math.floor(Date.now() / 1000) + 600 };
    const forged = btoa(JSON.stringify(claims)).replaceAll("=", "");
    expect(await statusOf(`${header}.${forged}.${signature}`)).toBe(401);
    expect(await statusOf(`${await tokenFor(memberClaims())}A`)).toBe(401);
  });

  test.each([{}, { sub: "" }, { sub: 7 as unknown as string }])("with %j as its subject", async (claims) => {
    expect(await statusOf(await signed(claims))).toBe(401);
  });

  test("over 8 KiB, though it is signed", async () => {
    const token = await tokenFor({ ...memberClaims(), padding: "x".repeat(8192) });
    expect(token.length).toBeGreaterThan(8192);
    expect(await statusOf(token)).toBe(401);
  });

  test.each(["kc:", "kc::", "kc:a", "kc:a:", "kc::b", "KC:a:b", "kc:a:b:c", "a:b", "x", "..", "a.b.c", "a b", "'--"])(
    "shaped like %j",
    async (token) => {
      const jwt = await tokenFor(memberClaims());
      expect(await statusOf(token)).toBe(401);
      expect(await statusOf(`${jwt}${token}`)).toBe(401);
    },
  );

  test("for another audience where one is configured", async () => {
    const through = servedIn({ AUTH_AUDIENCE: "clinics" });
    const status = async (aud: string | undefined) => {
      const token = await tokenFor(aud === undefined ? memberClaims() : { ...memberClaims(), aud });
      return (await ask({ "x-tidepool-session-token": token }, through)).status;
    };
    expect(await status("clinics")).toBe(200);
    expect(await status("else")).toBe(401);
    expect(await status(undefined)).toBe(401);
  });
});

test("the public half of the signing key is all the Worker knows", async () => {
  const { keys } = JSON.parse(env.AUTH_JWKS!) as { keys: JsonWebKey[] };
  expect(keys[0]).not.toHaveProperty("d");
  expect(await exportJWK(await importJWK(keys[0] as never, "ES256"))).not.toHaveProperty("d");
});
