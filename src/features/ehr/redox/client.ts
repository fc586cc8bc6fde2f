import { importPKCS8, SignJWT } from "jose";
import { DeliveryError } from "../../../platform/core/delivery-error.ts";
import { accepted, accessToken, AccessTokens, dropBody, jsonOf, responseOf } from "../../../platform/core/outgoing.ts";
import type { RedoxTransport } from "./settings.ts";

/** Sends messages and files to Redox. Both throw DeliveryError: final when a repeat would be refused the same way. */
export interface Redox {
  /** Sends the JSON text of a message; resolves once Redox has accepted it. */
  readonly send: (message: BodyInit) => Promise<void>;
  /** Uploads a file; its address in Redox's store. */
  readonly upload: (file: Uint8Array<ArrayBuffer>) => Promise<string>;
}

const ALGORITHM = "RS384";
const ASSERTION_SECONDS = 300;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** A token is not used in its last minute. */
const TOKEN_RESERVE_MS = 60_000;
/** With the token's, and one repeat after a 401, an attempt stays below its lease. */
const SEND_TIMEOUT_MS = 25_000;
const URI_LENGTH_MAX = 2048;

/** By client and endpoint. */
const tokens = new AccessTokens();

/** Clears this isolate's memory of tokens. */
export const forgetRedoxTokens = (): void => tokens.clear();

export function redoxClient(transport: RedoxTransport): Redox {
  const key = `${transport.clientId} ${transport.keyId} ${transport.tokenUrl}`;

  const post = async (url: string, makeBody: () => BodyInit, headers: Record<string, string>): Promise<Response> => {
    const request = (bearer: string) =>
      responseOf("redox", url, {
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${bearer}` },
        body: makeBody(),
        timeoutMs: SEND_TIMEOUT_MS,
      });
    return accepted("redox", await tokens.use(key, () => fetchToken(transport), request));
  };

  return {
    async send(message) {
      dropBody(await post(transport.endpointUrl, () => message, { "content-type": "application/json" }));
    },
    async upload(file) {
      const form = () => {
        const data = new FormData();
        data.set("file", new Blob([file], { type: "application/pdf" }), "report.pdf");
        return data;
      };
      const response = await post(transport.uploadUrl ?? "", form, {});
      const { URI } = await jsonOf<{ URI?: unknown }>("redox_upload", response);
      if (typeof URI !== "string" || URI === "" || URI.length > URI_LENGTH_MAX) {
        throw new DeliveryError("redox_upload_unreadable");
      }
      return URI;
    },
  };
}

async function fetchToken(transport: RedoxTransport): ReturnType<typeof accessToken> {
  const issuedAt = Math.floor(Date.now() / 1000);
  const assertion = new SignJWT(transport.audience === undefined ? {} : { aud: transport.audience })
    .setProtectedHeader({ alg: ALGORITHM, kid: transport.keyId, typ: "JWT" })
    .setIssuer(transport.clientId)
    .setSubject(transport.clientId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_SECONDS)
    .setJti(crypto.randomUUID());
  let signed: string;
  try {
    signed = await assertion.sign(await importPKCS8(transport.privateKey, ALGORITHM));
  } catch (cause) {
    // Nothing can be sent until the configuration is corrected; entries wait for that.
    throw new DeliveryError("redox_key_unusable", { cause });
  }
  return accessToken("redox_token", transport.tokenUrl, {
    form: { client_assertion_type: ASSERTION_TYPE, client_assertion: signed },
    reserveMs: TOKEN_RESERVE_MS,
  });
}
