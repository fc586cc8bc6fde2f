import { outboxKind } from "../../platform/outbox/kinds.ts";

/** Writes what a clinic says of its custodial patient into the profile of the account. */
export const COPY_TO_PROFILE = outboxKind("copy_to_profile");
/** Closes a custodial account whose record was removed. */
export const CLOSE_ACCOUNT = outboxKind("close_account");
/** Gives accounts the addresses that clinics' records have, one after the other: an address moves from the first to the second. */
export const MOVE_ADDRESS = outboxKind("move_address");
