import { decodeJwt } from "jose";
import { basicCredentials } from "../../platform/auth/client-credentials.ts";
import { badRequest, unavailable } from "../../platform/core/errors.ts";
import { USER_ID } from "../../platform/core/ids.ts";
import { boundedJson, dropBody } from "../../platform/core/outgoing.ts";
import { absent, httpUrl, Misconfigured, settingsGroup } from "../../platform/core/settings.ts";

/** Where machine accounts prove themselves; none where the deployment takes in none. */
export const tokenEndpoint = settingsGroup(
  { SERVICE_ACCOUNT_TOKEN_ENDPOINT: httpUrl.or(absent).optional() },
  (variables) => variables.SERVICE_ACCOUNT_TOKEN_ENDPOINT,
);

/** Our choice: an operator waits for the answer. */
const TIMEOUT_MS = 5_000;
/** What RFC 6749 §5.2 answers bad credentials with, and what servers in the field do. */
const REJECTIONS = new Set([400, 401, 403]);

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * The user id of a machine account, from an OAuth client-credentials grant with its own id and secret: 400 when they are
 * rejected or name no user, 503 when the endpoint can't tell. The secret goes to the endpoint and nowhere else.
 */
export async function verifiedSubject(endpoint: string | undefined, credentials: ClientCredentials): Promise<string> {
  if (endpoint === undefined) {
    throw unavailable(
      "service accounts are not configured",
      new Misconfigured("SERVICE_ACCOUNT_TOKEN_ENDPOINT is not set"),
    );
  }
  const idToken = await idTokenFrom(endpoint, credentials);
  const subject = typeof idToken === "string" ? subjectOf(idToken) : undefined;
  if (subject === undefined || !USER_ID.test(subject)) throw badRequest("unable to verify client credentials");
  return subject;
}

/** The id token of a granted request; undefined when the credentials were rejected. */
async function idTokenFrom(endpoint: string, { clientId, clientSecret }: ClientCredentials): Promise<unknown> {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: basicCredentials(clientId, clientSecret),
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "openid" }),
      // The secret was meant for this address alone.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return ((await boundedJson(response)) as { id_token?: unknown } | null)?.id_token;
    dropBody(response);
    if (REJECTIONS.has(response.status)) return undefined;
    throw new Error(`the token endpoint answered ${response.status}`);
  } catch (error) {
    throw unavailable("client credentials can't be verified now, try again", error);
  }
}

/** Came straight from the issuer, over a connection we opened: its signature would prove nothing more. */
function subjectOf(idToken: string): string | undefined {
  try {
    return decodeJwt(idToken).sub;
  } catch {
    return undefined;
  }
}
