import { triesAll } from "../all-cases.ts";

/**
 * How many cases a property is tried with: a part of them in every run of the suite, all of them with
 * `npm run test:properties`, which CI runs besides.
 */
export const cases = (all: number, part: number): number => (triesAll ? all : part);
