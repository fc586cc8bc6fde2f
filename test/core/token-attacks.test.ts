import { env } from "cloudflare:workers";
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from "jose";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type GivenClinic, givenClinic, send, tokenFor } from "../harness.ts";

/** Tokens as attackers make them: each of them claims to be an admin, and then a service, and is refused without a question. */

const base64 = (value: string | Uint8Array): string =>
  btoa(typeof value === "string" ? value : String.fromCharCode(...value))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const part = (value: object) => base64(JSON.stringify(value));
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

let clinic: GivenClinic;
let own: CryptoKey;
let attackers: CryptoKeyPair;
let jwk: Record<string, unknown>;
let spki: string;
beforeAll(async () => {
  clinic = await givenClinic();
  own = (await importJWK(JSON.parse(env.TEST_SIGNING_KEY), "ES256")) as CryptoKey;
  attackers = await generateKeyPair("ES256", { extractable: true });
  jwk = (JSON.parse(env.AUTH_JWKS!) as { keys: Record<string, unknown>[] }).keys[0]!;
  spki = await exportSPKI((await importJWK({ ...jwk, ext: true }, "ES256", { extractable: true })) as CryptoKey);
});

type Claims = Record<string, unknown>;
const raw = (header: object, claims: Claims, signature = "") => `${part(header)}.${part(claims)}.${signature}`;
const signed = (header: object, claims: Claims, key: CryptoKey | Uint8Array) =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "test", ...header }).sign(key);
const hmac =
  (secret: string, header: object = {}) =>
  (claims: Claims) =>
    signed({ alg: "HS256", ...header }, claims, new TextEncoder().encode(secret));
const byAttacker = (header: object) => (claims: Claims) => signed(header, claims, attackers.privateKey);
const attackersJwk = async () => exportJWK(attackers.publicKey);

const KIDS = [
  "../../../../dev/null",
  "/dev/null",
  "file:///etc/passwd",
  "https://evil.test/key.json",
  "test' OR '1'='1",
  "test\u0000",
  "__proto__",
  "constructor",
  "x".repeat(4000),
];

const ATTACKS: Readonly<Record<string, (claims: Claims) => string | Promise<string>>> = {
  ...Object.fromEntries(
    ["none", "None", "NONE", "nOnE", ""].map((alg) => [
      `alg ${JSON.stringify(alg)}`,
      (it: Claims) => raw({ alg, kid: "test" }, it),
    ]),
  ),
  "alg none, with the signature of a good token": async (it) =>
    raw({ alg: "none" }, it, (await tokenFor({ sub: clinic.member.id })).split(".")[2]),
  "no alg": (it) => raw({ kid: "test" }, it),
  "an alg that is no text": (it) => raw({ alg: ["ES256"], kid: "test" }, it),
  "HS256 with the key set as its secret": (it) => hmac(env.AUTH_JWKS!)(it),
  "HS256 with the public key as JWK": (it) => hmac(JSON.stringify(jwk))(it),
  "HS256 with the public key as PEM": (it) => hmac(spki)(it),
  "HS256 with the public key as PEM, cut": (it) => hmac(spki.trim())(it),
  "HS256 with the x of the public key": (it) => hmac(String(jwk.x))(it),
  "HS512 with the public key as PEM": (it) => hmac(spki, { alg: "HS512" })(it),
  "HS256 without a secret": (it) => raw({ alg: "HS256", kid: "test" }, it, base64("\0".repeat(32))),
  "RS256 of an elliptic key": (it) => raw({ alg: "RS256", kid: "test" }, it, base64("\0".repeat(256))),
  "a signature of zeros": (it) => raw({ alg: "ES256", kid: "test" }, it, base64(new Uint8Array(64))),
  "a signature of nothing": (it) => raw({ alg: "ES256", kid: "test" }, it),
  "a key of the attacker": (it) => byAttacker({})(it),
  "a key of the attacker in the header": async (it) => byAttacker({ jwk: await attackersJwk() })(it),
  "a key set of the attacker by address": (it) => byAttacker({ jku: "https://evil.test/jwks.json" })(it),
  "a certificate of the attacker by address": (it) => byAttacker({ x5u: "https://evil.test/cert.pem" })(it),
  "an extension that must be understood": (it) =>
    raw({ alg: "ES256", kid: "test", crit: ["x"], x: 1 }, it, base64(new Uint8Array(64))),
  "another issuer": (it) => signed({}, { ...it, iss: "https://evil.test" }, own),
  "an issuer that begins like ours": (it) => signed({}, { ...it, iss: `${env.AUTH_ISSUER}.evil.test` }, own),
  "several issuers": (it) => signed({}, { ...it, iss: [env.AUTH_ISSUER] }, own),
  "no issuer": (it) => signed({}, { ...it, iss: undefined }, own),
  "an end that is over": (it) => signed({}, { ...it, exp: inAnHour() - 3601 }, own),
  "an end that is a text": (it) =>
    raw({ alg: "ES256", kid: "test" }, { ...it, exp: "2099-01-01" }, base64(new Uint8Array(64))),
  "no end": (it) => signed({}, { ...it, exp: undefined }, own),
  "a beginning that is to come": (it) => signed({}, { ...it, nbf: inAnHour() - 60 }, own),
  "five parts, as if it were encrypted": (it) => `${raw({ alg: "dir", enc: "A128GCM" }, it)}.a.b`,
  "more than 8 KiB": (it) => signed({}, { ...it, padding: "x".repeat(8192) }, own),
  ...Object.fromEntries(
    KIDS.map((kid) => [`kid ${kid.slice(0, 30)}`, (it: Claims) => byAttacker({ kid })(it)] as const),
  ),
  ...Object.fromEntries(
    KIDS.slice(0, 4).map((kid) => [`HS256 and kid ${kid}`, (it: Claims) => hmac("\0", { kid })(it)] as const),
  ),
};

describe("401: a token with", () => {
  test.each(Object.entries(ATTACKS))("%s", async (_, make) => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const claims = { sub: clinic.admin.id, iss: env.AUTH_ISSUER, exp: inAnHour() };
    for (const more of [{}, { realm_access: { roles: ["backend_service"] }, svr: "yes" }]) {
      const token = await make({ ...claims, ...more });
      const tokens: Record<string, string>[] = [
        { "x-tidepool-session-token": token },
        { authorization: `Bearer ${token}` },
        { "x-tidepool-session-token": `kc:${token}:r` },
      ];
      for (const headers of tokens) {
        const { status, body } = await send("GET", `${clinic.path}/clinicians`, { headers });
        expect([status, body.message]).toEqual([401, "session token is invalid"]);
      }
    }
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  test("nothing of this, but made the same way, is let in", async () => {
    const token = await signed({}, { sub: clinic.admin.id, iss: env.AUTH_ISSUER, exp: inAnHour() }, own);
    expect((await send("GET", `${clinic.path}/clinicians`, { token })).status).toBe(200);
  });

  test("a role of services anywhere but in realm_access of a token of our issuer: it is a person's", async () => {
    for (const claims of [
      { roles: ["backend_service"] },
      { scope: "backend_service" },
      { groups: ["backend_service"] },
    ]) {
      const token = await signed(
        {},
        { sub: clinic.outsider.id, iss: env.AUTH_ISSUER, exp: inAnHour(), ...claims },
        own,
      );
      expect((await send("GET", `${clinic.path}/clinicians`, { token })).status).toBe(403);
    }
  });
});
