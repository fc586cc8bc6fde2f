import { type SQL, sql } from "drizzle-orm";
import type { Person } from "../auth/caller.ts";
import { type Step, refuseIfFound } from "../db/guard.ts";
import { mapped, type Read, rowOf, rowsOf } from "../db/read.ts";
import { users } from "../db/tables.ts";
import {
  AccountClaimed,
  emailIsTaken,
  type Forgotten,
  inBatch,
  type Profile,
  type User,
  type UserDirectory,
} from "./directory.ts";

interface UserRow {
  id: string;
  email: string | null;
  name: string | null;
  profile: string | null;
  isCustodial: number;
  roles: string;
}

/** Empty texts say that nothing is known, as in an account service. */
const knownOf = (profile: string): Profile =>
  JSON.parse(profile, function (this: unknown, _, value: unknown) {
    return value === "" && !Array.isArray(this) ? undefined : value;
  }) as Profile;

const toUser = (row: UserRow): User => {
  const profile = row.profile === null ? {} : knownOf(row.profile);
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    profile: row.name === null || profile.fullName !== undefined ? profile : { ...profile, fullName: row.name },
    isCustodial: row.isCustodial === 1,
    roles: JSON.parse(row.roles) as string[],
  };
};

const columns = sql.raw('id, email, name, profile, is_custodial AS "isCustodial", roles');

export const findUser = (userId: string | SQL): Read<User | undefined> =>
  mapped(
    rowOf<UserRow>(
      sql`SELECT ${columns} FROM ${users} WHERE ${users.id} = ${typeof userId === "string" ? userId : sql`(${userId})`}`,
    ),
    (row) => row && toUser(row),
  );

const findUsers = (ids: SQL): Read<User[]> =>
  mapped(rowsOf<UserRow>(sql`SELECT ${columns} FROM ${users} WHERE ${users.id} IN (${ids})`), (rows) =>
    rows.map(toUser),
  );

/** A patch that removes these members of a profile. */
const absent = (names: readonly Forgotten[]): string => {
  const { fullName, ...patient } = Object.fromEntries(names.map((name) => [name, null]));
  return JSON.stringify({ ...(fullName === null && { fullName }), patient });
};

const refuseTakenEmail = (email: string, ownId: string): Step =>
  refuseIfFound(sql`SELECT 1 FROM ${users} WHERE ${users.email} = ${email} AND ${users.id} <> ${ownId}`, emailIsTaken);

/** The directory of a deployment with accounts in its own table: changes are statements of the same batch. */
export const ownDirectory: UserDirectory = {
  find: findUser,
  findAll: findUsers,
  hasAddress: (address) =>
    mapped(rowOf(sql`SELECT 1 FROM ${users} WHERE ${users.email} = ${address}`), (row) => row !== undefined),
  createCustodial: async ({ id, email, now }) => ({
    id,
    ...inBatch(
      ...(email === null ? [] : [refuseTakenEmail(email, id)]),
      sql`INSERT INTO ${users} (id, email, email_verified, name, profile, roles, is_custodial, created_at, updated_at)
          VALUES (${id}, ${email}, 0, NULL, NULL, '["custodial_account","patient"]', 1, ${now}, ${now})`,
    ),
  }),
  changeCustodialEmail: async ({ id, email, now }) =>
    inBatch(
      refuseIfFound(
        sql`SELECT 1 FROM ${users} WHERE ${users.id} = ${id} AND is_custodial = 0 AND email IS NOT ${email}`,
        () => new AccountClaimed(),
      ),
      ...(email === null ? [] : [refuseTakenEmail(email, id)]),
      sql`UPDATE ${users} SET email = ${email}, updated_at = ${now}
          WHERE id = ${id} AND is_custodial = 1 AND email IS NOT ${email}`,
    ),
  custodial: {
    where: "ours",
    // json_patch('{}', …) drops nulls, so absent fields stay; the address patch keeps its nulls, which remove it.
    copyProfile: (record, now, forgotten = []) =>
      sql`UPDATE ${users} SET profile = json_patch(json_patch(json_patch(coalesce(users.profile, '{}'), ${absent(forgotten)}),
              record.known), record.address),
            updated_at = ${now}
          FROM (SELECT user_id,
                  json_patch('{}', json_object('fullName', full_name, 'patient', json_object('birthday', birth_date,
                    'mrn', mrn, 'targetDevices', json(target_devices), 'diagnosisType', diagnosis_type))) AS known,
                  json_object('email', email, 'patient',
                    json_object('emails', json(CASE WHEN email IS NOT NULL THEN json_array(email) END))) AS address
                FROM (${record})) AS record
          WHERE users.id = record.user_id AND users.is_custodial = 1`,
    remove: (ids) => sql`DELETE FROM ${users} WHERE ${users.id} IN (${ids}) AND is_custodial = 1`,
    removeAddress: (ids, now) =>
      sql`UPDATE ${users} SET email = NULL, updated_at = ${now} WHERE ${users.id} IN (${ids}) AND is_custodial = 1`,
  },
  endLegacyRole: async (id, now) =>
    inBatch(
      sql`UPDATE ${users} SET roles = '["clinician"]', updated_at = ${now}
          WHERE ${users.id} = ${id} AND instr(${users.roles}, '"clinic"') > 0`,
    ),
  removeCustodial: async (id, unless) =>
    inBatch(
      sql`DELETE FROM ${users} WHERE id = ${id} AND is_custodial = 1
          AND NOT EXISTS (${unless})`,
    ),
};

/** SQL condition: the owner of the account has signed in here, whichever directory holds accounts. */
export const hasOwner = (userId: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${userId} AND ${users.isCustodial} = 0)`;

/**
 * Updates a person's own row from their token. An address that belongs to another account stays there: a token can't
 * take it over.
 */
export const keepCurrent = (person: Person, now: number): readonly SQL[] => {
  const email = person.email ?? null;
  const name = person.name ?? null;
  const isFree = sql`NOT EXISTS (SELECT 1 FROM ${users} AS other WHERE other.email = ${email} AND other.id <> ${person.id})`;
  // The verified flag applies only to the stored address.
  const verified = sql`CASE WHEN ${isFree} THEN ${person.emailVerified && email !== null ? 1 : 0} ELSE 0 END`;
  const free = sql`CASE WHEN ${isFree} THEN ${email} END`;
  return [
    sql`INSERT INTO ${users} (id, email, email_verified, name, profile, roles, is_custodial, created_at, updated_at)
        SELECT ${person.id}, ${free}, ${verified}, ${name}, NULL, '[]', 0, ${now}, ${now}
        WHERE true
        ON CONFLICT (id) DO UPDATE SET
          email = coalesce(excluded.email, users.email),
          email_verified = CASE WHEN excluded.email IS NULL THEN users.email_verified ELSE excluded.email_verified END,
          name = coalesce(excluded.name, users.name), is_custodial = 0, updated_at = excluded.updated_at
        WHERE users.email IS NOT coalesce(excluded.email, users.email) OR users.name IS NOT coalesce(excluded.name, users.name)
           OR users.is_custodial <> 0 OR (excluded.email IS NOT NULL AND users.email_verified <> excluded.email_verified)`,
  ];
};

/**
 * Removes what is known of a person whose account is gone: their address is free for another account, unless they come
 * again with a token that is still good.
 */
export const forgetUser = (userId: string): SQL => sql`DELETE FROM ${users} WHERE ${users.id} = ${userId}`;

/** Writes a user given by an internal service, replacing the whole row. */
export const putUserRow = (
  user: {
    id: string;
    email: string | null;
    emailVerified: boolean;
    name: string | null;
    profile: Profile;
    roles: readonly string[];
    isCustodial: boolean;
  },
  now: number,
): readonly Step[] => [
  ...(user.email === null ? [] : [refuseTakenEmail(user.email, user.id)]),
  sql`INSERT INTO ${users} (id, email, email_verified, name, profile, roles, is_custodial, created_at, updated_at)
      VALUES (${user.id}, ${user.email}, ${user.emailVerified ? 1 : 0}, ${user.name}, ${JSON.stringify(user.profile)},
              ${JSON.stringify(user.roles)}, ${user.isCustodial ? 1 : 0}, ${now}, ${now})
      ON CONFLICT (id) DO UPDATE SET email = excluded.email, email_verified = excluded.email_verified, name = excluded.name,
        profile = excluded.profile, roles = excluded.roles, is_custodial = excluded.is_custodial, updated_at = excluded.updated_at`,
];
