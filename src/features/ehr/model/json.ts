/**
 * Reads JSON that other systems wrote: what is absent, null or of another type is undefined. The length of a message is
 * bounded where it is received.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Our choice: more entries than any list of an order has. */
export const ENTRIES_MAX = 1000;

export const objectOf = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

/** Only the first entries. */
export const listOf = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value.slice(0, ENTRIES_MAX) : undefined;

/** A text that isn't empty: EHRs write the empty text for none. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
