/** Names of properties that need no text. */
export const SELF_EXPLAINING: ReadonlySet<string> = new Set(["city", "country", "message", "postalCode"]);
