import { accepts } from "hono/accepts";
import type { Context } from "hono";

type Wanted = { type: string; q: number };

/** How much a caller wants a media type: its q by the most specific range that covers it, and how specific that is. */
function wish(type: string, wanted: readonly Wanted[]): { q: number; specificity: number } {
  const ranges = ["*/*", `${type.split("/", 1)[0]}/*`, type];
  for (let specificity = ranges.length - 1; specificity >= 0; specificity--) {
    const range = wanted.find((it) => it.type.toLowerCase() === ranges[specificity]);
    if (range) return { q: range.q, specificity };
  }
  return { q: 0, specificity: -1 };
}

/**
 * The media type to answer with (RFC 9110 §12.5.1): the one with the highest q. Of equals the one that is named more
 * exactly, then the earlier of the list. The first of the list where the caller takes none: no list of this API ever
 * answered 406.
 */
export function mediaTypeFor<const T extends string>(c: Context, types: readonly [T, ...T[]]): T {
  return accepts(c, {
    header: "Accept",
    supports: [...types],
    default: types[0],
    match: (wanted) => {
      let best: { type: string; q: number; specificity: number } = { type: types[0], q: 0, specificity: -1 };
      for (const type of types) {
        const { q, specificity } = wish(type, wanted);
        if (q > best.q || (q === best.q && q > 0 && specificity > best.specificity)) best = { type, q, specificity };
      }
      return best.type;
    },
  }) as T;
}
