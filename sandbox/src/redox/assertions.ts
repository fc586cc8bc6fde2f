import { errors, importJWK, type JWK, jwtVerify } from "jose";

const ALGORITHM = "RS384";
const VALID_SECONDS_MAX = 300;
/** The clocks of two Workers on one machine differ by what either is behind, which is little. */
const CLOCKS_DIFFER_SECONDS = 5;
const JTI_CHARACTERS_MAX = 200;

/** Who may ask for a token, with the public half of the key that proves it. */
export interface RedoxClient {
  readonly clientId: string;
  readonly publicKey: JWK;
}

export interface Assertion {
  readonly jti: string;
  /** In seconds. */
  readonly exp: number;
}

/** What a JWT bearer assertion (RFC 7523 §3) claims, or why it proves nothing. Whether it came before is not asked here. */
export async function verifyAssertion(
  jwt: string,
  { clientId, publicKey }: RedoxClient,
): Promise<Assertion | { refused: string }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(jwt, await importJWK(publicKey, ALGORITHM), {
      algorithms: [ALGORITHM],
      issuer: clientId,
      subject: clientId,
      requiredClaims: ["exp", "iat", "jti"],
      maxTokenAge: VALID_SECONDS_MAX,
      clockTolerance: CLOCKS_DIFFER_SECONDS,
    });
    const { exp = 0, iat = 0, jti } = payload;
    if (protectedHeader.kid !== publicKey.kid) return { refused: "the header's kid names no key of this client" };
    if (exp - iat > VALID_SECONDS_MAX) return { refused: "exp is more than five minutes after iat" };
    if (typeof jti !== "string" || jti === "" || jti.length > JTI_CHARACTERS_MAX) {
      return { refused: `jti is no text of 1 to ${JTI_CHARACTERS_MAX} characters` };
    }
    return { jti, exp };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { refused: error.message };
    throw error;
  }
}
