/**
 * Plays the EHR. Forms are drawn by react-jsonschema-form, with which Xealth draws them. Its usual validator compiles
 * schemas with `new Function`, which this page's policy forbids: the browser checks the fields instead, which is enough for
 * forms without conditions. One with conditions fails visibly.
 */
export const EHR_SCRIPT = `
const $ = (id) => document.getElementById(id);
const WAIT_SECONDS = 15;

/** An element with properties and children; of a property with a dash an attribute is made. */
function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

const tell = (text) => ($("told").textContent = text);
const chartNow = () => Object.fromEntries(new FormData($("chart")));
const nameOf = ({ firstName, lastName }) => (firstName + " " + lastName).trim();

/** Asks this server to call the service: what came of it, with the last call, each of which is shown. */
async function ask(path, body) {
  const response = await fetch("/sandbox/xealth" + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  const result = await response.json();
  for (const exchange of result.exchanges) showExchange(exchange);
  return { ...result, last: result.exchanges.at(-1) };
}

const readable = (value) => (typeof value === "string" ? value || "(empty)" : JSON.stringify(value, null, 2));
/** It can be scrolled, with the keyboard as well. */
const said = (name, value) => [
  element("h3", {}, name),
  element("pre", { tabIndex: 0, role: "group", "aria-label": name }, readable(value)),
];

function showExchange({ method, path, status, request, response }) {
  for (const open of $("exchanges").querySelectorAll("details[open]")) open.open = false;
  $("exchanges").prepend(
    element(
      "details",
      { open: true, className: "exchange" },
      element("summary", {}, method + " " + path + " answered " + status),
      ...said("Sent", request),
      ...said("Answered", response),
    ),
  );
}

const refusal = ({ status, response }) => "The service answered " + status + ": " + (response?.message ?? response);

/** What the browser says of a field is all there is to say. */
const BROWSER_ALONE = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  toErrorList: () => [],
  rawValidation: () => ({}),
  isValid() {
    throw new Error("the form has conditions that this page can’t decide");
  },
};

/** The order that a form is filled in for. */
let pending;
let formRoot;

async function order(chart, isReordered) {
  closeForm();
  pending = { chart, isReordered };
  await goOn(await ask("/preorders", { chart }));
}

async function goOn({ last }) {
  if (last.status !== 200) return tell(refusal(last));
  if (last.response.preorderFormInfo) return showForm(last.response);
  await place();
}

async function showForm({ dataTrackingId, notOrderable, preorderFormInfo }) {
  const { formId, formData, formSchema, uiSchema } = preorderFormInfo;
  const { createElement, createRoot, Form } = await import("/sandbox/xealth/form-libraries.js");
  formRoot?.unmount();
  formRoot = createRoot($("form"));
  pending = { ...pending, dataTrackingId, formId };
  formRoot.render(
    createElement(Form, {
      schema: formSchema,
      uiSchema: { ...uiSchema, "ui:submitButtonOptions": { submitText: "Submit", norender: notOrderable } },
      formData,
      validator: BROWSER_ALONE,
      onSubmit: ({ formData: userInput }) => doing(() => submit(userInput)),
    }),
  );
  $("preorder").hidden = false;
  $("preorder-title").focus();
  tell(notOrderable ? "The order can’t be placed: the form says why." : "The service asks for details.");
}

const answerWith = (given) => {
  const { chart, dataTrackingId, formId } = pending;
  return { chart, answer: { dataTrackingId, formId, ...given } };
};
const submit = async (userInput) => goOn(await ask("/preorders", answerWith({ userInput })));

async function dismiss() {
  const { last } = await ask("/preorders", answerWith({ canceled: true }));
  closeForm();
  tell(last.status === 200 ? "Nothing was ordered." : refusal(last));
  $("order").focus();
}

function closeForm() {
  formRoot?.unmount();
  formRoot = undefined;
  $("preorder").hidden = true;
}

async function place() {
  const { chart, isReordered, dataTrackingId } = pending;
  closeForm();
  const { orderId, last } = await ask("/orders", { chart, dataTrackingId, isReordered });
  tell(last.status === 200 ? "The order " + orderId + " is placed. The service works on it: list the programs in a moment." : refusal(last));
  await refresh();
  void whenAsked();
}

async function notify(path, body, done) {
  const { last } = await ask(path, body);
  tell(last.status === 200 ? done : refusal(last));
  await refresh();
  void whenAsked();
}

async function listPrograms(chart) {
  const { last } = await ask("/programs", { chart });
  if (last.status !== 200) return tell(refusal(last));
  const { present, programs = [] } = last.response;
  const none = element("p", {}, nameOf(chart) + " has no program.");
  $("cards").replaceChildren(...(present ? programs.map((program) => card(program, chart)) : [none]));
  $("programs").hidden = false;
  tell(present ? "Programs are listed." : "There is no program for this patient.");
}

function card({ title, programId, description, enrolledDate, hasStatusView, has_alert: hasAlert }, chart) {
  const open = element("button", { type: "button" }, "Open the report");
  open.addEventListener("click", () => doing(() => openReport(chart, programId)));
  const facts = [
    ["Program", programId],
    ["Enrolled", enrolledDate],
    ["Alert", hasAlert ? "There is something new" : "None"],
    ["Report", hasStatusView ? "Available" : "Not yet"],
  ];
  return element(
    "article",
    { className: hasAlert ? "card alert" : "card" },
    element("h3", {}, title),
    element("p", {}, description),
    element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
    element("p", {}, open),
  );
}

async function openReport(chart, programId) {
  const { last, url } = await ask("/program", { chart, programId });
  if (url === undefined) return tell(refusal(last));
  $("frame").replaceChildren(element("iframe", { title: "Report of " + nameOf(chart), src: url }));
  $("viewer").hidden = false;
  $("viewer-title").focus();
  tell("The report is opened below.");
}

/** The tables as they are now. */
async function refresh() {
  const answer = await fetch("/sandbox/xealth");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["orders", "calls"]) $(id).replaceChildren(...page.getElementById(id).childNodes);
}

/** The service reads an order some time after it was told. */
async function whenAsked() {
  const newest = $("calls").querySelector("[data-id]")?.dataset.id ?? 0;
  const answer = await fetch("/sandbox/xealth/calls.json?wait=" + WAIT_SECONDS + "&after=" + newest);
  if (answer.ok && (await answer.json()).length > 0) await refresh();
}

/** One thing at a time: what is pressed meanwhile does nothing. */
let isBusy = false;
async function doing(work) {
  if (isBusy) return;
  isBusy = true;
  try {
    await work();
  } catch (error) {
    console.warn(error);
    tell("This did not work: " + error.message);
  }
  isBusy = false;
}

$("chart").addEventListener("submit", (event) => {
  event.preventDefault();
  const chart = chartNow();
  const asked = event.submitter?.id;
  void doing(() => (asked === "list" ? listPrograms(chart) : order(chart, asked === "reordered")));
});
$("close").addEventListener("click", () => void doing(dismiss));
$("redeliver").addEventListener("click", () => void doing(() => notify("/redeliveries", {}, "The notification is delivered again.")));
$("orders").addEventListener("click", ({ target }) => {
  const orderId = target.dataset.cancel;
  if (orderId === undefined) return;
  void doing(() => notify("/cancellations", { orderId }, "The order " + orderId + " is cancelled."));
});
addEventListener("error", ({ message }) => tell("This did not work: " + message));
`;

export const STYLE = `
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; }
#form fieldset fieldset { margin: 0; padding: 0; border: 0; }
#form .form-group { margin: 0.75rem 0; }
#form input:is([type="text"], [type="email"]) { display: block; box-sizing: border-box; width: 100%; max-width: 26rem; height: 2.5rem; padding: 0.4rem 0.5rem; font: inherit; }
#form .control-label { font-weight: 600; }
#form :is(.field-description, .help-block) { margin: 0.15rem 0; color: var(--quiet); font-size: 0.875rem; }
#form .field-null .field-description { color: inherit; font-size: 1rem; }
#form .hidden { display: none; }
.card { margin: 0 0 1rem; padding: 0.75rem 1rem; border: 1px solid var(--border); background: var(--sheet); }
.card h3, .exchange h3 { margin: 0 0 0.25rem; font-size: 1rem; }
.card.alert { border-left: 6px solid var(--focus); }
#orders button { white-space: nowrap; }
.exchange { margin: 0 0 0.5rem; }
.exchange pre { max-height: 20rem; margin: 0 0 0.75rem; overflow: auto; font-size: 0.85rem; }
#viewer iframe { height: 48rem; }
`;
