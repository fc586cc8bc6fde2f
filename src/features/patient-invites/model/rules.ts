import type { User } from "../../../platform/accounts/directory.ts";

/** How long an invitation counts as open when its sender makes another one. */
const EXPIRES_AFTER_MS = 7 * 24 * 3_600_000;

export const expiryOf = (createdAt: number): number => createdAt + EXPIRES_AFTER_MS;

/** The name of the person whose data is offered: the one cared for, where the account is somebody else's. */
export const careteamName = (user: User | undefined, tokenName: string | undefined): string =>
  user?.profile.patient?.fullName ?? user?.profile.fullName ?? user?.name ?? tokenName ?? "";

/** Invitations of one person within an hour, at most: each mails all administrators of a clinic. Our choice. */
export const OFFERS_MAX = 10;

/** Administrators of one clinic who are told of an invitation, at most. */
export const MAILS_MAX = 100;
