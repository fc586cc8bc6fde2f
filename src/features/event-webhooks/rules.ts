/** Our choice: a clinic has few systems beside it, and each change is told to every one of them. */
export const SUBSCRIPTIONS_PER_CLINIC_MAX = 10;
export const URL_LENGTH_MAX = 500;

/** How long both secrets sign after a change: time enough to give the new one to the receiver. */
export const OVERLAP_MS = 24 * 3_600_000;
/** A subscription that could not be delivered to for this long is no longer active. */
export const FAILING_MAX_MS = 3 * 24 * 3_600_000;

/** A name with a dot, the last part of which is no number: no IP address, however it is written. */
const PUBLIC_NAME = /^(?=.{4,253}$)(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,62}$/;
const INTERNAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|lan|home|corp|home\.arpa)$/;

/** An octet that may as well stand for itself (RFC 3986, 6.2.2.2). */
const UNRESERVED = /^[\w.~-]$/;

/**
 * The one spelling of a URL (RFC 3986, 6.2): two subscriptions at what the parser takes for one would be told of everything twice.
 * The dot that may end a host name says the same to the DNS.
 */
export function normalUrl(text: string): string {
  const url = new URL(text);
  url.hostname = url.hostname.replace(/\.$/, "");
  return url.href.replaceAll(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
}

/**
 * Why events can't be sent to an address, if they can't. Outside of local development it is https at a public name: what the
 * service can reach and others can't must not be reachable through it.
 */
export function faultOfUrl(text: string, isLocal: boolean): string | undefined {
  // What a parser leaves out, or replaces, would be stored and sent to as something else.
  if (/[\s\p{C}]/u.test(text)) return "a URL without blanks and control characters is expected";
  const url = URL.parse(text);
  if (url === null || !["https:", "http:"].includes(url.protocol)) return "an https URL is expected";
  if (url.username !== "" || url.password !== "" || text.includes("#"))
    return "a URL without credentials and fragment is expected";
  if (normalUrl(text).length > URL_LENGTH_MAX) return `at most ${URL_LENGTH_MAX} characters are expected, encoded`;
  if (isLocal) return undefined;
  if (url.protocol !== "https:") return "an https URL is expected";
  const name = url.hostname.replace(/\.$/, "");
  return PUBLIC_NAME.test(name) && !INTERNAL_NAME.test(name) ? undefined : "a public host name is expected";
}
