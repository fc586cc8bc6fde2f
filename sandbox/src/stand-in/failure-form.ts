import { html } from "hono/html";
import { described, type Failure, type Targets } from "./failures.ts";

/** Of a failure's fields only those are shown and sent that have a meaning for it. */
export const FAILURE_SCRIPT = `
const kind = document.querySelector('select[name="kind"]');
function show() {
  for (const field of document.querySelectorAll("[data-of]")) {
    field.hidden = !field.dataset.of.split(" ").includes(kind.value);
    field.querySelector("input").disabled = field.hidden;
  }
}
kind.addEventListener("change", show);
// A browser that comes back to the page restores what was chosen.
addEventListener("pageshow", show);
show();
`;

/** The part of a stand-in's page where a person says how it fails. */
export const failureForm = (page: string, targets: Targets, failures: readonly Failure[]) => html`${
  failures.length === 0
    ? html`<p>Nothing is set: every call goes well.</p>`
    : html`<ul>${failures.map((failure) => html`<li>${described(failure, targets)}</li>`)}</ul>
<form method="post" action="${page}/failures/clear"><button class="plain">Let everything go well again</button></form>`
}
<details>
<summary>Set a failure</summary>
<form method="post" action="${page}/failures">
<div class="columns">
<label class="field">What happens<select name="kind">
<option value="status">Refused with a status</option>
<option value="delay">Answered late</option>
<option value="drop-after">Taken, then answered with a status</option>
</select></label>
<label class="field">To what<select name="on">
${Object.entries(targets).map(([target, { label }]) => html`<option value="${target}">${label}</option>`)}
</select></label>
<label class="field">How many times<input name="times" type="number" min="1" max="1000" value="1"></label>
<label class="field" data-of="status drop-after">Status (400 to 599)<input name="status" type="number" min="400" max="599" value="503"></label>
<label class="field" data-of="status">Retry-After, in seconds (empty: none)<input name="retryAfterSeconds" type="number" min="0" max="86400"></label>
<label class="field" data-of="delay">Late by, in milliseconds<input name="delayMs" type="number" min="1" max="120000" value="5000"></label>
</div>
<button class="plain">Make it fail</button>
</form>
</details>
<script src="${page}/failures.js" defer></script>`;
