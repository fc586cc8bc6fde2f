import type { Example } from "./recorder.ts";

const ENTRIES_MAX = 2;

/** An example whose answer has short lists. Requests stay what was sent. */
export const shortened = ({ response, ...rest }: Example): Example => ({
  ...rest,
  response: { ...response, ...("body" in response && { body: short(response.body) }) },
});

function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map(short);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, short(part)]));
}
