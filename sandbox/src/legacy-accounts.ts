import type { PersonInput } from "./inputs.ts";
import type { z } from "zod";

/** What the service lets bound services do; the sandbox may do these two things. */
export interface Clinics {
  putUser(user: {
    id: string;
    email?: string;
    emailVerified?: boolean;
    name?: string;
    roles?: string[];
  }): Promise<void>;
  putAccountShare(share: { fromUserId: string; toUserId: string; permissions: ["view", "upload"] }): Promise<void>;
}

const SHARING = ["Sam Sharing", "Sue Sharing"];

/**
 * Makes an account that stood for a whole clinic before there were clinics, and two people who share their data with it:
 * always the same two for the same account. Throws when another account has its address.
 */
export async function makeLegacyAccount(
  clinics: Clinics,
  { userId, email, name }: z.output<typeof PersonInput>,
): Promise<void> {
  await clinics.putUser({ id: userId, email, emailVerified: email !== undefined, name, roles: ["clinic"] });
  for (const sharingName of SHARING) {
    const id = await idFrom(`${userId} ${sharingName}`);
    await clinics.putUser({ id, email: `${id}@shares.example`, emailVerified: true, name: sharingName });
    await clinics.putAccountShare({ fromUserId: id, toUserId: userId, permissions: ["view", "upload"] });
  }
}

/** A user id that is always the same for a text. */
async function idFrom(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(hash.slice(0, 5), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
