import { sha256 } from "../../platform/core/ids.ts";
import { utf8 } from "../../platform/core/utf8.ts";

/** Of which secret: a subscription's, counted from 1, made from the key with this id. */
export interface SecretName {
  readonly subscriptionId: string;
  readonly version: number;
  readonly keyId: string;
}

const KEY_ID_LENGTH = 12;
const SECRET_BITS = 256;

/** Names a key without telling it. */
export const keyIdOf = async (key: string): Promise<string> =>
  (await sha256(`event key ${key}`)).slice(0, KEY_ID_LENGTH);

/**
 * A secret of a subscription (HKDF, RFC 5869); undefined when the deployment no longer has its key. It is derived and never
 * stored: who reads the database can sign nothing.
 */
export async function secretBytes(
  keys: readonly string[],
  it: SecretName,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const key of keys) {
    if ((await keyIdOf(key)) !== it.keyId) continue;
    const base = await crypto.subtle.importKey("raw", utf8(key), "HKDF", false, ["deriveBits"]);
    const how = {
      name: "HKDF",
      hash: "SHA-256",
      salt: utf8(it.subscriptionId),
      info: utf8(`event webhook ${it.version}`),
    };
    return new Uint8Array(await crypto.subtle.deriveBits(how, base, SECRET_BITS));
  }
  return undefined;
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** A secret as receivers are given it. */
export const secretText = (bytes: Uint8Array): string => `whsec_${base64(bytes)}`;

/** What signs a message by the scheme of Standard Webhooks, once for each secret. */
export async function signatures(
  secrets: readonly Uint8Array<ArrayBuffer>[],
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Promise<string> {
  const signed = utf8(`${id}.${seconds}.${body}`);
  const all = secrets.map(async (secret) => {
    const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return `v1,${base64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`;
  });
  return (await Promise.all(all)).join(" ");
}
