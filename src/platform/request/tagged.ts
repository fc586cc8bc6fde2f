import type { Context, TypedResponse } from "hono";
import { isSameWeakly, namesTag } from "../core/entity-tags.ts";
import type { WrittenJson } from "../formats/json-bytes.ts";
import { utf8 } from "../core/utf8.ts";
import { type ChangeConditions, KnownStates, shortDigest } from "../core/states.ts";
import type { AppEnv } from "./operation.ts";

type Tagged<T> = Response & TypedResponse<T, 200, "json">;

/** For the responses of a route that answers in one of these ways. */
export const unchanged = { 304: { description: "The caller has this answer already: its tag is in If-None-Match" } };

/** The states of a resource that the caller says they have. */
export const knownStates = (c: Context<AppEnv>): KnownStates =>
  new KnownStates(c.req.header("if-none-match"), c.get("ctx").settings.release);

/** What the caller expects of the record that is to be changed. */
export const changeConditions = (c: Context<AppEnv>): ChangeConditions => ({
  ifMatch: c.req.header("if-match"),
  ifNoneMatch: c.req.header("if-none-match"),
});

/** A 200 response with the value as JSON and a tag of its bytes; 304 to a caller who has them. */
export const tagged = <T>(c: Context<AppEnv>, value: T): Promise<Tagged<T>> =>
  taggedBytes<T>(c, utf8(JSON.stringify(value)));

/** The same of JSON that is serialised already. */
export async function taggedBytes<T>(c: Context<AppEnv>, body: Uint8Array<ArrayBuffer>): Promise<Tagged<T>> {
  return answerWith<T>(c, `"${await shortDigest(body)}"`, body);
}

/**
 * A 200 response with the JSON of a state, or 304 to a caller who has it. The body may be left out where `known` has this
 * state.
 */
export const taggedState = <T>(
  c: Context<AppEnv>,
  { state, body }: { readonly state: string; readonly body: Uint8Array<ArrayBuffer> | undefined },
  known = knownStates(c),
): Tagged<T> => answerWith<T>(c, known.tagOf(state), body);

/** A 200 response with JSON that is written already. */
export const written = <T>(c: Context<AppEnv>, { bytes }: WrittenJson): Response & TypedResponse<T, 200, "json"> =>
  c.body(bytes, 200, { "content-type": "application/json" }) as never;

function answerWith<T>(c: Context<AppEnv>, etag: string, body: Uint8Array<ArrayBuffer> | undefined): Tagged<T> {
  const given = c.req.header("if-none-match");
  if (body === undefined || (given !== undefined && namesTag(given, isSameWeakly(etag))))
    return c.body(null, 304, { etag }) as never;
  const answer = c.body(body, 200, { "content-type": "application/json" });
  // Named beside the other, Hono would put both into headers that the answer then copies.
  answer.headers.set("etag", etag);
  return answer as never;
}
