import type { MailSettings } from "../core/settings.ts";

/** The content of a mail as plain text, from which the layout renders the HTML and the text part. */
export interface Content {
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly action: { readonly label: string; readonly url: string };
}

const SUBJECT_MAX = 200;

/** Collapses a text to one line without control characters, which prevents header injection. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();

/** Direction marks and other invisible characters that mail programs interpret. */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu;
/** Where mail programs detect links in plain text: a scheme's colon, a dot or an at sign before a letter or digit. */
const LINKING = /:(?=\/)|[.@](?=[\p{L}\p{N}])/gu;

/**
 * A user-chosen name, made safe for a sentence of a mail: one line, without direction marks, and with a blank wherever
 * a mail program would detect a link. Only templates put links in mails.
 */
export const nameInText = (text: string): string =>
  oneLine(oneLine(text).replaceAll(UNSEEN, "").replaceAll(LINKING, "$& "));

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

const link = (url: string, label: string, style: string): string =>
  `<a href="${escaped(url)}" style="${style}">${escaped(label)}</a>`;

const FONT = "font-family:Helvetica,Arial,sans-serif";
const BUTTON =
  "display:inline-block;padding:12px 20px;border-radius:6px;background:#14324a;color:#ffffff;font-weight:bold;text-decoration:none";
const PLAIN_LINK = "color:#14508a;word-break:break-all";

/** Renders the subject and both parts of a mail. It loads nothing remote, so opening it can't be tracked. */
export function layOut(
  content: Content,
  { productName, support }: MailSettings,
): { subject: string; html: string; text: string } {
  const { heading, paragraphs, action } = content;
  const subject = [...oneLine(content.subject)].slice(0, SUBJECT_MAX).join("");
  const supportUrl = support.url ?? (support.email === undefined ? undefined : `mailto:${support.email}`);
  const supportLabel = support.url ?? support.email ?? "";
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(subject)}</title>
</head>
<body style="margin:0;padding:0;background:#f3f5f7;color:#1d2733;${FONT};font-size:16px;line-height:1.5">
<div style="max-width:560px;margin:0 auto;padding:24px 16px">
<p style="margin:0 0 16px;font-weight:bold;color:#14324a">${escaped(productName)}</p>
<div style="padding:24px;border-radius:8px;background:#ffffff">
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${escaped(heading)}</h1>
${paragraphs.map((paragraph) => `<p style="margin:0 0 16px">${escaped(paragraph)}</p>`).join("\n")}
<p style="margin:24px 0">${link(action.url, action.label, BUTTON)}</p>
<p style="margin:0;font-size:14px">If the button does not work, open this address: ${link(action.url, action.url, PLAIN_LINK)}</p>
</div>
${supportUrl === undefined ? "" : `<p style="margin:16px 0 0;font-size:14px">Questions? ${link(supportUrl, supportLabel, PLAIN_LINK)}</p>\n`}</div>
</body>
</html>
`;
  const text = [
    heading,
    ...paragraphs,
    `${action.label}:\n${action.url}`,
    ...(supportUrl === undefined ? [] : [`Questions? ${supportLabel}`]),
    productName,
  ].join("\n\n");
  return { subject, html, text: `${text}\n` };
}
