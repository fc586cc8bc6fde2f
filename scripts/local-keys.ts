import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { giveUp } from "./command-line.ts";
import { type LocalState, localVariable } from "./local-state.ts";

const ALGORITHM = "ES256";
const REDOX_ALGORITHM = "RS384";
export const TOKEN_HOURS = 12;
const HOUR_MS = 3_600_000;

export interface PersonClaims {
  readonly userId: string;
  readonly email?: string | undefined;
  /** An address counts as verified unless this says otherwise. */
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
  readonly identityProvider?: string | undefined;
}

/** Signs session tokens that the local server accepts. */
export interface LocalKeys {
  /** The public half, as the server is given it. */
  readonly jwks: string;
  /** Both halves, for the pages that sign people in. */
  readonly signingKey: string;
  signPerson(claims: PersonClaims, hours?: number): Promise<string>;
  signService(name: string, hours?: number): Promise<string>;
}

/** The key pair of the local server; it is made at the first use and kept. */
export async function localKeys(state: LocalState): Promise<LocalKeys> {
  const jwk = readKey(state.signingKey) ?? (await createKey(state.signingKey));
  const key = await importJWK(jwk, ALGORITHM).catch(() => isDamaged(state.signingKey));
  const { d: _, ...publicHalf } = jwk;
  const issuer = localVariable("AUTH_ISSUER");

  const sign = (subject: string, claims: Record<string, unknown>, hours = TOKEN_HOURS) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid ?? "" })
      .setIssuer(issuer)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(new Date(Date.now() + hours * HOUR_MS))
      .sign(key);

  return {
    jwks: JSON.stringify({ keys: [publicHalf] }),
    signingKey: JSON.stringify(jwk),
    signPerson: (
      { userId, email, emailVerified = email === undefined ? undefined : true, name, identityProvider },
      hours,
    ) => sign(userId, { email, email_verified: emailVerified, name, identity_provider: identityProvider }, hours),
    signService: (name, hours) => sign(name, { realm_access: { roles: ["backend_service"] } }, hours),
  };
}

/** What the local server proves itself with to the stand-in of Redox. */
export interface RedoxKey {
  readonly keyId: string;
  /** PKCS#8 as PEM. */
  readonly privateKey: string;
  /** The other half, a JWK as JSON. */
  readonly publicKey: string;
}

/** The key pair of the local server's Redox client; it is made at the first use and kept beside the other. */
export async function redoxKey(state: LocalState): Promise<RedoxKey> {
  const file = path.join(path.dirname(state.signingKey), "redox-key.json");
  const jwk = readKey(file) ?? (await createKey(file, REDOX_ALGORITHM));
  const key = await importJWK(jwk, REDOX_ALGORITHM, { extractable: true }).catch(() => isDamaged(file));
  if (key instanceof Uint8Array || key.type !== "private") return isDamaged(file);
  const { kty, n, e, alg, use, kid } = jwk;
  return {
    keyId: kid ?? "",
    privateKey: await exportPKCS8(key),
    publicKey: JSON.stringify({ kty, n, e, alg, use, kid }),
  };
}

function readKey(file: string): JWK | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  try {
    return (JSON.parse(text) as JWK | null) ?? isDamaged(file);
  } catch {
    return isDamaged(file);
  }
}

const isDamaged = (file: string): never => giveUp(`${file} is damaged: delete it, and a new key will be made.`);

async function createKey(file: string, algorithm = ALGORITHM): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const whole: JWK = { ...jwk, alg: algorithm, use: "sig", kid: await calculateJwkThumbprint(jwk) };
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(whole)}\n`, { mode: 0o600 });
  try {
    // Of two commands that start at the same moment one key must win, and be whole when it is seen.
    linkSync(draft, file);
    return whole;
  } catch (error) {
    const winner = readKey(file);
    if (!winner) throw error;
    return winner;
  } finally {
    unlinkSync(draft);
  }
}
