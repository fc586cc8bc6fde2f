import type { SQL } from "drizzle-orm";
import { duplicate, Refusal } from "../core/errors.ts";
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

/** What a clinic knows of its custodial patient: written over what the profile has; what is absent stays as it is. */
export interface CustodialProfile {
  readonly fullName?: string;
  /** Null: the profile has none from now on. */
  readonly email: string | null;
  readonly patient: {
    readonly birthday?: string;
    readonly mrn?: string;
    readonly targetDevices?: readonly string[];
    readonly diagnosisType?: string;
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

/** The code of the refusal of an address that another account has. */
export const EMAIL_IS_TAKEN = "emailIsTaken";
export const emailIsTaken = () => duplicate("email address is already taken", EMAIL_IS_TAKEN);

/** A change to an account, as part of the write it belongs to. */
export interface AccountChange {
  /** Steps for the same batch: where accounts live in our own table, the change itself. */
  readonly steps: readonly Step[];
  /** Undoes what was done elsewhere when the batch was refused. */
  undo(): Promise<void>;
}

/** The account has an owner who signs in: what it says is no longer a clinic's to change. */
export class AccountClaimed extends Error {}

/** A change that is all in the batch: when that is refused there is nothing to undo. No steps: no change. */
export const inBatch = (...steps: readonly Step[]): AccountChange => ({ steps, undo: async () => {} });

/** A new account, under the id that its directory gives it. */
export interface NewAccount extends AccountChange {
  readonly id: string;
}

/**
 * Undoes a change to an account whose batch was refused. Where it is unknown whether the batch was committed, the
 * account stays changed: a record without its account is worse than an account without a record.
 */
export async function undoIfRefused(account: AccountChange, error: unknown): Promise<void> {
  const isUnsure = error instanceof Refusal && error.kind === "unavailable";
  if (!isUnsure) await account.undo();
}

/**
 * How custodial accounts follow what clinics write: in the batch that writes it where accounts are ours, by a job where
 * they are elsewhere. The profile says what the clinic's record says; what the record does not have stays in the profile,
 * but for the address. Any other account is left alone.
 */
export type CustodialAccounts =
  | {
      readonly where: "ours";
      /**
       * Copies into a profile what a record says that the batch has written. The query gives the record: user_id,
       * full_name, birth_date, mrn, target_devices, diagnosis_type and email.
       */
      readonly copyProfile: (record: SQL, now: number) => SQL;
      /** Removes the accounts that a query selects by their ids. */
      readonly remove: (ids: SQL) => SQL;
      /** Takes their addresses from the accounts that a query selects by their ids. */
      readonly removeAddress: (ids: SQL, now: number) => SQL;
    }
  | {
      readonly where: "elsewhere";
      readonly writeProfile: (userId: string, profile: CustodialProfile) => Promise<void>;
    };

/** Where the accounts of people are kept. */
export interface UserDirectory {
  /** One account, by its id or by a query that selects it. */
  find(userId: string | SQL): Read<User | undefined>;
  /** The accounts whose ids the query selects, in no particular order; those that can't be read now are left out. */
  findAll(ids: SQL): Read<User[]>;
  /** Makes an account without credentials; an address that any account has is refused as a duplicate. */
  createCustodial(account: { id: string; email: string | null; now: number }): Promise<NewAccount>;
  /**
   * Gives a custodial account another address, or none. Throws AccountClaimed, before the batch or in it, when the account
   * has an owner and another address.
   */
  changeCustodialEmail(account: { id: string; email: string | null; now: number }): Promise<AccountChange>;
  readonly custodial: CustodialAccounts;
  /** Makes a legacy clinic account an ordinary clinician's; any other account is left alone. */
  endLegacyRole(id: string, now: number): Promise<AccountChange>;
  /** Removes a custodial account unless the query finds something; any other account is left alone. */
  removeCustodial(id: string, unless: SQL): Promise<AccountChange>;
}
