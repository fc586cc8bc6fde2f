import { dataId } from "./common-fields.ts";
import { type DatumError, EMPTY, errorAt, JSON_MALFORMED, NOT_EXISTS, tooLong } from "./data-errors.ts";
import { absent, instantText, object, present, required, text, when } from "./fields.ts";
import { isObject, Report, readerOf } from "./readers.ts";

/** What one request removes from a data set: all data with one of these ids, hashes or ids of origin. */
export interface Selectors {
  readonly kind: "id" | "hash" | "originId";
  readonly values: readonly string[];
}

/** Our choice: as many as data in one request. */
export const SELECTORS_MAX = 1000;

const KINDS = ["id", "deduplicator", "origin"] as const;

/** One selector; the times are accepted and select nothing. */
export const SELECTOR = object(
  {
    id: dataId,
    time: instantText,
    deduplicator: when({ forbidden: present("id") }, object({ hash: required(text({ max: 1000 })) })),
    origin: when(
      { forbidden: present("id", "deduplicator") },
      object({ id: required(text({ max: 100 })), time: instantText }),
    ),
  },
  { one: { of: KINDS, missing: absent(...KINDS) } },
);

const read = readerOf(SELECTOR);

/** Reads the body of "remove selected data": selectors of one kind. Unknown members are errors: they would select less. */
export function readSelectors(body: unknown): { selectors: Selectors } | { errors: DatumError[] } {
  if (!Array.isArray(body)) return { errors: [JSON_MALFORMED] };
  if (body.length === 0) return { errors: [errorAt("", EMPTY)] };
  if (body.length > SELECTORS_MAX) return { errors: [errorAt("", tooLong(body.length, SELECTORS_MAX))] };
  const report = new Report({ isStrict: true });
  const selectors = body.map(
    (selector, i) =>
      read(selector, i, {}, report) as
        | { id?: string; deduplicator?: { hash: string }; origin?: { id: string } }
        | undefined,
  );
  const first: unknown = body[0];
  const kind = isObject(first) ? KINDS.find((name) => present(name)(first)) : undefined;
  if (kind !== undefined) {
    for (const [i, selector] of selectors.entries()) {
      if (selector && present(...KINDS)(body[i]) && !present(kind)(body[i])) report.error(NOT_EXISTS, i, kind);
    }
  }
  if (report.errors.length > 0) return { errors: report.errors };
  const values = selectors.map((one) => one!.id ?? one!.deduplicator?.hash ?? one!.origin!.id);
  return { selectors: { kind: NAMES[kind!], values } };
}

const NAMES = { id: "id", deduplicator: "hash", origin: "originId" } as const;
