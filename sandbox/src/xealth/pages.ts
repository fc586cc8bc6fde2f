import { html } from "hono/html";
import { type Html, moment, page, problemOf } from "../layout.ts";
import { failureForm } from "../stand-in/failure-form.ts";
import type { Failure } from "../stand-in/failures.ts";
import type { Chart, DemoHospital } from "./charts.ts";
import type { Call, KeptOrder } from "./store.ts";
import { TARGETS } from "./targets.ts";

const PAGE = "/sandbox/xealth";

const FIELDS = [
  { name: "firstName", label: "First name" },
  { name: "lastName", label: "Last name" },
  { name: "birthDate", label: "Date of birth (YYYY-MM-DD)" },
  { name: "mrn", label: "MRN" },
  { name: "email", label: "E-mail" },
  { name: "ehrUser", label: "You, as the EHR knows you" },
] as const;

interface EhrState {
  readonly chart: Chart;
  readonly orders: readonly KeptOrder[];
  readonly calls: readonly Call[];
  readonly failures: readonly Failure[];
  readonly problem?: string | undefined;
}

export const ehrPage = (hospital: DemoHospital, { chart, orders, calls, failures, problem }: EhrState) =>
  page(
    "A chart in an EHR",
    html`<p>This page stands in for an EHR and for Xealth, which shows programs of others inside it. Open the chart of a patient,
order the program of ${hospital.clinicName}, and look at the report as a care provider does.</p>
${problemOf(problem)}
<form id="chart">
<fieldset>
<legend>The patient’s chart</legend>
<p class="hint">Open the chart of <a href="${PAGE}">a patient the clinic knows</a>, <a href="${PAGE}?patient=adult">a new adult</a> or
<a href="${PAGE}?patient=child">a new child</a>, and change what you like. What is left empty is not sent.</p>
<div class="columns">
${FIELDS.map(
  ({ name, label }) =>
    html`<label class="field">${label}<input name="${name}" value="${chart[name]}" maxlength="300" autocomplete="off" spellcheck="false"></label>
`,
)}</div>
</fieldset>
<p class="actions"><button id="order">Order the program</button>
<button id="reordered" class="plain">Order and cancel, delivered in the wrong order</button>
<button id="list" class="plain">List the programs</button></p>
</form>
<p id="told" role="status"></p>
<section id="preorder" aria-labelledby="preorder-title" hidden>
<h2 id="preorder-title" tabindex="-1">The form of the order</h2>
<div id="form"></div>
<p><button id="close" class="plain">Close the form</button></p>
</section>
<section id="programs" aria-labelledby="programs-title" hidden>
<h2 id="programs-title">Programs of this patient</h2>
<div id="cards"></div>
</section>
<section id="viewer" aria-labelledby="viewer-title" hidden>
<h2 id="viewer-title" tabindex="-1">The report</h2>
<div id="frame"></div>
</section>
<h2>Orders</h2>
<p><button id="redeliver" class="plain">Deliver the last notification again</button></p>
<div id="orders">${ordersTable(orders)}</div>
<h2>What was said</h2>
<p class="hint">Every call of the service that this page caused, the newest first.</p>
<div id="exchanges"></div>
<h2>What the service asked Xealth</h2>
<div id="calls">${callsTable(calls)}</div>
<h2>Let it fail</h2>
<p>Xealth can refuse or be slow when the service asks for a token, or reads an order. What is set here meets the next calls.</p>
${failureForm(PAGE, TARGETS, failures)}
<script type="module" src="${PAGE}/ehr.js"></script>`,
  );

const ordersTable = (orders: readonly KeptOrder[]): Html =>
  orders.length === 0
    ? html`<p>Nothing was ordered yet.</p>`
    : html`<table>
<caption>${orders.length} ${orders.length === 1 ? "order" : "orders"}, the newest first</caption>
<thead><tr><th scope="col">Order</th><th scope="col">Patient</th><th scope="col">Placed</th><th scope="col">State</th></tr></thead>
<tbody>${orders.map(
        ({ id, patient, at, isCancelled }) =>
          html`<tr><td><code>${id}</code></td><td>${patient}</td><td>${moment(at)}</td><td>${
            isCancelled === 1
              ? "Cancelled"
              : html`<button class="plain" data-cancel="${id}" aria-label="Cancel the order ${id} of ${patient}">Cancel</button>`
          }</td></tr>
`,
      )}</tbody>
</table>`;

const callsTable = (calls: readonly Call[]): Html =>
  calls.length === 0
    ? html`<p>Nothing yet.</p>`
    : html`<table>
<caption>${calls.length} ${calls.length === 1 ? "call" : "calls"}, the newest first</caption>
<thead><tr><th scope="col">Call</th><th scope="col">Answered</th><th scope="col">Came</th></tr></thead>
<tbody>${calls.map(
        ({ id, target, path, status, at }) =>
          html`<tr data-id="${id}"><td>${TARGETS[target].label}<span class="detail">${path}</span></td><td>${status}</td><td>${moment(at)}</td></tr>
`,
      )}</tbody>
</table>`;
