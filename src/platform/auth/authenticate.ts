import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { cutTo, NAME_LENGTH_MAX } from "../core/bounded-text.ts";
import { Refusal, unavailable, unauthorized } from "../core/errors.ts";
import { sha256, USER_ID } from "../core/ids.ts";
import { boundedJson, dropBody } from "../core/outgoing.ts";
import type { Settings } from "../core/settings.ts";
import type { Caller } from "./caller.ts";
import { basicCredentials } from "./client-credentials.ts";
import { addressKey } from "../text/comparison-key.ts";

const TOKEN_BYTES_MAX = 8192;
const TOKEN_CHARACTERS = /^[A-Za-z0-9._~+/=:-]+$/;
/** A verified token is cached until it expires, at most this long, by its hash and never by its text. */
const REMEMBERED_MS_MAX = 5 * 60_000;
const REMEMBERED_MAX = 10_000;
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Errors caused by the token itself; all others are outages of the verifier. */
const TOKEN_FAULTS = new Set([
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWT_INVALID",
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
]);

interface Remembered {
  readonly caller: Caller;
  readonly until: number;
}

const keySets = new Map<string, JWTVerifyGetKey>();
const remembered = new Map<string, Remembered>();

/** Clears this isolate's cached key sets and tokens. */
export function forgetIdentities(): void {
  keySets.clear();
  remembered.clear();
}

const INVALID = "session token is invalid";
const tokenIsInvalid = () => unauthorized(INVALID);

/** The token was good. Nobody is told so but clients of FHIR, which ask for another then. */
export class TokenExpired extends Refusal {
  static override readonly name: string = "TokenExpired";

  constructor() {
    super("unauthorized", INVALID);
  }
}

/**
 * Authenticates the caller by token. 401 when the token is invalid, 503 when the verifier is unavailable: an outage
 * must not log people out. Of `kc:<jwt>:<refresh>` the JWT is used.
 */
export async function authenticate(settings: Settings, token: string, now: number): Promise<Caller> {
  if (token.length > TOKEN_BYTES_MAX || !TOKEN_CHARACTERS.test(token)) throw tokenIsInvalid();
  const jwt = accessTokenOf(token);
  const key = await sha256(`${settings.issuer}\n${jwt}`);
  const known = remembered.get(key);
  if (known && known.until > now) {
    // Where revocation is checked, a person's token is introspected on every request; a service's is cached.
    if (known.caller.kind === "person") await refuseIfRevoked(settings, jwt);
    return known.caller;
  }
  const payload = await verify(settings, jwt, now);
  await refuseIfRevoked(settings, jwt);
  const caller = callerOf(payload);
  remember(key, { caller, until: Math.min(now + REMEMBERED_MS_MAX, (payload.exp ?? 0) * 1000) });
  return caller;
}

function accessTokenOf(token: string): string {
  const parts = token.split(":");
  if (parts.length === 1) return token;
  const [prefix, access, refresh] = parts;
  if (parts.length !== 3 || prefix !== "kc" || !access || !refresh) throw tokenIsInvalid();
  return access;
}

async function verify(settings: Settings, jwt: string, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(jwt, keySetOf(settings), {
      issuer: settings.issuer,
      ...(settings.audience === undefined ? {} : { audience: settings.audience }),
      algorithms: ASYMMETRIC,
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new TokenExpired();
    if (error instanceof errors.JOSEError && TOKEN_FAULTS.has(error.code)) throw tokenIsInvalid();
    throw unavailable("identity can't be verified now, try again", error);
  }
}

function keySetOf(settings: Settings): JWTVerifyGetKey {
  const source = settings.jwksUrl ?? settings.jwks ?? "";
  let keySet = keySets.get(source);
  if (!keySet) {
    keySet = settings.jwksUrl
      ? createRemoteJWKSet(new URL(settings.jwksUrl), {
          cacheMaxAge: 600_000,
          cooldownDuration: 30_000,
          timeoutDuration: 3_000,
        })
      : createLocalJWKSet(JSON.parse(source));
    keySets.set(source, keySet);
  }
  return keySet;
}

const cutOff = (text: string | undefined) => (text === undefined ? undefined : cutTo(text, NAME_LENGTH_MAX));

function callerOf(payload: JWTPayload): Caller {
  const text = (claim: string) => {
    const value = payload[claim];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const id = text("sub");
  if (id === undefined) throw tokenIsInvalid();
  const [email, name] = [text("email"), text("name")];
  const realmAccess = payload.realm_access as { roles?: unknown } | undefined;
  const roles = Array.isArray(realmAccess?.roles) ? realmAccess.roles : [];
  const clientId = cutOff(text("azp"));
  if (roles.includes("backend_service") || payload.svr === "yes") {
    return { kind: "service", id, scopes: undefined, clientId };
  }
  // An account with any other id could not be found, invited or administered.
  if (!USER_ID.test(id)) throw tokenIsInvalid();
  return {
    kind: "person",
    id,
    email: email && addressKey(email),
    emailVerified: payload.email_verified === true,
    name: cutOff(name),
    identityProvider: text("identity_provider"),
    clientId,
  };
}

/** Token introspection (RFC 7662). Does nothing unless an introspection endpoint is configured. */
async function refuseIfRevoked({ introspection }: Settings, jwt: string): Promise<void> {
  if (!introspection) return;
  let active: unknown;
  try {
    const response = await fetch(introspection.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(introspection.clientId === undefined
          ? {}
          : { authorization: basicCredentials(introspection.clientId, introspection.clientSecret ?? "") }),
      },
      body: new URLSearchParams({ token: jwt }),
      // Never follow redirects: token and secret are for this address only.
      redirect: "manual",
      signal: AbortSignal.timeout(3_000),
    });
    if (!response.ok) {
      dropBody(response);
      throw new Error(`introspection answered ${response.status}`);
    }
    active = ((await boundedJson(response)) as { active?: unknown }).active;
  } catch (error) {
    throw unavailable("identity can't be verified now, try again", error);
  }
  if (active !== true) throw tokenIsInvalid();
}

function remember(key: string, entry: Remembered): void {
  if (remembered.size >= REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
  remembered.delete(key);
  remembered.set(key, entry);
}
