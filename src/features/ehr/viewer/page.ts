import type { Product } from "../../../platform/core/settings.ts";
import { toDateTime } from "../../../platform/core/wire.ts";
import type { Page, ShownRefusal } from "../../../platform/request/page.ts";
import { PDFJS_LIBRARY, PDFJS_WORKER, VIEWER_SCRIPT, VIEWER_STYLE } from "./assets.ts";

/** Everything comes from here, the report included: it stands in the page itself. */
const POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** Who opens a report comes from an EHR: a page of ours to go back to there is none. */
const OPEN_AGAIN = "Open the report again from the patient's chart in the EHR.";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (it) => ESCAPES[it]!);

const headersFor = (frameOrigins: readonly string[]) => ({
  "content-security-policy": `${POLICY}; frame-ancestors ${frameOrigins.join(" ") || "'none'"}`,
});

/**
 * A page that shows a report, which it contains. Nothing in it is about the patient but the report. What takes longest to
 * load stands first.
 */
export const viewerPage = (it: {
  readonly bytes: Uint8Array;
  readonly createdAt: number;
  readonly product: Product;
  readonly frameOrigins: readonly string[];
}): Page => ({
  headers: headersFor(it.frameOrigins),
  html: `<!doctype html>
<html lang="en">
<head>
<script type="module" async src="${VIEWER_SCRIPT}" id="viewer" data-library="${PDFJS_LIBRARY}" data-worker="${PDFJS_WORKER}"></script>
<link rel="modulepreload" href="${PDFJS_LIBRARY}">
${head(`Glucose report – ${it.product.productName}`)}
</head>
<body class="viewer">
<h1 class="unseen">Glucose report</h1>
<header id="tools" hidden>
<div role="group" aria-label="Pages">
<button type="button" id="previous" aria-label="Previous page">‹</button>
<label>Page <input id="page" inputmode="numeric" autocomplete="off" size="3" value="1"></label> of <span id="count">1</span>
<button type="button" id="next" aria-label="Next page">›</button>
</div>
<div role="group" aria-label="Size">
<button type="button" id="smaller" aria-label="Zoom out">−</button>
<span id="zoom">100 %</span>
<button type="button" id="larger" aria-label="Zoom in">+</button>
<button type="button" id="fit">Fit width</button>
</div>
<div role="group" aria-label="The file">
<button type="button" id="print">Print</button>
<a id="download" download="glucose-report-${toDateTime(it.createdAt).slice(0, 10)}.pdf">Download</a>
</div>
</header>
<p id="told" role="status">Opening the report…</p>
<p id="failure" role="alert" data-contact="${escaped(contact(it.product))}"></p>
<noscript><p class="notice">The report is drawn with JavaScript, which is switched off in this browser. Switch it on for this site, then open the report again from the EHR. ${escaped(contact(it.product))}</p></noscript>
<main id="view" tabindex="0" aria-label="Pages of the report" aria-busy="true"></main>
<script type="application/octet-stream" id="report">${base64Of(it.bytes)}</script>
</body>
</html>
`,
});

// The types of the runtime do not know the method yet.
const base64Of = (bytes: Uint8Array): string => (bytes as Uint8Array & { toBase64: () => string }).toBase64();

const head = (title: string) => `<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${VIEWER_STYLE}">`;

/** Whom to ask, as a sentence; empty where nobody is named. */
function contact({ productName, support }: Product): string {
  const address = support.email ?? support.url;
  return address === undefined ? "" : `If that does not help, contact the support of ${productName}: ${address}.`;
}

/** What happened, and what to do about it. */
type Words = readonly [title: string, happened: string, todo: string];

const BY_CODE: Readonly<Record<string, Words>> = {
  disabled: ["Reports can't be opened here", "The connection with the EHR is switched off.", OPEN_AGAIN],
  not_subscribed: [
    "Reports are not switched on for this patient",
    "The EHR has no active order for this patient's reports, or the clinic is not connected to it.",
    "Order the reports in the EHR, then open them from the patient's chart.",
  ],
  report_too_large: [
    "The report is too large to be shown",
    "It has more than a page can show.",
    "Ask the clinic to send the report as a file.",
  ],
};

const BY_STATUS: Readonly<Record<number, Words>> = {
  400: [
    "This link is incomplete",
    "A part of the address is missing or was changed. That is so after a page with a report was loaded again, and after its address was copied.",
    OPEN_AGAIN,
  ],
  401: ["This link does not work any more", "A link opens the reports of one patient, for one hour.", OPEN_AGAIN],
  404: [
    "There is no such patient here",
    "The patient's record was removed, or is in another clinic now.",
    "Order the reports again in the EHR, then open them from the patient's chart.",
  ],
  409: [
    "The report can't be made right now",
    "The clinic is being merged with another one, which takes some minutes.",
    `Wait a few minutes. ${OPEN_AGAIN}`,
  ],
};

const OTHERWISE: Words = [
  "The report can't be shown right now",
  "Something that is needed for it does not answer.",
  `Wait a minute. ${OPEN_AGAIN}`,
];

/** The page of a refusal: what happened, what to do, whom to ask. It repeats nothing of the request. */
export function refusalPage(
  { status, code, requestId, settings }: ShownRefusal,
  frameOrigins: readonly string[],
): Page {
  const [title, happened, todo] = BY_CODE[code] ?? BY_STATUS[status] ?? OTHERWISE;
  return {
    headers: headersFor(frameOrigins),
    html: `<!doctype html>
<html lang="en">
<head>
${head(title)}
</head>
<body>
<main class="notice">
<h1>${escaped(title)}</h1>
<p>${escaped(happened)}</p>
<p>${escaped(todo)}</p>
${settings && contact(settings.product) ? `<p>${escaped(contact(settings.product))}</p>\n` : ""}<p class="detail">Reference for support: ${escaped(requestId)}</p>
</main>
</body>
</html>
`,
  };
}
