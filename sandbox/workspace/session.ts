import { type Client, createClient } from "../../client/index.ts";

/** Somebody of the demo data, or the service of the sandbox. */
export interface Identity {
  readonly who: string;
  readonly name: string;
  readonly is: string;
}

/** Merges are for internal services alone. */
export const SERVICE = "service";

export async function readIdentities(): Promise<readonly Identity[]> {
  const response = await fetch("/sandbox/identities.json");
  if (!response.ok) throw new Error("The sandbox tells no identities.");
  return (await response.json()) as Identity[];
}

/** A client of somebody. Its token is asked for once, kept in memory alone, and asked for again before it expires. */
export function signedInAs(who: string): Client {
  let token: Promise<string> | undefined;
  let askedAt = 0;
  return createClient({
    baseUrl: location.origin,
    token: () => {
      if (token === undefined || Date.now() - askedAt > RENEWED_AFTER_MS) {
        askedAt = Date.now();
        token = askToken(who);
        token.catch(() => (token = undefined));
      }
      return token;
    },
  });
}

/** Tokens of the sandbox are good for some hours. */
const RENEWED_AFTER_MS = 3_600_000;

async function askToken(who: string): Promise<string> {
  const response = await fetch("/sandbox/identities/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ who }),
  });
  if (!response.ok) throw new Error("The sandbox gave no token.");
  return ((await response.json()) as { token: string }).token;
}
