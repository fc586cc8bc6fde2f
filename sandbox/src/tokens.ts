import { importJWK, type JWK, SignJWT } from "jose";

const ALGORITHM = "ES256";
export const TOKEN_HOURS = 12;

export interface Person {
  readonly userId: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}

/** Somebody of the demo data. */
export interface DemoPerson extends Person {
  readonly name: string;
  /** What they are there, such as `admin of Harbor Endocrine`. */
  readonly is: string;
}

/** Signs session tokens that the local server accepts. */
export function tokens(signingKey: string, issuer: string) {
  const jwk = JSON.parse(signingKey) as JWK;
  const sign = async (subject: string, claims: Record<string, unknown>): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid ?? "" })
      .setIssuer(issuer)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_HOURS}h`)
      .sign(await importJWK(jwk, ALGORITHM));
  return {
    person: ({ userId, email, name }: Person) =>
      sign(userId, { email, email_verified: email === undefined ? undefined : true, name }),
    /** An id token: says who somebody is, and lets nobody in. */
    identity: (userId: string, clientId: string) => sign(userId, { aud: clientId }),
    service: (name: string) => sign(name, { realm_access: { roles: ["backend_service"] } }),
  };
}
