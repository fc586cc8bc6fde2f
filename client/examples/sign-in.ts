import { type Client, createClient } from "../index.ts";

/** The token may be a function: it is asked once a request, so it can renew a token that is about to expire. */
export function signIn(token: string | (() => Promise<string>), baseUrl = "http://localhost:8787"): Client {
  return createClient({ baseUrl, token });
}
