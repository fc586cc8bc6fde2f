import { type SQL, sql } from "drizzle-orm";
import type { Ctx } from "../context/context.ts";
import { tooManyRequests } from "../core/errors.ts";
import type { Read } from "../db/read.ts";
import { guesses } from "../db/tables.ts";
import { limitSettings } from "./settings.ts";

/** What one wrong guess costs: the milliseconds of the window, as `Window` counts. */
const HOUR_MS = 3_600_000;

/**
 * Counts a guess in the batch that reads what was guessed, unless `right` finds something, and refuses a person or a network
 * that has made too many, also when this one is right: one transaction decides both, so many at once get no more tries than
 * many in a row. While they are refused nothing is counted. Services are not counted: what they guess is asked by others.
 */
export function countGuess({ caller, network, settings, now }: Ctx, right: SQL): Read<void> {
  if (caller.kind === "service") return { statements: [], take: () => undefined };
  const { guesses: ofPerson, networkGuesses } = settings.of(limitSettings);
  const person = sql`SELECT ${`person ${caller.id}`} AS who, ${ofPerson.most} AS most`;
  const all =
    network === undefined ? person : sql`${person} UNION ALL SELECT ${`network ${network}`}, ${networkGuesses.most}`;
  const owed = sql`max(0, coalesce(${guesses.owed} - max(0, ${now} - ${guesses.at}) * most, 0))`;
  const counted = sql`FROM (${all}) AS guesser LEFT JOIN ${guesses} ON ${guesses.who} = guesser.who`;
  const waitMs = sql`(${owed} + ${HOUR_MS} - most * ${HOUR_MS}) / most`;
  // The clock of who guessed last may be ahead: nothing is given back before that.
  const aheadMs = sql`max(0, coalesce(${guesses.at} - ${now}, 0))`;
  return {
    statements: [
      sql`SELECT max(iif(${waitMs} > 0, ${waitMs} + ${aheadMs}, 0)) AS "waitMs" ${counted}`,
      sql`INSERT INTO ${guesses} (who, owed, at) SELECT guesser.who, CAST(${owed} + ${HOUR_MS} AS INTEGER), ${now} ${counted}
          WHERE NOT EXISTS (${right}) AND NOT EXISTS (SELECT 1 ${counted} WHERE ${waitMs} > 0)
          ON CONFLICT (who) DO UPDATE SET owed = excluded.owed, at = max(at, excluded.at)`,
    ],
    take: ([rows]) => {
      const wait = rows?.[0]?.waitMs as number;
      if (wait > 0) throw tooManyRequests("too many wrong guesses, try again later", Math.ceil(wait / 1000));
    },
  };
}

/** Removes those who owe nothing any more, a bounded number at a time. */
export const sweepGuesses = (now: number): SQL =>
  sql`DELETE FROM ${guesses} WHERE ${guesses.who} IN (SELECT ${guesses.who} FROM ${guesses}
      WHERE ${guesses.at} <= ${now - HOUR_MS} ORDER BY ${guesses.at} LIMIT 1000)`;
