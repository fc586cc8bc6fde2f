import { type SQL, sql } from "drizzle-orm";
import { newSecretKey, sha256 } from "../../platform/core/ids.ts";
import { mapped, type Read, rowOf } from "../../platform/db/read.ts";
import { restrictedTokens } from "../tables/accounts.ts";
import { CONNECTION_PATH } from "../patients/model/rules.ts";

const SWEPT_AT_ONCE = 1000;

/**
 * Takes back every token that opens this path, or one that a query selects, for this person; or of those the ones that
 * were made before an instant.
 */
export const revokeTokens = (userId: string, path: string | SQL, madeBefore?: number): SQL =>
  sql`DELETE FROM ${restrictedTokens} WHERE ${restrictedTokens.userId} = ${userId} AND ${restrictedTokens.path} IN (${path})
      AND ${madeBefore === undefined ? sql`true` : sql`${restrictedTokens.createdAt} < ${madeBefore}`}`;

/**
 * A new token that opens one path for one person, and the statements that write it, in place of those before, or of
 * those that were made before an instant. Only its hash is stored: the token itself is returned here and never again.
 */
export async function newToken(
  userId: string,
  path: string,
  now: number,
  lifetimeMs: number,
  inPlaceOfThoseBefore?: number,
): Promise<{ token: string; statements: readonly SQL[] }> {
  const token = newSecretKey();
  const hash = await sha256(token);
  return {
    token,
    statements: [
      revokeTokens(userId, path, inPlaceOfThoseBefore),
      sql`INSERT INTO ${restrictedTokens} (hash, user_id, path, created_at, expires_at)
          VALUES (${hash}, ${userId}, ${path}, ${now}, ${now + lifetimeMs})`,
    ],
  };
}

/** Whom a token opens the path for, while it is good. */
export async function holderOfToken(token: string, path: string, now: number): Promise<Read<string | undefined>> {
  const hash = await sha256(token);
  return mapped(
    rowOf<{ userId: string }>(
      sql`SELECT ${restrictedTokens.userId} AS "userId" FROM ${restrictedTokens}
          WHERE ${restrictedTokens.hash} = ${hash} AND ${restrictedTokens.path} = ${path} AND ${restrictedTokens.expiresAt} > ${now}`,
    ),
    (row) => row?.userId,
  );
}

/** Forgets tokens that are no longer good, a bounded number at a time. */
export const sweepTokens = (now: number): SQL =>
  sql`DELETE FROM ${restrictedTokens} WHERE ${restrictedTokens.hash} IN
        (SELECT ${restrictedTokens.hash} FROM ${restrictedTokens} WHERE ${restrictedTokens.expiresAt} <= ${now} LIMIT ${SWEPT_AT_ONCE})`;

/**
 * Takes back the tokens that were mailed to people whose ids a query selects. The link to a report says by itself that the
 * patient is gone.
 */
export const revokeMailedTokens = (userIds: string | SQL): SQL =>
  sql`DELETE FROM ${restrictedTokens} WHERE ${restrictedTokens.userId} IN (${userIds})
      AND substr(${restrictedTokens.path}, 1, ${CONNECTION_PATH.length}) = ${CONNECTION_PATH}`;

/** Takes back every token of a person. */
export const revokeAllTokens = (userId: string): SQL =>
  sql`DELETE FROM ${restrictedTokens} WHERE ${restrictedTokens.userId} = ${userId}`;
