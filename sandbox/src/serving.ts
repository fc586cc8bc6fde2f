import { bodyLimit } from "hono/body-limit";

/** What a page may load and do: nothing that is not named. */
export const policy = ({ styles = "'self'", more = "" } = {}) =>
  `default-src 'none'; script-src 'self'; style-src ${styles}; ${more}form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Of an answer that no browser has to show. */
export const INERT = "default-src 'none'; frame-ancestors 'none'";

export const atMost = (maxSize: number) => bodyLimit({ maxSize, onError: (c) => c.text("too large\n", 413) });

export const styleOf = { "content-type": "text/css; charset=utf-8" };
export const scriptOf = { "content-type": "text/javascript; charset=utf-8" };
