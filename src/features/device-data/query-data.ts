import type { Ctx } from "../../platform/context/context.ts";
import { answerOf, type DataOwners } from "./calls.ts";
import { readDataQuery } from "./model/query.ts";
import type { AnswerPage } from "./owner/bindings.ts";
import type { ObjectQuery } from "./owner/query-store.ts";
import { typeCodes } from "./owner/type-codes.ts";
import { InvalidInput } from "./refusals.ts";

/** Data that are read at once: about a megabyte and a half. */
const PAGE = 5_000;
const EARLIEST = -8_640_000_000_000_000;

/** An answer to a query: a JSON list in parts, and where the next one goes on. */
export interface QueryAnswer {
  readonly parts: AsyncIterable<Uint8Array>;
  /** The id of the last datum, where the answer was limited and more may follow. */
  readonly next: string | undefined;
}

/**
 * The visible data of a person that a query asks for, by time and id. They are read a part at a time while the answer is on
 * its way: of what changes meanwhile a part shows one state. With `limit` there is one part.
 */
export async function queryData(
  ctx: Ctx,
  owners: DataOwners,
  userId: string,
  parameters: URLSearchParams,
): Promise<QueryAnswer> {
  const read = readDataQuery(parameters);
  if ("errors" in read) throw new InvalidInput(read.errors);
  await ctx.read({});
  const { limit, cursor, ...asked } = read.query;
  const query: ObjectQuery = {
    types: typeCodes(asked.types),
    uploads: asked.types?.includes("upload") ?? true,
    subTypes: asked.subTypes,
    deviceId: asked.deviceId,
    uploadId: asked.uploadId,
    from: asked.startDate ?? EARLIEST,
    to: asked.endDate ?? -EARLIEST,
    carelink: asked.carelink,
    latest: asked.latest,
  };
  const owner = owners(userId);
  const pageAfter = (after: string | undefined) => answerOf(owner.query(query, after, limit ?? PAGE));
  const first = await pageAfter(cursor);
  ctx.auditRead(null, [userId]);
  return limit === undefined
    ? { parts: list(first, pageAfter), next: undefined }
    : { parts: list({ ...first, next: undefined }, pageAfter), next: first.next };
}

const [OPEN, CLOSE, SEPARATOR] = ["[", "]", ","].map((text) => new TextEncoder().encode(text)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

async function* list(first: AnswerPage, pageAfter: (after: string) => Promise<AnswerPage>): AsyncGenerator<Uint8Array> {
  yield OPEN;
  let isEmpty = true;
  let page: AnswerPage | undefined = first;
  while (page) {
    const { bytes, count, next }: AnswerPage = page;
    if (count > 0 && !isEmpty) yield SEPARATOR;
    if (count > 0) yield bytes;
    isEmpty &&= count === 0;
    page = next === undefined ? undefined : await pageAfter(next);
  }
  yield CLOSE;
}
