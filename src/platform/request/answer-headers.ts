import type { Context } from "hono";

/**
 * The headers of an answer that is made, to be added to. `c.header` would make a copy of the whole answer for each of them,
 * which takes as long as a good part of a small request.
 */
export const answerHeaders = (c: Context): Headers => c.res.headers;
