import { describe, expect, test } from "vitest";
import { triesAll } from "../all-cases.ts";
import type { Answer, GivenClinic } from "../harness.ts";
import { expectCounted } from "./recount.ts";

/** Races of eight callers each: only the allowed winners, no fault, and numbers that are those of a recount. */

export const CALLERS = 8;
/** Of each race. */
const [ROUNDS, FEW] = [20, 2];

export interface Race {
  /** Whose numbers are compared with a recount, as far as they are still there. */
  readonly clinics: readonly GivenClinic[];
  readonly call: (n: number) => Promise<Answer>;
  /** How many may get a success: exactly so many, or one of several numbers. */
  readonly winners?: number | readonly number[];
  readonly after?: (answers: readonly Answer[]) => Promise<void>;
}

export const ok = ({ status }: Answer) => status < 300;
export const both = (n: number, one: () => Promise<Answer>, other: () => Promise<Answer>) =>
  n % 2 === 0 ? one() : other();

/** Runs each race for a few rounds, or for all of them. */
export const raceAll = (races: Readonly<Record<string, () => Promise<Race>>>, rounds = ROUNDS) =>
  describe("a race of eight for", () => {
    test.each(Object.entries(races))(
      "%s",
      async (_, given) => {
        for (let round = 0; round < (triesAll ? rounds : FEW); round++) {
          const { clinics, call, winners, after } = await given();
          const answers = await Promise.all(Array.from({ length: CALLERS }, (__, n) => call(n)));
          const told = answers.map(({ status, text }) => (status < 300 ? status : `${status} ${text.slice(0, 120)}`));
          expect(answers.filter(({ status }) => status >= 500).length, `faults among ${told.join("; ")}`).toBe(0);
          if (winners !== undefined) expect([winners].flat(), told.join("; ")).toContain(answers.filter(ok).length);
          await after?.(answers);
          for (const clinic of clinics) await expectCounted(clinic);
        }
      },
      300_000,
    );
  });
