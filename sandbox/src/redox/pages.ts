import { html } from "hono/html";
import { type Html, moment, page, problemOf } from "../layout.ts";
import { failureForm } from "../stand-in/failure-form.ts";
import type { Failure } from "../stand-in/failures.ts";
import {
  type DemoEhr,
  orderByHand,
  type OrderedPatient,
  PROCEDURE_NAMES,
  PROCEDURES,
  type Procedure,
} from "./orders.ts";
import { TARGETS } from "./targets.ts";
import type { Flowsheet, Message, Notes, Results } from "./shapes.ts";
import type { KeptMessage, MessageHead } from "./store.ts";

interface FormState {
  readonly procedure: Procedure;
  readonly patient: OrderedPatient;
  readonly failures: readonly Failure[];
  readonly problem?: string;
}

const FIELDS = [
  { name: "firstName", label: "First name", type: "text" },
  { name: "lastName", label: "Last name", type: "text" },
  { name: "birthDate", label: "Date of birth (YYYY-MM-DD)", type: "text" },
  { name: "mrn", label: "MRN", type: "text" },
  { name: "email", label: "E-mail", type: "text" },
  { name: "tag", label: "Tag (replaces the patient’s tags; empty: leaves them)", type: "text" },
] as const;

/** How the service is reached from outside. */
interface Webhook {
  readonly origin: string;
  readonly verificationToken: string;
}

export const orderPage = (ehr: DemoEhr, webhook: Webhook, { procedure, patient, failures, problem }: FormState) =>
  page(
    "Orders and results of an EHR",
    html`<p>This page stands in for Redox, through which a clinic’s EHR sends orders to the service and gets results,
glucose figures and reports. Send an order as the EHR of ${ehr.clinicName} would, then read what comes back.</p>
<p><a href="/sandbox/redox/messages">What the EHR got</a></p>
${problemOf(problem)}
<h2>Send an order</h2>
<form method="post" action="/sandbox/redox/orders">
<fieldset>
<legend>What is ordered?</legend>
${PROCEDURES.map(
  (
    name,
  ) => html`<label><input type="radio" name="procedure" value="${name}" ${name === procedure ? "checked" : ""}> ${PROCEDURE_NAMES[name]}
(<code>${ehr.procedureCodes[name]}</code>)</label>
`,
)}</fieldset>
<fieldset>
<legend>For whom?</legend>
<p class="hint">Fill in <a href="/sandbox/redox">a demo patient who has data</a> or
<a href="/sandbox/redox?patient=new">somebody new</a>. What is left empty is not in the order.</p>
<div class="columns">
${FIELDS.map(
  ({ name, label, type }) =>
    html`<label class="field">${label}<input name="${name}" type="${type}" value="${patient[name] ?? ""}" maxlength="300" autocomplete="off" spellcheck="false"></label>
`,
)}</div>
</fieldset>
<button>Send the order</button>
</form>
<h2>Send one by hand</h2>
<p>Redox sends every message to <code>POST /v1/redox</code> with the verification token in a header. Here that is
<code>${webhook.verificationToken}</code>.</p>
<details>
<summary>A command that sends an order</summary>
<pre>${orderByHand(ehr, webhook)}</pre>
<p class="hint">An order is known by the id in <code>Logs</code>: sent again with the same, nothing is done.</p>
</details>
<h2>Let it fail</h2>
<p>Redox can refuse, be slow, or break the connection after it took a message. What is set here meets the next calls.</p>
${failureForm("/sandbox/redox", TARGETS, failures)}`,
  );

const titleOf = ({ model, event }: MessageHead) => `${model} / ${event}`;
const detailOf = ({ orderId, isTest }: MessageHead) =>
  [orderId, isTest === 1 ? "test" : ""].filter(Boolean).join(" · ");

export const messagesPage = (messages: readonly MessageHead[], orderId: string | undefined) =>
  page(
    "What the EHR got",
    html`${
      orderId === undefined
        ? ""
        : html`<p class="note">The service took the order <code>${orderId}</code>. It is worked on now: the result comes within
seconds, and a little later, if the patient has data, figures (Flowsheet) and a report (Notes).</p>`
    }
<p>New messages appear here by themselves. <a href="/sandbox/redox">Send an order</a></p>
<p id="told" role="status"></p>
${messages.length === 0 ? html`<p id="none">Nothing came yet. <a href="/sandbox/redox/messages">Look again</a></p>` : ""}
<table id="messages" ${messages.length === 0 ? "hidden" : ""}>
<caption>${messages.length} ${messages.length === 1 ? "message" : "messages"}, the newest first</caption>
<thead><tr><th scope="col">Message</th><th scope="col">Patient</th><th scope="col">Came</th></tr></thead>
<tbody>${messages.map(
      (head) =>
        html`<tr data-id="${head.id}"><td><a href="/sandbox/redox/messages/${head.id}">${titleOf(head)}</a>
<span class="detail">${detailOf(head)}</span></td><td>${head.patient}</td><td>${moment(head.at)}</td></tr>
`,
    )}</tbody>
</table>
<script src="/sandbox/redox/list.js" defer></script>`,
  );

const JSON_TEXT_SHOWN = 400;
/** The JSON to be read by a person: of a report the beginning is enough. */
const readable = (message: Message): string =>
  JSON.stringify(
    message,
    (key, value: unknown) =>
      key === "FileContents" && typeof value === "string" && value.length > JSON_TEXT_SHOWN
        ? `${value.slice(0, 60)}… (${value.length} characters)`
        : value,
    2,
  );

export const messagePage = (head: KeptMessage, message: Message) =>
  page(
    titleOf(head),
    html`<dl>
<dt>Patient</dt><dd>${head.patient}</dd>
${message.Patient.Identifiers.map(({ ID, IDType }) => html`<dt>${IDType}</dt><dd>${ID}</dd>`)}
${head.orderId === "" ? "" : html`<dt>Order</dt><dd>${head.orderId}</dd>`}
<dt>From</dt><dd>${message.Meta.Source.Name ?? ""} (${message.Meta.Source.ID})</dd>
<dt>To</dt><dd>${message.Meta.Destinations.map(({ ID }) => ID).join(", ")}</dd>
<dt>Came</dt><dd>${moment(head.at)}${head.isTest === 1 ? ", as a test" : ""}</dd>
</dl>
${partOf(head, message)}
<h2>The message</h2>
<details><summary>JSON</summary><pre>${readable(message)}</pre></details>
<p><a href="/sandbox/redox/messages/${head.id}.json">The whole JSON</a> · <a href="/sandbox/redox/messages">Back to the messages</a></p>`,
  );

function partOf(head: MessageHead, message: Message): Html {
  if ("Observations" in message) return observations(message);
  if ("Note" in message) return note(head, message);
  return results(message);
}

/** A code may be broken after its words. */
const breakable = (code: string) => code.split(/(?<=_)/).map((word, i) => (i === 0 ? word : html`<wbr>${word}`));

const observations = ({ Observations }: Flowsheet) => html`<h2>Observations</h2>
<table class="figures">
<caption>${Observations.length} ${Observations.length === 1 ? "figure" : "figures"}</caption>
<thead><tr><th scope="col">What</th><th scope="col">Value</th></tr></thead>
<tbody>
${Observations.map(
  ({ Code, Description, Value, Units, DateTime }) =>
    html`<tr><td>${breakable(Code)}<span class="detail">${Description ?? ""}</span><span class="detail">of ${DateTime}</span></td><td>${Value} ${Units ?? ""}</td></tr>
`,
)}</tbody>
</table>`;

const OUTCOMES: Readonly<Record<string, string>> = {
  MATCHING_RESULT: "Matching the patient",
  ACCOUNT_CREATION_RESULT: "Creating the account",
};
const VERDICTS: Readonly<Record<string, string>> = { SUCCESS: "succeeded", FAILURE: "failed" };

const results = ({ Orders }: Results) => html`<h2>Result</h2>
${Orders.map(({ ID, Procedure, Results: [outcome, text] }) => {
  const what = OUTCOMES[outcome?.Code ?? ""] ?? outcome?.Code ?? "";
  const verdict = VERDICTS[outcome?.Value ?? ""] ?? outcome?.Value ?? "";
  const of = Procedure?.Code == null ? "" : `, ${Procedure.Code}`;
  return html`<p>${what} for ${ID === "" ? "an order" : `the order ${ID}`}${of} ${verdict}${text === undefined ? "." : `: ${text.Value}.`}</p>`;
})}`;

const note = ({ id }: MessageHead, { Note }: Notes) => html`<h2>Note</h2>
<dl>
<dt>Document</dt><dd><code>${Note.DocumentID}</code></dd>
${Note.OriginalDocumentID == null ? "" : html`<dt>Replaces</dt><dd><code>${Note.OriginalDocumentID}</code></dd>`}
<dt>Type</dt><dd>${Note.DocumentType}</dd>
<dt>Provider</dt><dd>${[Note.Provider.FirstName, Note.Provider.LastName].filter(Boolean).join(" ")} (${Note.Provider.ID})</dd>
${(Note.Components ?? []).map(
  ({ ID, Name, Value, Comments }) =>
    html`<dt>${Name ?? ID}</dt><dd>${Value}<span class="detail">${Comments ?? ""}</span></dd>
`,
)}</dl>
<h2>Report</h2>
<p><a href="/sandbox/redox/messages/${id}/report.pdf" download="${Note.FileName}">Download ${Note.FileName}</a> ·
<a href="/sandbox/redox/messages/${id}/report">Open full size</a> · ${told}</p>
<div id="report" data-url="/sandbox/redox/messages/${id}/report.pdf"></div>
${reader}`;

const told = html`<span id="told" role="status">The report is opened …</span>`;
const reader = html`<script type="module" src="/sandbox/redox/report.js"></script>`;

/** The report of a note as large as it can be read, whatever the width of the window. */
export const reportPage = ({ id, patient }: MessageHead) =>
  page(
    `Report of ${patient}`,
    html`<p><a href="/sandbox/redox/messages/${id}">Back to the note</a> · ${told}</p>
<div id="report" class="full" role="region" aria-label="The report" tabindex="0" data-url="/sandbox/redox/messages/${id}/report.pdf"></div>
${reader}`,
  );
