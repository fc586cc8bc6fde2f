import { accepts } from "hono/accepts";
import type { Context } from "hono";

type Wanted = { type: string; params: Record<string, string>; q: number };

/** The media type of a range, or that of these which it names with its parameter. */
function named(wanted: Wanted, types: readonly string[]): string {
  const type = wanted.type.toLowerCase();
  const parameters = Object.entries(wanted.params).map(([name, value]) => `${type}; ${name}=${value}`.toLowerCase());
  return types.find((it) => parameters.includes(it)) ?? type;
}

/** How much a caller wants a media type: its q by the most specific range that covers it, and how specific that is. */
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
 * The media type to answer with (RFC 9110 §12.5.1): the one with the highest q. Of equals the one that is named more
 * exactly, then the earlier of the list. The first of the list where the caller takes none: no list of this API ever
 * answered 406. A type may have one parameter, as in `text/csv; headings=readable`; others are ignored.
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
