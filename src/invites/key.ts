import { KEY_BYTES } from "./rules.ts";

/** A new key of an invitation: who knows it can name the invitation, nobody can guess it. */
export function newInviteKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
