import { utf8 } from "./utf8.ts";

/** Pattern of clinic, tag, site and data source ids. */
export const OBJECT_ID = /^[a-f0-9]{24}$/;
/** Pattern of user ids: ten hex digits (legacy) or a lower-case UUID. */
export const USER_ID = /^([0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

const COUNTER_MAX = 0x1000000;
let processPart: string | undefined;
let counter = 0;

/**
 * A new 24-hex id that sorts by second of creation and, within one isolate, by order of creation: four bytes of
 * seconds, five random bytes, a three-byte counter.
 */
export function newObjectId(now: number): string {
  // Seeded on first use: the platform allows no randomness during module initialisation.
  if (processPart === undefined) {
    const seed = crypto.getRandomValues(new Uint8Array(8));
    processPart = hex(seed.subarray(0, 5));
    counter = (seed[5]! << 8) | seed[6]!;
  }
  counter = (counter + 1) % COUNTER_MAX;
  const seconds = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, "0");
  return seconds + processPart + counter.toString(16).padStart(6, "0");
}

/** A new user id for an account in our own directory. */
export const newUserId = (): string => crypto.randomUUID();

/** Bytes of randomness in a key: 32 characters in URL-safe base64. */
const KEY_BYTES = 24;

/** A new unguessable key for an invitation, an account claim or a page. */
export function newSecretKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** Every byte as two hex digits; made once, as thousands of ids are made at a time. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]!]!;
  return text;
}

/**
 * Makes ids of data and data sets: 32 hex digits that begin with the time, so that those made together are neighbours in an
 * index; the last 80 bits are random.
 */
export function dataIdMaker(now: number): () => string {
  const time = now.toString(16).padStart(12, "0");
  const random = new Uint8Array(RANDOM_BYTES * DATA_IDS_AT_ONCE);
  let at = random.length;
  return () => {
    if (at === random.length) {
      crypto.getRandomValues(random);
      at = 0;
    }
    return time + hex(random.subarray(at, (at += RANDOM_BYTES)));
  };
}
const RANDOM_BYTES = 10;
const DATA_IDS_AT_ONCE = 64;

/** The SHA-256 of a text, as hex. */
export async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

/** Whether two secrets are the same, in a time that does not depend on them. */
export async function isSameSecret(given: string, expected: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", utf8(text));
  const [one, other] = await Promise.all([digest(given), digest(expected)]);
  return crypto.subtle.timingSafeEqual(one, other);
}
