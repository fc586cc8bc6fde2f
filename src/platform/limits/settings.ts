import { z } from "@hono/zod-openapi";
import { absent, settingsGroup } from "../core/settings.ts";
import type { Quota } from "./window.ts";

/** A quota as it is told: with the header that says it. */
export interface Limit extends Quota {
  readonly name: string;
  /** RateLimit-Policy. */
  readonly policy: string;
}

const MINUTE = 60;
const HOUR = 3600;

const count = z
  .string()
  .regex(/^[1-9]\d{0,7}$/, { error: "a number from 1 to 99999999 is expected" })
  .or(absent)
  .optional();

const limit = (name: string, given: string | undefined, usual: number, seconds = MINUTE): Limit => {
  const most = Number(given ?? usual);
  return { name, most, seconds, policy: `"${name}";q=${most};w=${seconds}` };
};

/** How often callers may call. Each default is several times what the busiest known use needs. */
export const limitSettings = settingsGroup(
  {
    LIMIT_PERSON: count,
    LIMIT_SERVICE: count,
    LIMIT_WEBHOOK: count,
    LIMIT_ADDRESS: count,
    LIMIT_GUESSES: count,
    LIMIT_NETWORK_GUESSES: count,
  },
  (v) => ({
    // A front end asks ten things to show a page: a person who opens two pages a second all the time.
    person: limit("person", v.LIMIT_PERSON, 1200),
    // A service calls for everybody: 500 a second are more than one isolate answers.
    service: limit("service", v.LIMIT_SERVICE, 30_000),
    // An EHR sends an order for each visit; after an outage it sends what has waited.
    webhook: limit("webhook", v.LIMIT_WEBHOOK, 3000),
    // Who can't say who they are: a clinic behind one address whose tokens have all expired comes to some hundreds.
    address: limit("address", v.LIMIT_ADDRESS, 600),
    // Somebody who types a code from a letter is wrong two or three times.
    guesses: limit("guesses", v.LIMIT_GUESSES, 10, HOUR),
    // All of a clinic's waiting room is behind one address.
    networkGuesses: limit("guesses", v.LIMIT_NETWORK_GUESSES, 100, HOUR),
  }),
);
