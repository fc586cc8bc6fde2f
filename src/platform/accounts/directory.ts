import type { SQL } from "drizzle-orm";
import { duplicate, Refusal } from "../core/errors.ts";
import type { Step } from "../db/guard.ts";
import type { Read } from "../db/read.ts";

/** Devices in a profile and in a patient's record. Our choice: far above what clinics send. */
export const TARGET_DEVICES_MAX = 200;

/** The profile of an account, without its e-mail address. */
export interface Profile {
  readonly fullName?: string;
  readonly patient?: {
    readonly fullName?: string;
    readonly birthday?: string | undefined;
    readonly mrn?: string;
    readonly targetDevices?: readonly string[];
  };
}

/** A clinic's data on its custodial patient, merged into the profile; absent fields stay unchanged, undefined ones are removed. */
export interface CustodialProfile {
  readonly fullName?: string | undefined;
  /** Null removes the address from the profile. */
  readonly email: string | null;
  readonly patient: {
    readonly birthday?: string;
    readonly mrn?: string | undefined;
    readonly targetDevices?: readonly string[] | undefined;
    readonly diagnosisType?: string | undefined;
  };
}
/** What a profile can be made to forget, where the record has no value for it. */
export type Forgotten = "fullName" | "birthday" | "mrn" | "targetDevices" | "diagnosisType";

export interface User {
  readonly id: string;
  /** Lower case; null when the account has none (a custodial account without an address). */
  readonly email: string | null;
  readonly name: string | null;
  readonly profile: Profile;
  readonly isCustodial: boolean;
  /** `clinic` denotes a legacy clinic account. */
  readonly roles: readonly string[];
}

/** The refusal code for an address that another account has. */
export const EMAIL_IS_TAKEN = "emailIsTaken";
export const emailIsTaken = () => duplicate("email address is already taken", EMAIL_IS_TAKEN);

/** A change to an account as part of a write. */
export interface AccountChange {
  /** Steps for the batch of the write: the change itself, if accounts are in our own table. */
  readonly steps: readonly Step[];
  /** Reverts the change in the account service when the batch was refused. */
  undo(): Promise<void>;
}

/** The account was claimed by its owner: a clinic may no longer change it. */
export class AccountClaimed extends Error {
  static override readonly name: string = "AccountClaimed";
}

/** A change that consists of batch steps only, so there is nothing to undo. Without steps, no change. */
export const inBatch = (...steps: readonly Step[]): AccountChange => ({ steps, undo: async () => {} });

/** A new account, with the id assigned by its directory. */
export interface NewAccount extends AccountChange {
  readonly id: string;
}

/**
 * Undoes a change to an account after its batch was refused. If it is unknown whether the batch was committed, the
 * account stays changed: a record without an account is worse than an account without a record.
 */
export async function undoIfRefused(account: AccountChange, error: unknown): Promise<void> {
  const isUnsure = error instanceof Refusal && error.kind === "unavailable";
  if (!isUnsure) await account.undo();
}

/**
 * How custodial accounts are synchronised with clinics' records: in the same batch if accounts are in our own table, by
 * a job otherwise. The record overwrites the profile; fields the record lacks stay, except the address and what is told to be forgotten. Other accounts
 * are not changed.
 */
export type CustodialAccounts =
  | {
      readonly where: "ours";
      /**
       * Copies a record written by the batch into the profile. The query returns the record: user_id, full_name,
       * birth_date, mrn, target_devices, diagnosis_type and email.
       */
      readonly copyProfile: (record: SQL, now: number, forgotten?: readonly Forgotten[]) => SQL;
      /** Removes the accounts whose ids the query selects. */
      readonly remove: (ids: SQL) => SQL;
      /** Removes the addresses of the accounts whose ids the query selects. */
      readonly removeAddress: (ids: SQL, now: number) => SQL;
    }
  | {
      readonly where: "elsewhere";
      readonly writeProfile: (userId: string, profile: CustodialProfile) => Promise<void>;
    };

/** The store of people's accounts. */
export interface UserDirectory {
  /** One account, by its id or by a query that selects it. */
  find(userId: string | SQL): Read<User | undefined>;
  /** The accounts whose ids the query selects, unordered; omits those that can't be read now. */
  findAll(ids: SQL): Read<User[]>;
  /** Whether an account has this address, given in lower case. */
  hasAddress(address: string): Read<boolean>;
  /** Creates an account without credentials; an address already in use is refused as a duplicate. */
  createCustodial(account: { id: string; email: string | null; now: number }): Promise<NewAccount>;
  /**
   * Changes or removes a custodial account's address. Throws AccountClaimed, before the batch or in it, when the
   * account was claimed and has another address.
   */
  changeCustodialEmail(account: { id: string; email: string | null; now: number }): Promise<AccountChange>;
  readonly custodial: CustodialAccounts;
  /** Turns a legacy clinic account into a clinician's; other accounts are not changed. */
  endLegacyRole(id: string, now: number): Promise<AccountChange>;
  /** Removes a custodial account unless the query returns a row; other accounts are not changed. */
  removeCustodial(id: string, unless: SQL): Promise<AccountChange>;
}
