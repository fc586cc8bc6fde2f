import { html } from "hono/html";

export type Html = ReturnType<typeof html>;

/** What every page begins with. */
export const pageHeader: Html = html`<a class="skip" href="#content">Skip to the content</a>
<header><nav aria-label="Sandbox">
<strong>Sandbox</strong>
<a href="/sandbox/">Start</a>
<a href="/sandbox/workspace">Workspace</a>
<a href="/sandbox/login">Sign in</a>
<a href="/sandbox/mailbox">Mailbox</a>
<a href="/sandbox/events">Events</a>
<a href="/sandbox/redox">Redox</a>
<a href="/sandbox/xealth">Xealth</a>
<a href="/docs">API reference</a>
</nav></header>`;

/** What every page has around it. */
export const page = (title: string, content: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Sandbox</title>
<link rel="stylesheet" href="/sandbox/style.css">
</head>
<body>
${pageHeader}
<main id="content" tabindex="-1">
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;

export const moment = (at: number): Html => {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
};

export const problemOf = (problem: string | undefined): Html | "" =>
  problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`;
