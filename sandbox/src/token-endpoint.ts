import type { Context } from "hono";
import { formOf, mediaType } from "./inputs.ts";
import { TOKEN_HOURS, type tokens } from "./tokens.ts";

/** The machine account that can prove itself here. */
export interface ServiceAccount {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly userId: string;
  readonly name: string;
}

const SCOPES = new Set(["openid"]);

/** The client-credentials grant of OAuth 2 (RFC 6749 §4.4), with the id token of OpenID Connect where it is asked for. */
export async function grantToken(
  c: Context,
  account: ServiceAccount,
  signer: ReturnType<typeof tokens>,
): Promise<Response> {
  c.header("cache-control", "no-store");
  const refuse = (error: string, status: 400 | 401 = 400) => c.json({ error }, status);
  if (mediaType(c) !== "application/x-www-form-urlencoded") return refuse("invalid_request");
  const form = await formOf(c);
  const { id, secret } = basicCredentials(c.req.header("authorization")) ?? {
    id: form.client_id,
    secret: form.client_secret,
  };
  if (id !== account.clientId || secret !== account.clientSecret) {
    c.header("www-authenticate", 'Basic realm="sandbox"');
    return refuse("invalid_client", 401);
  }
  if (form.grant_type === undefined) return refuse("invalid_request");
  if (form.grant_type !== "client_credentials") return refuse("unsupported_grant_type");
  const scopes = (form.scope ?? "").split(" ").filter(Boolean);
  if (scopes.some((scope) => !SCOPES.has(scope))) return refuse("invalid_scope");
  return c.json({
    access_token: await signer.person(account),
    token_type: "Bearer",
    expires_in: TOKEN_HOURS * 3600,
    ...(scopes.length > 0 && { scope: "openid", id_token: await signer.identity(account.userId, account.clientId) }),
  });
}

/** The client's id and secret, each form-encoded before they were joined (RFC 6749 §2.3.1). */
export function basicCredentials(header: string | undefined): { id: string; secret: string } | undefined {
  const [, encoded] = /^basic ([a-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [id = "", secret = ""] = decoded(encoded).split(":").map(formDecoded);
  return { id, secret };
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}

/** `&` can't end a value, as it would have been encoded. */
const formDecoded = (text: string): string => new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? "";
