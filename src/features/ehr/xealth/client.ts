import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { accepted, accessToken, AccessTokens, dropBody, jsonOf, responseOf } from "../../../platform/core/outgoing.ts";
import type { JsonObject } from "../model/json.ts";
import type { XealthSettings } from "./settings.ts";

/** A token is not used in its last half minute. */
const TOKEN_RESERVE_MS = 30_000;
const READ_TIMEOUT_MS = 20_000;

/** By client and endpoint. */
const tokens = new AccessTokens();

/** Clears this isolate's memory of tokens. */
export const forgetXealthTokens = (): void => tokens.clear();

const basic = (id: string, secret: string): string => {
  // RFC 6749, 2.3.1: each part is form-encoded first.
  const encoded = (part: string) => new URLSearchParams({ part }).toString().slice("part=".length);
  return `Basic ${btoa(`${encoded(id)}:${encoded(secret)}`)}`;
};

/** Our choice: some minutes. Longer, and an order that does not exist holds up what is ordered after it. */
const NOT_FOUND_ATTEMPTS_MAX = 4;

/** Reads an order as it stands at Xealth. Throws DeliveryError: final when a repeat would be refused the same way. */
export async function readOrder(
  settings: XealthSettings,
  { deployment, orderId }: { readonly deployment: string; readonly orderId: string },
  attempts: number,
): Promise<JsonObject> {
  const { clientId, clientSecret, tokenUrl, apiUrl } = settings;
  const fetchToken = () =>
    accessToken("xealth_token", tokenUrl, {
      form: {},
      headers: { authorization: basic(clientId, clientSecret) },
      reserveMs: TOKEN_RESERVE_MS,
    });
  const url = `${apiUrl}/partner/read/order/${encodeURIComponent(deployment)}/${encodeURIComponent(orderId)}`;
  const request = (bearer: string) =>
    responseOf("xealth", url, {
      headers: { authorization: `Bearer ${bearer}`, accept: "application/json" },
      timeoutMs: READ_TIMEOUT_MS,
    });
  const response = await tokens.use(`${clientId} ${tokenUrl}`, fetchToken, request);
  // An order may be told of before it can be read.
  if (response.status === 404) {
    dropBody(response);
    throw new DeliveryError("xealth_404", { isFinal: attempts >= NOT_FOUND_ATTEMPTS_MAX });
  }
  return (await jsonOf("xealth", await accepted("xealth", response))) as JsonObject;
}
