import { accepts } from "hono/accepts";
import type { Context } from "hono";

type Wanted = { type: string; params: Record<string, string>; q: number };

/** The media type of a range, or the type of the list that the range names including its parameter. */
function named(wanted: Wanted, types: readonly string[]): string {
  const type = wanted.type.toLowerCase();
  const parameters = Object.entries(wanted.params).map(([name, value]) => `${type}; ${name}=${value}`.toLowerCase());
  return types.find((it) => parameters.includes(it)) ?? type;
}

/** A media type's quality value (q) from the most specific range that matches it, and how specific that range is. */
function wish(type: string, ranges: readonly { name: string; q: number }[]): { q: number; specificity: number } {
  const [withoutParameter] = type.split(";", 1) as [string];
  const covering = ["*/*", `${type.split("/", 1)[0]}/*`, withoutParameter, type];
  for (let specificity = covering.length - 1; specificity >= 0; specificity--) {
    const range = ranges.find(({ name }) => name === covering[specificity]);
    if (range) return { q: range.q, specificity };
  }
  return { q: 0, specificity: -1 };
}

/**
 * Content negotiation (RFC 9110 §12.5.1): the media type with the highest q; between equals the one matched more
 * specifically, then the earlier in the list. Falls back to the first of the list instead of 406, as this API always
 * has. A type may have one parameter, as in `text/csv; headings=readable`; others are ignored.
 */
export function mediaTypeFor<const T extends string>(c: Context, types: readonly [T, ...T[]]): T {
  return accepts(c, {
    header: "Accept",
    supports: [...types],
    default: types[0],
    match: (wanted) => {
      const ranges = wanted.map((it) => ({ name: named(it, types), q: it.q }));
      let best: { type: string; q: number; specificity: number } = { type: types[0], q: 0, specificity: -1 };
      for (const type of types) {
        const { q, specificity } = wish(type, ranges);
        if (q > best.q || (q === best.q && q > 0 && specificity > best.specificity)) best = { type, q, specificity };
      }
      return best.type;
    },
  }) as T;
}
