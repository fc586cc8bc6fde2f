import type { Ctx } from "../../platform/context/context.ts";
import { answerOf, type DataOwners, reach } from "./calls.ts";
import { cursorOf, readDataQuery } from "./model/query.ts";
import type { StreamedQuery } from "./owner/bindings.ts";
import type { ObjectQuery } from "./owner/query-store.ts";
import { typeCodes } from "./owner/type-codes.ts";
import { InvalidInput } from "./refusals.ts";

/** An object is found by its binding: the URL says nothing. */
const OBJECT_URL = "https://object/";
const EARLIEST = -8_640_000_000_000_000;

/** An answer to a query: a JSON list, and where the next one goes on. */
export interface QueryAnswer {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
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
    const asking = JSON.stringify({ query, after: cursor } satisfies StreamedQuery);
    const { body } = await reach(owner.fetch(new Request(OBJECT_URL, { method: "POST", body: asking })));
    ctx.auditRead(null, [userId]);
    return { body: body!, next: undefined };
  }
  const { bytes, next } = await answerOf(owner.query(query, cursor, limit));
  ctx.auditRead(null, [userId]);
  return { body: inBrackets(bytes), next: next && cursorOf(next) };
}

const [OPENING, CLOSING] = [0x5b, 0x5d];

function inBrackets(members: Uint8Array): Uint8Array<ArrayBuffer> {
  const list = new Uint8Array(members.length + 2);
  list[0] = OPENING!;
  list.set(members, 1);
  list[list.length - 1] = CLOSING!;
  return list;
}
