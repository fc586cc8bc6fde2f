import { beginningOf, withoutUnseen } from "./cell-text.ts";

const NAME_LENGTH_MAX = 31;
const FORBIDDEN = /[:\\/?*[\]\t\n\r]/g;
/** Reserved by Excel. */
const RESERVED = "history";

/** Valid sheet names for spreadsheet programs: truncated, without forbidden characters, and unique ignoring case. */
export function sheetNames(wanted: readonly string[]): readonly string[] {
  const taken = new Set([RESERVED]);
  return wanted.map((text) => {
    const name = withoutUnseen(text.toWellFormed())
      .replace(FORBIDDEN, " ")
      .replace(/^[\s']+/, "");
    const free = firstFree(name || "Sheet", taken);
    taken.add(free.toLowerCase());
    return free;
  });
}

function firstFree(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? "" : ` ${number}`;
    const beginning = beginningOf(name, NAME_LENGTH_MAX - suffix.length).replace(/(?<![\s'])[\s']+$/, "");
    if (!taken.has((beginning + suffix).toLowerCase())) return beginning + suffix;
  }
}
