import { Hono } from "hono";
import type { z } from "zod";
import { COPY_SCRIPT, STYLE } from "./assets.ts";
import {
  FORM_BYTES_MAX,
  formOf,
  jsonOf,
  MAIL_BYTES_MAX,
  MailInput,
  mediaType,
  LegacyPersonInput,
  PersonInput,
  problemWith,
} from "./inputs.ts";
import { type Clinics, makeLegacyAccount } from "./legacy-accounts.ts";
import type { Mailbox } from "./mailbox.ts";
import { loginPage, mailboxPage, mailPage, missingPage, startPage, tokenPage, workspacePage } from "./pages.ts";
import WORKSPACE_SCRIPT from "../generated/workspace.js.txt";
import WORKSPACE_STYLE from "../generated/workspace.css.txt";
import { STYLE as REDOX_STYLE } from "./redox/assets.ts";
import { type EventsBindings, events } from "./events/routes.ts";
import { type RedoxBindings, redox } from "./redox/routes.ts";
import { STYLE as XEALTH_STYLE } from "./xealth/assets.ts";
import { type XealthBindings, xealth } from "./xealth/routes.ts";
import { atMost, policy, scriptOf, styleOf } from "./serving.ts";
import { identitiesOf, tokenOf } from "./identities.ts";
import { grantToken, type ServiceAccount } from "./token-endpoint.ts";
import { type DemoPerson, tokens } from "./tokens.ts";

export { Events } from "./events/store.ts";
export { Mailbox } from "./mailbox.ts";
export { Redox } from "./redox/store.ts";
export { Xealth } from "./xealth/store.ts";

interface Bindings extends EventsBindings, RedoxBindings, XealthBindings {
  readonly MAILBOX: DurableObjectNamespace<Mailbox>;
  /** The private key of the local server, a JWK. */
  readonly SIGNING_KEY: string;
  readonly AUTH_ISSUER: string;
  /** The people of the demo data, as JSON. */
  readonly DEMO_PEOPLE: string;
  /** As JSON. */
  readonly SERVICE_ACCOUNT: string;
  readonly CLINICS: Clinics;
}

/** The machine itself, and the binding of the mailer. A name of somebody else that leads here is no reason to sign for it. */
const HOSTS = new Set(["localhost", "127.0.0.1", "[::1]", "sandbox"]);

const app = new Hono<{ Bindings: Bindings }>();

app.use(async (c, next) => {
  if (!HOSTS.has(new URL(c.req.url).hostname)) return c.text("This is served on this machine only.\n", 403);
  await next();
  c.res.headers.set("x-content-type-options", "nosniff");
  c.res.headers.set("referrer-policy", "no-referrer");
  if (!c.res.headers.has("content-security-policy")) c.res.headers.set("content-security-policy", policy());
});
app.notFound(async (c) => c.html(await missingPage(), 404));

const mailboxOf = (c: { env: Bindings }) => c.env.MAILBOX.getByName("mailbox");
const serviceAccountOf = (c: { env: Bindings }) => JSON.parse(c.env.SERVICE_ACCOUNT) as ServiceAccount;
const signerOf = (c: { env: Bindings }) => tokens(c.env.SIGNING_KEY, c.env.AUTH_ISSUER);
const peopleOf = (c: { env: Bindings }) => JSON.parse(c.env.DEMO_PEOPLE) as DemoPerson[];

app.get("/sandbox", (c) => c.redirect("/sandbox/"));
app.get("/sandbox/", (c) => c.html(startPage(serviceAccountOf(c))));
app.get("/sandbox/style.css", (c) => c.body(STYLE + REDOX_STYLE + XEALTH_STYLE, 200, styleOf));
app.get("/sandbox/copy.js", (c) => c.body(COPY_SCRIPT, 200, scriptOf));

app.get("/sandbox/workspace", (c) =>
  // It asks the service and nobody else, and a report is given to the browser as a file.
  c.html(workspacePage(), 200, { "content-security-policy": policy({ more: "connect-src 'self'; img-src 'self'; " }) }),
);
app.get("/sandbox/workspace.js", (c) => c.body(WORKSPACE_SCRIPT, 200, scriptOf));
app.get("/sandbox/workspace.css", (c) => c.body(WORKSPACE_STYLE, 200, styleOf));

app.get("/sandbox/mailbox", async (c) => c.html(mailboxPage(await mailboxOf(c).list())));
app.get("/sandbox/mailbox.json", async (c) => c.json(await mailboxOf(c).list()));
app.post("/sandbox/mailbox", atMost(MAIL_BYTES_MAX), async (c) => {
  // A page elsewhere can't send this type without being asked first, and nobody answers that.
  if (mediaType(c) !== "application/json") return c.text("application/json only\n", 415);
  const mail = MailInput.safeParse(await jsonOf(c));
  if (!mail.success) return c.text(`a mail is an object of texts: ${Object.keys(MailInput.shape).join(", ")}\n`, 400);
  await mailboxOf(c).keep(mail.data);
  return c.body(null, 202);
});
app.get("/sandbox/mailbox/:id{[0-9]{1,15}}", async (c) => {
  const mail = await mailboxOf(c).find(Number(c.req.param("id")));
  if (!mail) return c.notFound();
  // A mail's styles stand in its elements. Nothing in the frame can run.
  return c.html(mailPage(mail), 200, { "content-security-policy": policy({ styles: "'self' 'unsafe-inline'" }) });
});

app.get("/sandbox/login", (c) => c.html(loginPage(peopleOf(c))));
app.post("/sandbox/login", atMost(FORM_BYTES_MAX), async (c) => {
  const { who, legacy, ...fields } = await formOf(c);
  const people = peopleOf(c);
  const signer = signerOf(c);
  if (who === "service") return c.html(tokenPage("a backend service", await signer.service("sandbox")));
  const given = who === "other" ? fields : people.find(({ userId }) => userId === who);
  const person = (legacy === undefined ? PersonInput : LegacyPersonInput).safeParse(given);
  if (!person.success) return c.html(loginPage(people, problemWith(person.error)), 400);
  if (legacy !== undefined && !(await isMade(c.env.CLINICS, person.data))) {
    return c.html(loginPage(people, EMAIL_IS_TAKEN), 409);
  }
  return c.html(tokenPage(person.data.name ?? person.data.userId, await signer.person(person.data)));
});

app.get("/sandbox/identities.json", (c) => c.json(identitiesOf(peopleOf(c))));
app.post("/sandbox/identities/token", atMost(FORM_BYTES_MAX), async (c) => {
  // As above: this keeps pages elsewhere from asking.
  if (mediaType(c) !== "application/json") return c.text("application/json only\n", 415);
  const token = await tokenOf(await jsonOf(c), peopleOf(c), signerOf(c));
  if (token === undefined) return c.text("who is none of /sandbox/identities.json\n", 400);
  return c.json({ token }, 200, { "cache-control": "no-store" });
});

app.post("/sandbox/legacy-accounts", atMost(FORM_BYTES_MAX), async (c) => {
  if (mediaType(c) !== "application/json") return c.text("application/json only\n", 415);
  const person = LegacyPersonInput.safeParse(await jsonOf(c));
  if (!person.success) return c.text(`${problemWith(person.error)}\n`, 400);
  if (!(await isMade(c.env.CLINICS, person.data))) return c.text(`${EMAIL_IS_TAKEN}\n`, 409);
  return c.body(null, 204);
});

app.post("/sandbox/oauth2/token", atMost(FORM_BYTES_MAX), (c) => grantToken(c, serviceAccountOf(c), signerOf(c)));

app.route("/sandbox/events", events);
app.route("/sandbox/redox", redox);
app.route("/sandbox/xealth", xealth);

const EMAIL_IS_TAKEN = "Another account has that address.";

/** Whether the legacy account could be made: not where another account has its address. */
async function isMade(clinics: Clinics, person: z.output<typeof PersonInput>): Promise<boolean> {
  try {
    await makeLegacyAccount(clinics, person);
    return true;
  } catch (error) {
    // Of an error that comes over a binding nothing but the text is left.
    if (error instanceof Error && error.message.startsWith("duplicate")) return false;
    throw error;
  }
}

export default app;
