import { addressKey } from "../../../platform/text/comparison-key.ts";

/** Our choices against abuse: mails of invitations within an hour, from one clinic and to one address. */
export const MAILS_OF_A_CLINIC_MAX = 100;
export const MAILS_TO_AN_ADDRESS_MAX = 10;
export const MAILS_WINDOW_MS = 3_600_000;

export interface Restriction {
  readonly emailDomain: string;
  readonly requiredIdp?: string | undefined;
}

/** Whether somebody may accept, and if not, by which identity provider they would have to sign in. */
export interface Acceptance {
  readonly canAccept: boolean;
  readonly requiredIdp?: string;
}

/**
 * A domain in letters beyond ASCII as the DNS has it (`xn--…`), which is how restrictions name it; any other as it is. What an
 * address could have beside letters would be read as a part of a URL.
 */
function asciiOf(domain: string): string {
  if (!/[^\x00-\x7f]/.test(domain) || !/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return domain;
  const url = `http://${domain}`;
  const ascii = URL.canParse(url) ? new URL(url).hostname : domain;
  return ascii.includes("xn--") ? ascii : domain;
}

/**
 * What a clinic's restrictions say of somebody: any one entry for the domain of their address suffices, if it asks for
 * the identity provider they signed in with or for none. Without restrictions anybody may accept.
 */
export function acceptanceOf(
  restrictions: readonly Restriction[],
  verifiedEmail: string | undefined,
  identityProvider: string | undefined,
): Acceptance {
  if (restrictions.length === 0) return { canAccept: true };
  const address = verifiedEmail && addressKey(verifiedEmail);
  const domain = address && asciiOf(address.slice(address.lastIndexOf("@") + 1));
  const matching = restrictions.filter(({ emailDomain }) => domain === addressKey(emailDomain));
  const provider = identityProvider?.toLowerCase();
  if (matching.some(({ requiredIdp }) => !requiredIdp || requiredIdp.toLowerCase() === provider)) {
    return { canAccept: true };
  }
  const requiredIdp = matching[0]?.requiredIdp;
  return requiredIdp ? { canAccept: false, requiredIdp } : { canAccept: false };
}
