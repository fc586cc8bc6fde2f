import type { Ctx } from "../../platform/context/context.ts";
import { answerOf, type DataOwners, reach } from "./calls.ts";
import { cursorOf, readDataQuery } from "./model/query.ts";
import { ASKED, askingOf, IS_WHOLE } from "./owner/query-stream.ts";
import type { ObjectQuery } from "./owner/query-store.ts";
import { typeCodes } from "./owner/type-codes.ts";
import { InvalidInput } from "./refusals.ts";

/** An object is found by its binding: the URL says nothing. */
const OBJECT_URL = "https://object/";
const EARLIEST = -8_640_000_000_000_000;

/** An answer to a query: a JSON list, and where the next one goes on. */
export interface QueryAnswer {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  /** The body is read while it is sent, so that it may end early. */
  readonly isInParts: boolean;
  /** The cursor behind the last datum, where the answer was limited and more may follow. */
  readonly next: string | undefined;
}

/** The visible data of a person that a query asks for, by time and id: without `limit` all of them, as a stream. */
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
  if (limit === undefined) {
    const asking = askingOf({ query, after: cursor });
    const { body, headers } = await reach(owner.fetch(OBJECT_URL, { headers: { [ASKED]: asking } }));
    ctx.auditRead(null, [userId]);
    return { body: body!, isInParts: !headers.has(IS_WHOLE), next: undefined };
  }
  const { list, next } = await answerOf(owner.query(query, cursor, limit));
  ctx.auditRead(null, [userId]);
  return { body: list, isInParts: false, next: next && cursorOf(next) };
}
