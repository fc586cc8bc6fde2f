import { z } from "@hono/zod-openapi";
import { absent, Misconfigured, type Settings, settingsGroup } from "../../platform/core/settings.ts";
import { utf8 } from "../../platform/core/utf8.ts";
import { malformed } from "./refusals.ts";

const cursorKey = settingsGroup(
  { FHIR_CURSOR_KEY: z.string().min(32).or(absent).optional() },
  (v): string | undefined => v.FHIR_CURSOR_KEY,
);

/** A search and how far it has come. */
export interface Place {
  readonly query: string;
  readonly after: number;
}

const IV_BYTES = 12;
const LENGTH_MAX = 8000;

async function keyOf(settings: Settings): Promise<CryptoKey> {
  const secret = settings.of(cursorKey);
  if (secret === undefined)
    throw new Misconfigured("FHIR_CURSOR_KEY must be set: links of searches are sealed with it");
  const digest = await crypto.subtle.digest("SHA-256", utf8(secret));
  return crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** What a link is bound to: who may follow it, and where. */
const bound = (callerId: string, type: string, iv: BufferSource) => ({
  name: "AES-GCM",
  iv,
  additionalData: utf8(`${callerId} ${type}`),
});

/** Seals a place: nobody can read it, and the caller alone can come back to it. */
export async function seal(settings: Settings, callerId: string, type: string, place: Place): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = utf8(JSON.stringify([place.query, place.after]));
  const sealed = await crypto.subtle.encrypt(bound(callerId, type, iv), await keyOf(settings), text);
  return btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Opens what `seal` made for this caller and type; refuses anything else. */
export async function unseal(settings: Settings, callerId: string, type: string, cursor: string): Promise<Place> {
  const key = await keyOf(settings);
  try {
    if (cursor.length > LENGTH_MAX) throw new Error("too long");
    const bytes = Uint8Array.from(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));
    const how = bound(callerId, type, bytes.subarray(0, IV_BYTES));
    const text = new TextDecoder().decode(await crypto.subtle.decrypt(how, key, bytes.subarray(IV_BYTES)));
    const [query, after] = JSON.parse(text) as [string, number];
    return { query, after };
  } catch {
    throw malformed("_cursor is none of this search and caller");
  }
}
