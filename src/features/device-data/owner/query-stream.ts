import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { utf8 } from "../../../platform/core/utf8.ts";
import type { Position } from "../model/query.ts";
import { type ObjectQuery, type Page, queryPage } from "./query-store.ts";

/** Data that are read at once: about a megabyte and a half. */
const PAGE = 5_000;

/** A stream of bytes is handed on as it is; of any other each part would be copied by every Worker on its way. */
const bytesOf = (pull: (controller: ReadableByteStreamController) => void): ReadableStream<Uint8Array> =>
  new ReadableStream({ type: "bytes", pull });

/** The list of nothing. */
export const emptyList = (): ReadableStream<Uint8Array> =>
  bytesOf((controller) => {
    controller.enqueue(utf8("[]"));
    controller.close();
  });

/**
 * The data that a query asks for as a JSON list, read a part at a time while it is on its way: of what changes meanwhile a part
 * shows one state. The first part is read at once, so that what can't be read is no answer that breaks off.
 */
export function listOfAll(sql: ObjectSql, query: ObjectQuery, after: Position | undefined): ReadableStream<Uint8Array> {
  const pageAfter = (position: Position | undefined): Page => queryPage(sql, query, position, PAGE);
  let page = pageAfter(after);
  let [isFirst, isRead] = [true, true];
  return bytesOf((controller) => {
    if (!isRead) page = pageAfter(page.next);
    isRead = false;
    const { bytes, count, next } = page;
    if (isFirst) controller.enqueue(utf8("["));
    else if (count > 0) controller.enqueue(utf8(","));
    isFirst = false;
    if (count > 0) controller.enqueue(bytes);
    if (next !== undefined) return;
    controller.enqueue(utf8("]"));
    controller.close();
  });
}
