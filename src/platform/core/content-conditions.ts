import { isSameWeakly, namesTag } from "./entity-tags.ts";

/** The request headers that decide which part of a stored content is sent (RFC 9110, sections 13 and 14). */
export interface ContentConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifRange: string | undefined;
  readonly range: string | undefined;
}

/** How to respond; `start` and `end` are inclusive offsets. */
export type ContentDecision =
  | { readonly status: 200 }
  | { readonly status: 304 | 412 | 416 }
  | { readonly status: 206; readonly start: number; readonly end: number };

/** The one range of a `bytes` range header; undefined: it is to be ignored; null: it can't be satisfied. */
function rangeOf(header: string, size: number): { start: number; end: number } | null | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header.trim()) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? null : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return null;
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}

/**
 * Decides how a GET of a content with this strong entity tag and size is answered. A header that can't be parsed, a range
 * in another unit and several ranges count as absent, as does a range whose If-Range names another state or a date.
 */
export function decideContent(given: ContentConditions, etag: string, size: number): ContentDecision {
  if (given.ifMatch !== undefined && !namesTag(given.ifMatch, (tag) => tag === etag)) return { status: 412 };
  if (given.ifNoneMatch !== undefined && namesTag(given.ifNoneMatch, isSameWeakly(etag))) return { status: 304 };
  if (given.range === undefined || (given.ifRange !== undefined && given.ifRange.trim() !== etag))
    return { status: 200 };
  const range = rangeOf(given.range, size);
  if (range === undefined) return { status: 200 };
  return range === null ? { status: 416 } : { status: 206, ...range };
}
