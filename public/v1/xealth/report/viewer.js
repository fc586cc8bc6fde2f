// Shows the report that the page has inside, with pdf.js. What takes long begins before the page is read to its end.
const { library: libraryUrl, worker: workerUrl } = document.getElementById("viewer").dataset;
const library = import(libraryUrl);
const worker = new Worker(workerUrl, { type: "module" });
const workerFault = new Promise((_, reject) => {
  worker.addEventListener("error", () => reject(new Error("the worker can't be started")));
});
// Both are awaited later.
library.catch(() => {});
workerFault.catch(() => {});
// The token has opened the page. It stays neither in the address bar nor in the history.
history.replaceState(null, "", location.pathname);

const PIXELS_PER_POINT = 96 / 72;
/** Of the first view: a wide window would make a page that needs scrolling to be read at all. */
const USUAL_SCALE_MAX = 1.25;
const SCALES = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4];
/** Space beside a page, as the style sheet has it. */
const GUTTER = 8;
/** Browsers refuse larger canvases, Safari first. */
const CANVAS_PIXELS_MAX = 16_000_000;
/** Of all pages together when they are printed: four bytes each. */
const PRINTED_PIXELS_MAX = 100_000_000;
const PRINTED_DOTS_PER_POINT = 200 / 72;
const RESIZED_MS = 150;

/** What the elements of a tagged document are to a screen reader. */
const ROLES = {
  P: "paragraph",
  L: "list",
  LI: "listitem",
  Table: "table",
  THead: "rowgroup",
  TBody: "rowgroup",
  TR: "row",
  TH: "columnheader",
  TD: "cell",
  Caption: "caption",
  Figure: "img",
};

const element = (id) => document.getElementById(id);
let pages = [];
/** "usual", "width", or a number. */
let zoom = "usual";
let scale = 1;
let current = 1;
/** Where the last jump to a page has led: a page at the end may not come to the top. */
let jumpedTo;

if (document.readyState === "loading") {
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}
const [view, tools, told, failure, pageInput] = ["view", "tools", "told", "failure", "page"].map(element);

try {
  await Promise.race([open(), workerFault]);
} catch (error) {
  fail(error);
}

async function open() {
  const bytes = bytesOf(element("report").textContent);
  // The worker takes the bytes with it.
  element("download").href = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
  const { getDocument, PDFWorker, TextLayer } = await library;
  const loading = getDocument({ data: bytes, worker: new PDFWorker({ port: worker }), enableXfa: false });
  const pdf = await loading.promise;
  const first = await pdf.getPage(1);
  pages = Array.from({ length: pdf.numPages }, (_, index) => frameOf(index + 1, pdf.numPages, first));
  pages[0].proxy = first;
  view.replaceChildren(...pages.map(({ frame }) => frame));
  element("count").textContent = String(pdf.numPages);
  tools.hidden = false;
  resize();
  await draw(pages[0]);
  performance.mark("first page drawn");
  say(pdf.numPages === 1 ? "The report has 1 page." : `The report has ${pdf.numPages} pages.`);
  listen();
  for (const page of pages) {
    page.proxy ??= await pdf.getPage(page.number);
    setSize(page);
    // A page without it can still be seen.
    await addText(page, TextLayer).catch((error) => console.warn(error));
  }
  view.setAttribute("aria-busy", "false");
  drawWhenSeen();
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function frameOf(number, count, likePage) {
  const frame = document.createElement("section");
  frame.className = "page";
  frame.setAttribute("aria-label", `Page ${number} of ${count}`);
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  frame.append(canvas);
  const page = { number, frame, canvas, proxy: undefined, drawnAt: 0, wantedAt: 0, task: undefined };
  setSize(page, likePage);
  return page;
}

function setSize(page, proxy = page.proxy) {
  const { width, height } = proxy.getViewport({ scale: PIXELS_PER_POINT });
  Object.assign(page, { width, height });
  page.frame.style.setProperty("--width", width);
  page.frame.style.setProperty("--height", height);
}

function scaleFor() {
  if (typeof zoom === "number") return zoom;
  const fitting = (view.clientWidth - 2 * GUTTER) / Math.max(...pages.map(({ width }) => width));
  return zoom === "width" ? fitting : Math.min(fitting, USUAL_SCALE_MAX);
}

/** Gives all pages the size that is wanted; what is read stays where it is. */
function resize() {
  const { frame } = pages[current - 1];
  const height = frame.offsetHeight || 1;
  const part = (view.scrollTop - frame.offsetTop) / height;
  scale = scaleFor();
  view.style.setProperty("--scale", scale);
  view.style.setProperty("--total-scale-factor", scale * PIXELS_PER_POINT);
  view.scrollTop = frame.offsetTop + part * frame.offsetHeight;
  element("zoom").textContent = `${Math.round(100 * scale)} %`;
  element("smaller").disabled = scale <= SCALES[0];
  element("larger").disabled = scale >= SCALES.at(-1);
  element("fit").setAttribute("aria-pressed", String(zoom === "width"));
}

/** Draws a page as sharp as it is seen, or sharper if that is asked for. */
async function draw(page, dotsPerPoint = scale * PIXELS_PER_POINT * devicePixelRatio) {
  const { width, height } = page.proxy.getViewport({ scale: 1 });
  const wanted = Math.min(dotsPerPoint, Math.sqrt(CANVAS_PIXELS_MAX / (width * height)));
  if (page.wantedAt >= wanted) return page.task?.promise;
  page.wantedAt = wanted;
  page.task?.cancel();
  const viewport = page.proxy.getViewport({ scale: wanted });
  const canvas = page.drawnAt === 0 ? page.canvas : page.canvas.cloneNode();
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  const task = page.proxy.render({ canvas, viewport });
  page.task = task;
  try {
    await task.promise;
  } catch (error) {
    if (error.name === "RenderingCancelledException") return;
    throw error;
  }
  page.drawnAt = wanted;
  page.canvas.replaceWith(canvas);
  page.canvas = canvas;
  page.frame.classList.add("drawn");
}

/** The text of a page above its drawing, unseen: to be selected, searched, and read aloud as its structure says. */
async function addText(page, TextLayer) {
  const container = document.createElement("div");
  container.className = "text";
  const textContentSource = page.proxy.streamTextContent({ includeMarkedContent: true });
  await new TextLayer({ textContentSource, container, viewport: page.proxy.getViewport({ scale: 1 }) }).render();
  const tree = await page.proxy.getStructTree();
  page.frame.append(container);
  if (tree) page.frame.append(structureOf(tree, "structure"));
}

function structureOf(node, className) {
  const span = document.createElement("span");
  if (className) span.className = className;
  if (node.type === "content") {
    span.setAttribute("aria-owns", node.id);
    return span;
  }
  const [, level] = /^H([1-6])$/.exec(node.role) ?? [];
  const role = level ? "heading" : ROLES[node.role];
  if (role) span.setAttribute("role", role);
  // The page has a heading of its own above them.
  if (level) span.setAttribute("aria-level", Math.min(6, Number(level) + 1));
  if (node.alt && role) span.setAttribute("aria-label", node.alt);
  if (node.lang) span.lang = node.lang;
  span.append(...(node.children ?? []).map((child) => structureOf(child)));
  return span;
}

/** Pages are drawn when they are near: those that come next before they are seen. */
function drawWhenSeen() {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const page = pages.find(({ frame }) => frame === target);
        page.isNear = isIntersecting;
        if (isIntersecting) draw(page).catch(fail);
      }
    },
    { root: view, rootMargin: "100% 0px" },
  );
  for (const { frame } of pages) observer.observe(frame);
}

function listen() {
  element("previous").addEventListener("click", () => goTo(current - 1));
  element("next").addEventListener("click", () => goTo(current + 1));
  pageInput.addEventListener("change", () => goTo(Number(pageInput.value)));
  element("smaller").addEventListener("click", () => zoomTo(SCALES.findLast((step) => step < scale - 0.01)));
  element("larger").addEventListener("click", () => zoomTo(SCALES.find((step) => step > scale + 0.01)));
  element("fit").addEventListener("click", () => zoomTo("width"));
  element("print").addEventListener("click", () => void print());
  document.addEventListener("keydown", onKey);
  view.addEventListener("scroll", onScroll, { passive: true });
  let resized;
  new ResizeObserver(() => {
    resize();
    clearTimeout(resized);
    resized = setTimeout(drawNear, RESIZED_MS);
  }).observe(view);
  showCurrent();
}

function drawNear() {
  for (const page of pages) if (page.isNear) draw(page).catch(fail);
}

function zoomTo(wanted) {
  if (wanted === undefined) return;
  zoom = wanted;
  resize();
  drawNear();
  say(`Zoom ${element("zoom").textContent}`);
}

function goTo(number) {
  const wanted = Number.isInteger(number) ? Math.min(Math.max(number, 1), pages.length) : current;
  view.scrollTop = pages[wanted - 1].frame.offsetTop - GUTTER;
  jumpedTo = view.scrollTop;
  const isOther = wanted !== current;
  current = wanted;
  showCurrent();
  if (isOther) say(`Page ${current} of ${pages.length}`);
}

/** The page in the middle is the one that is read. */
function onScroll() {
  if (jumpedTo !== undefined && Math.abs(view.scrollTop - jumpedTo) < 2) return;
  jumpedTo = undefined;
  const middle = view.scrollTop + view.clientHeight / 2;
  current = pages.findLast(({ frame }) => frame.offsetTop <= middle)?.number ?? 1;
  showCurrent();
}

function showCurrent() {
  pageInput.value = String(current);
  element("previous").disabled = current === 1;
  element("next").disabled = current === pages.length;
}

function onKey(event) {
  if (event.key.toLowerCase() === "p" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    void print();
    return;
  }
  const resized = { "+": "larger", "=": "larger", "-": "smaller" }[event.key];
  if (resized && !event.ctrlKey && !event.metaKey && !event.altKey && event.target !== pageInput) {
    element(resized).click();
    return;
  }
  const isElsewhere = event.ctrlKey || event.metaKey || event.altKey || event.target === pageInput;
  if (isElsewhere || event.defaultPrevented) return;
  // What scrolls by itself goes on doing so.
  const scrolls = view.contains(event.target);
  const isWide = view.scrollWidth > view.clientWidth;
  const steps = {
    PageDown: scrolls ? 0 : 1,
    PageUp: scrolls ? 0 : -1,
    ArrowRight: isWide ? 0 : 1,
    ArrowLeft: isWide ? 0 : -1,
  };
  const step = steps[event.key] ?? 0;
  if (step === 0) return;
  event.preventDefault();
  goTo(current + step);
}

/** Prints the drawings of all pages: a browser prints no more of a frame than what is in it. */
async function print() {
  say("Getting all pages ready to be printed…");
  const area = pages.reduce((sum, { width, height }) => sum + (width * height) / PIXELS_PER_POINT ** 2, 0);
  const dots = Math.min(PRINTED_DOTS_PER_POINT, Math.sqrt(PRINTED_PIXELS_MAX / area));
  try {
    for (const page of pages) if (page.proxy) await draw(page, dots);
  } catch (error) {
    fail(error);
    return;
  }
  window.print();
  say("If nothing was printed: download the report, and print the file.");
}

function say(text) {
  told.textContent = text;
}

function fail(error) {
  console.warn(error);
  told.textContent = "";
  tools.hidden = false;
  view.setAttribute("aria-busy", "false");
  const { contact } = failure.dataset;
  failure.textContent = `This browser can't show the report. Download it to read it, or open it again from the EHR. ${contact}`;
}
