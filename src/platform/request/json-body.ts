import { isDeeperThan } from "../core/depth.ts";

/** Described bodies have at most six levels. Our choice: a deeper body is refused. */
const BODY_DEPTH_MAX = 32;
/** Parsing takes memory for each level: in a longer text they are counted before. */
const PARSED_FIRST_MAX = 512 * 1024;

const TOO_DEEP = { fault: `more than ${BODY_DEPTH_MAX} levels` } as const;
const NO_JSON = { fault: "it is not JSON" } as const;

/** The value of a body, or what is wrong with it. */
export function readJson(text: string): { readonly value: unknown } | { readonly fault: string } {
  if (text.length > PARSED_FIRST_MAX && isTooDeep(text)) return TOO_DEEP;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return isTooDeep(text) ? TOO_DEEP : NO_JSON;
  }
  return isDeeperThan(value, BODY_DEPTH_MAX) ? TOO_DEEP : { value };
}

const [QUOTE, BACKSLASH, OPEN_OBJECT, OPEN_ARRAY, CLOSE_OBJECT, CLOSE_ARRAY] = [0x22, 0x5c, 0x7b, 0x5b, 0x7d, 0x5d];

/** Whether JSON has more than BODY_DEPTH_MAX levels, in one pass. The result for other texts is undefined. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i);
    if (unit === QUOTE) {
      i = endOfString(json, i);
      if (i < 0) return false;
    } else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      depth += 1;
      if (depth > BODY_DEPTH_MAX) return true;
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      depth -= 1;
    }
  }
  return false;
}

/** The place of the quote that ends the string which begins here: one behind an even number of backslashes; -1 without. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}
