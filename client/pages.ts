import { unreadable } from "./error.ts";
import { operationOf } from "./asked-for.ts";
import { type WithResponse, withResponse } from "./with-response.ts";

/** An operation that is asked for a part at a time. */
type Operation = (options: never) => Promise<unknown>;

/** The options of an operation that has this query parameter; there are none for others. */
type OptionsWith<P extends string, F extends Operation> = Parameters<F>[0] extends { query?: infer Q }
  ? P extends keyof NonNullable<Q>
    ? Parameters<F>[0]
    : never
  : never;

/** What one entry of an answer is: of a list, or of the list under `data`. */
type EntryOf<F extends Operation> =
  NonNullable<Awaited<ReturnType<F>>> extends infer A
    ? A extends readonly (infer E)[]
      ? E
      : A extends { readonly data: readonly (infer E)[] }
        ? E
        : never
    : never;

const PAGE_SIZE = 100;
/** Larger pages are reduced to this by the service. */
const PAGE_SIZE_MAX = 1000;
const DATA_PAGE_SIZE = 1000;
const DATA_PAGE_SIZE_MAX = 10_000;

/**
 * All entries of a list that has `offset` and `limit`, from the offset given on: `for await (const patient of
 * pages(listPatients, { client, path: { clinicId } }))`. The next page is asked for when the one before is used up; `limit` is
 * the size of a page, 100 unless given. What is added or removed meanwhile may move entries from one page to another.
 */
export async function* pages<F extends Operation>(
  operation: F,
  options: OptionsWith<"offset", F>,
): AsyncGenerator<EntryOf<F>, void, undefined> {
  const query = queryOf(options);
  const limit = sizeOf(query.limit, PAGE_SIZE, PAGE_SIZE_MAX);
  for (let offset = Number(query.offset ?? 0); ; offset += limit) {
    const answer = await withResponse(operation, asked(options, { ...query, offset, limit }));
    const { entries, count } = readPage<EntryOf<F>>(answer);
    yield* entries;
    if (count === undefined ? entries.length < limit : offset + limit >= count) return;
  }
}

/** The same for lists that have `page`, from 0 on, and `size`. */
export async function* numberedPages<F extends Operation>(
  operation: F,
  options: OptionsWith<"page", F>,
): AsyncGenerator<EntryOf<F>, void, undefined> {
  const query = queryOf(options);
  const size = sizeOf(query.size, PAGE_SIZE, PAGE_SIZE_MAX);
  for (let page = Number(query.page ?? 0); ; page++) {
    const answer = await withResponse(operation, asked(options, { ...query, page, size }));
    const { entries } = readPage<EntryOf<F>>(answer);
    yield* entries;
    if (entries.length < size) return;
  }
}

/**
 * The same for device data and other lists where an answer says after what the next one begins. Of device data nothing is
 * missed or seen twice, whatever is added meanwhile; ListDuplicatePatients goes on from where the cursor's record stands now.
 * `limit` is the size of a part, 1000 unless given, or the most there may be.
 */
export async function* cursorPages<F extends Operation>(
  operation: F,
  options: OptionsWith<"cursor", F>,
): AsyncGenerator<EntryOf<F>, void, undefined> {
  const query = queryOf(options);
  const limit = sizeOf(query.limit, DATA_PAGE_SIZE, DATA_PAGE_SIZE_MAX);
  for (let cursor = query.cursor; ; ) {
    const answer = await withResponse(operation, asked(options, { ...query, limit, cursor }));
    const { entries, next } = readPage<EntryOf<F>>(answer);
    yield* entries;
    // The cursor is in a header, or beside the entries.
    cursor = answer.response.headers.get("x-next-cursor") ?? next;
    if (cursor === undefined) return;
  }
}

type Query = Record<string, unknown>;

const queryOf = (options: object): Query => (options as { query?: Query }).query ?? {};

const asked = (options: object, query: Query) => ({ ...options, query }) as never;

const sizeOf = (given: unknown, otherwise: number, max: number): number => Math.min(Number(given ?? otherwise), max);

/** The entries of an answer, and how many there are in all and what the next page begins after, where it says so. */
function readPage<E>({ data: body, response }: WithResponse<unknown>): {
  entries: E[];
  count: number | undefined;
  next: string | undefined;
} {
  if (Array.isArray(body)) return { entries: body as E[], count: undefined, next: undefined };
  const { data, meta } = (body ?? {}) as { data?: E[]; meta?: { count?: number; next?: string } };
  if (!Array.isArray(data)) {
    // Something else than the service has answered.
    const requestId = response.headers.get("x-request-id") ?? undefined;
    throw unreadable({ status: response.status, operation: operationOf(response), requestId, body });
  }
  return { entries: data, count: meta?.count, next: meta?.next };
}
