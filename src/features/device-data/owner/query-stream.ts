import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import type { Position } from "../model/query.ts";
import { type ObjectQuery, type Page, queryPage } from "./query-store.ts";

/** Data that are read at once: about a megabyte and a half. */
const PAGE = 5_000;

/** What is asked for, and behind which datum. */
export interface StreamedQuery {
  readonly query: ObjectQuery;
  readonly after: Position | undefined;
}

/** The header in which an object is asked: a body would be one stream more, and URLs are logged. */
export const ASKED = "x-asked";
/** The header of an answer that was read before it is sent: it can't end early. */
export const IS_WHOLE = "x-is-whole";

/** A query as a header has it. */
export const askingOf = (asked: StreamedQuery): string => encodeURIComponent(JSON.stringify(asked));

export const askedOf = (headers: Headers): StreamedQuery =>
  JSON.parse(decodeURIComponent(headers.get(ASKED) ?? "")) as StreamedQuery;

export const wholeList = (list: Uint8Array<ArrayBuffer> | "[]"): Response =>
  new Response(list, { headers: { [IS_WHOLE]: "yes" } });

const COMMA = 0x2c;
const CLOSING = 0x5d;

/**
 * The data that a query asks for as a JSON list: what fits into one part as it is, more as a stream, read a part at a time while
 * it is on its way: of what changes meanwhile a part shows one state. The first part is read at once, so that what can't be
 * read is no answer that breaks off.
 */
export function listOfAll(sql: ObjectSql, { query, after }: StreamedQuery): Response {
  const pageAfter = (position: Position | undefined): Page => queryPage(sql, query, position, PAGE);
  let page = pageAfter(after);
  if (page.next === undefined) return wholeList(page.list);
  let isFirst = true;
  const pull = (controller: ReadableByteStreamController): void => {
    if (!isFirst) page = pageAfter(page.next);
    const { list, count, next } = page;
    // One list of all: what joins the lists of the parts is a comma in the place of the brackets between them.
    if (!isFirst) list[0] = count > 0 ? COMMA : CLOSING;
    isFirst = false;
    const isOpen = next !== undefined || count === 0;
    controller.enqueue(isOpen ? list.subarray(0, -1) : list);
    if (next === undefined) controller.close();
  };
  // A stream of bytes is handed on as it is; of any other each part would be copied by every Worker on its way.
  return new Response(new ReadableStream({ type: "bytes", pull }));
}
