import type { Step } from "../db/guard.ts";
import type { Read } from "../db/read.ts";

/** What an account says about a person besides its address. */
export interface Profile {
  readonly fullName?: string;
  readonly patient?: {
    readonly fullName?: string;
    readonly birthday?: string;
    readonly mrn?: string;
    readonly targetDevices?: readonly string[];
  };
}

export interface User {
  readonly id: string;
  /** Lower case; null when the account has none (a custodial account without an address). */
  readonly email: string | null;
  readonly name: string | null;
  readonly profile: Profile;
  readonly isCustodial: boolean;
  /** What the account is: `clinic` marks a legacy clinic account. */
  readonly roles: readonly string[];
}

/** A change to an account, as part of the write it belongs to. */
export interface AccountChange {
  /** Steps for the same batch: where accounts live in our own table, the change itself. */
  readonly steps: readonly Step[];
  /** Undoes what was done elsewhere when the batch was refused. */
  undo(): Promise<void>;
}

/** Where the accounts of people are kept. */
export interface UserDirectory {
  find(userId: string): Read<User | undefined>;
  /** Makes an account without credentials; an address that any account has is refused as a duplicate. */
  createCustodial(account: { id: string; email: string | null; now: number }): Promise<AccountChange>;
  /** Gives a custodial account another address, or none; other accounts are left alone. */
  changeCustodialEmail(account: { id: string; email: string | null; now: number }): Promise<AccountChange>;
}
