import { PDFJS_LIBRARY, PDFJS_WORKER } from "../../../src/features/ehr/viewer/assets.ts";

/** Rows that came since the page was made are added above the others, so that nobody loses their place. */
export const LIST_SCRIPT = `
const WAIT_SECONDS = 20;
const PAUSE_MS = 500;
const MINUTES = 30;
const table = document.getElementById("messages");
const told = document.getElementById("told");
const endsAt = Date.now() + MINUTES * 60000;
const newest = () => Number(document.querySelector("#messages tbody tr")?.dataset.id ?? 0);

async function look() {
  const answer = await fetch("/sandbox/redox/messages.json?wait=" + WAIT_SECONDS + "&after=" + newest());
  if (!answer.ok || (await answer.json()).length === 0) return;
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const before = newest();
  const added = [...page.querySelectorAll("#messages tbody tr")].filter((row) => Number(row.dataset.id) > before);
  if (added.length === 0) return;
  table.tBodies[0].prepend(...added);
  table.caption.replaceChildren(...page.querySelector("#messages caption").childNodes);
  table.hidden = false;
  document.getElementById("none")?.remove();
  told.textContent = added.length === 1 ? "A new message came." : added.length + " new messages came.";
}

async function keepLooking() {
  while (Date.now() < endsAt) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    // A server that starts again is no reason to stop.
    if (!document.hidden) await look().catch(() => {});
  }
  told.textContent = "This page no longer looks for messages: load it again.";
}
keepLooking();
`;

/** Draws each page on a canvas, with its text above the drawing, unseen, to be selected and read aloud. */
export const REPORT_SCRIPT = `
const PAGES_MAX = 30;
const LEAST_PIXELS_PER_POINT = 2;
const report = document.getElementById("report");
const told = document.getElementById("told");

try {
  const { getDocument, GlobalWorkerOptions, TextLayer } = await import("${PDFJS_LIBRARY}");
  GlobalWorkerOptions.workerSrc = "${PDFJS_WORKER}";
  const loading = getDocument({ url: report.dataset.url, disableRange: true });
  const pdf = await loading.promise;
  const shown = Math.min(pdf.numPages, PAGES_MAX);
  for (let number = 1; number <= shown; number++) {
    await draw(TextLayer, await pdf.getPage(number), "Page " + number + " of " + pdf.numPages);
  }
  const pages = pdf.numPages === 1 ? "1 page" : pdf.numPages + " pages";
  told.textContent = shown < pdf.numPages ? pages + ", the first " + shown + " of them below" : pages;
  report.dataset.state = "shown";
} catch (error) {
  console.warn(error);
  told.textContent = "The report can't be shown here. It can be downloaded.";
  report.dataset.state = "failed";
}

async function draw(TextLayer, page, name) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const text = document.createElement("div");
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", name);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name + ", as it looks");
  text.className = "text";
  figure.append(canvas, text);
  report.append(figure);

  const { width } = page.getViewport({ scale: 1 });
  const perPoint = () => figure.clientWidth / width;
  const sharp = page.getViewport({ scale: Math.max(LEAST_PIXELS_PER_POINT, perPoint() * devicePixelRatio) });
  canvas.width = Math.floor(sharp.width);
  canvas.height = Math.floor(sharp.height);
  await page.render({ canvas, viewport: sharp }).promise;

  const fit = () => figure.style.setProperty("--total-scale-factor", perPoint());
  fit();
  new ResizeObserver(fit).observe(figure);
  const textContentSource = page.streamTextContent();
  await new TextLayer({ textContentSource, container: text, viewport: page.getViewport({ scale: 1 }) }).render();
}
`;

export const STYLE = `
#report:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.figures th:nth-child(2) { width: 35%; }
.figures td { overflow-wrap: break-word; }
#report figure { position: relative; margin: 0 0 1rem; border: 1px solid var(--border); background: var(--sheet); overflow: hidden; }
#report.full { overflow-x: auto; }
#report.full figure { width: max(100% - 2px, 60rem); }
main:has(#report.full) { max-width: none; }
#report canvas { display: block; width: 100%; height: auto; }
#report .text {
  position: absolute; inset: 0; overflow: clip; line-height: 1; text-align: initial; text-size-adjust: none;
  forced-color-adjust: none; transform-origin: 0 0; --min-font-size: 1;
  --text-scale-factor: calc(var(--total-scale-factor) * var(--min-font-size));
  --min-font-size-inv: calc(1 / var(--min-font-size));
}
#report .text :is(span, br) {
  position: absolute; color: transparent; white-space: pre; cursor: text; transform-origin: 0% 0%;
}
#report .text .markedContent { display: contents; }
#report .text > :not(.markedContent), #report .text .markedContent span:not(.markedContent) {
  --font-height: 0; --scale-x: 1; --rotate: 0deg;
  font-size: calc(var(--text-scale-factor) * var(--font-height));
  transform: rotate(var(--rotate)) scaleX(var(--scale-x)) scale(var(--min-font-size-inv));
}
#report .text ::selection { background: rgb(0 90 200 / 0.3); }
`;
