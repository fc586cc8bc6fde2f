import { html } from "hono/html";
import { moment, page, pageHeader, problemOf } from "./layout.ts";
import type { KeptMail, MailHead } from "./mailbox.ts";
import type { ServiceAccount } from "./token-endpoint.ts";
import { type Person, TOKEN_HOURS } from "./tokens.ts";

export const startPage = ({ clientId, clientSecret }: ServiceAccount) =>
  page(
    "What is not there on your machine",
    html`<p>These pages stand in for what the service talks to elsewhere. They exist in local development only.</p>
<ul>
<li><a href="/sandbox/workspace">Workspace</a>: a clinic's front end on the API. Patients with time in range, who needs attention
first, device data, reports, merges with preview and undo.</li>
<li><a href="/sandbox/login">Sign in</a>: get a session token of a demo user, of anybody else, of a service, or of a
legacy clinic account, for the migrations.</li>
<li><a href="/sandbox/mailbox">Mailbox</a>: read every mail the service has sent.</li>
<li><a href="/sandbox/events">Events</a>: what a system beside the service is told of a clinic's patients, with its signature
verified.</li>
<li><a href="/sandbox/redox">Orders and results of an EHR (Redox)</a>: send an order as an EHR would, and read what it
gets: results, figures, reports.</li>
<li><a href="/sandbox/xealth">A chart in an EHR (Xealth)</a>: order the program for a patient with the form of the order,
and open the report inside the EHR.</li>
<li><a href="/docs">API reference</a>: try the operations, as somebody of the demo data or with a token under “Authentication”.</li>
</ul>
<h2>A service account</h2>
<p>AddServiceAccount takes these credentials. They are proved at <code>/sandbox/oauth2/token</code>, which also gives the
account its own session token.</p>
<dl>
<dt>client_id</dt><dd><code>${clientId}</code></dd>
<dt>client_secret</dt><dd><code>${clientSecret}</code></dd>
</dl>`,
  );

export const mailboxPage = (mails: readonly MailHead[]) =>
  page(
    "Mailbox",
    mails.length === 0
      ? html`<p>No mail yet. Creating a clinic sends one. <a href="/sandbox/mailbox">Look again</a></p>`
      : html`<table>
<caption>${mails.length} ${mails.length === 1 ? "mail" : "mails"}, the newest first</caption>
<thead><tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col">Sent</th></tr></thead>
<tbody>
${mails.map(
  ({
    id,
    subject,
    to,
    at,
  }) => html`<tr><td><a href="/sandbox/mailbox/${id}">${subject}</a></td><td>${to}</td><td>${moment(at)}</td></tr>
`,
)}</tbody>
</table>`,
  );

const linksOf = (text: string): readonly string[] => [...new Set(text.match(/https?:\/\/[^\s<>"]+/g) ?? [])];

export const mailPage = (mail: KeptMail) => {
  // The frame runs nothing and can't navigate itself: its links open outside.
  const framed = mail.html.replace("<head>", '<head><base target="_blank">');
  return page(
    mail.subject,
    html`<dl>
<dt>From</dt><dd>${mail.from}</dd>
<dt>To</dt><dd>${mail.to}</dd>
<dt>Sent</dt><dd>${moment(mail.at)}</dd>
<dt>Reference</dt><dd>${mail.reference}</dd>
</dl>
<h2>Links in this mail</h2>
<ul>
${linksOf(mail.text).map((url) => html`<li><a href="${url}" rel="noreferrer">${url}</a></li>`)}
</ul>
<h2>As it looks</h2>
<iframe title="The mail as it looks" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${framed}"></iframe>
<h2>As plain text</h2>
<pre>${mail.text}</pre>
<p><a href="/sandbox/mailbox">Back to the mailbox</a></p>`,
  );
};

export const loginPage = (people: readonly Person[], problem?: string) =>
  page(
    "Sign in",
    html`${problemOf(problem)}
<form method="post" action="/sandbox/login">
<fieldset>
<legend>Who are you?</legend>
${people.map(
  (
    { userId, name, email },
    i,
  ) => html`<label><input type="radio" name="who" value="${userId}" ${i === 0 ? "checked" : ""}> ${name ?? userId} (${email ?? "no address"})</label>
`,
)}<label><input type="radio" name="who" value="service"> A backend service</label>
<label><input type="radio" name="who" value="other"> Somebody else:</label>
<label class="field">User id (ten hex digits, or a UUID)<input name="userId" pattern="[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}" placeholder="5a5a5a5a5a" autocomplete="off"></label>
<label class="field">Address<input name="email" type="email" autocomplete="off"></label>
<label class="field">Name<input name="name" autocomplete="off"></label>
</fieldset>
<label><input type="checkbox" name="legacy"> Make it a legacy clinic account, with two people who share their data</label>
<button>Get a token</button>
</form>`,
  );

export const tokenPage = (who: string, token: string) =>
  page(
    `Signed in as ${who}`,
    html`<p>Send this token as <code>x-tidepool-session-token</code>. It is good for ${TOKEN_HOURS} hours, on this machine only.</p>
<label for="token">Session token</label>
<textarea id="token" readonly spellcheck="false">${token}</textarea>
<p><button id="copy" type="button">Copy</button> <span id="told" role="status"></span></p>
<p><a href="/docs">Use it in the API reference</a> · <a href="/sandbox/login">Be somebody else</a></p>
<script src="/sandbox/copy.js" defer></script>`,
  );

/** Everything on it is drawn by its script, with the client that every front end has. */
export const workspacePage = () =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Workspace – Sandbox</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/sandbox/style.css">
<link rel="stylesheet" href="/sandbox/workspace.css">
<script type="module" src="/sandbox/workspace.js"></script>
</head>
<body class="wide">
${pageHeader}
<main id="content" tabindex="-1">
<div id="workspace"><p>Loading …</p></div>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
</body>
</html>
`;

export const missingPage = () => page("Not here", html`<p>There is no such page. <a href="/sandbox/">Start</a></p>`);
