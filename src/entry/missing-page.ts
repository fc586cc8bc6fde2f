import type { Context } from "hono";
import { mediaTypeFor } from "../platform/request/media-type.ts";
import type { AppEnv } from "../platform/request/operation.ts";

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TEXT = /\btext\//i;

/** Contains nothing of the request. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Not here – Clinics Edge</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/pages.css">
</head>
<body>
<main>
<p class="product">Clinics Edge</p>
<h1>There is nothing here</h1>
<p>No page and no operation of the API has this address (404).</p>
<p><a class="button" href="/">Start</a> <a href="/docs">API reference</a></p>
</main>
</body>
</html>
`;

/** The answer to a browser where no operation is, a page; everybody else gets the refusal of the gates. */
export const missingPage =
  (isKnownPath: (path: string) => boolean) =>
  (c: Context<AppEnv>): Response | undefined => {
    const { method, path } = c.req;
    // Programs hardly ever name a type of text: their requests are spared the rest.
    if (method !== "GET" || !TEXT.test(c.req.header("accept") ?? "")) return undefined;
    if (mediaTypeFor(c, ["application/json", "text/html"]) !== "text/html" || isKnownPath(path)) return undefined;
    return c.body(PAGE, 404, { "content-type": "text/html; charset=UTF-8", "content-security-policy": POLICY });
  };
