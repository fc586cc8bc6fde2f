import { Hono } from "hono";
import { COPY_SCRIPT, STYLE } from "./assets.ts";
import type { Mail, Mailbox } from "./mailbox.ts";
import { loginPage, mailboxPage, mailPage, missingPage, startPage, tokenPage } from "./pages.ts";
import { type Person, tokens } from "./tokens.ts";

export { Mailbox } from "./mailbox.ts";

interface Bindings {
  readonly MAILBOX: DurableObjectNamespace<Mailbox>;
  /** The private key of the local server, a JWK. */
  readonly SIGNING_KEY: string;
  readonly AUTH_ISSUER: string;
  /** The people of the demo data, as JSON. */
  readonly DEMO_PEOPLE: string;
}

const policy = (styles: string) =>
  `default-src 'none'; script-src 'self'; style-src ${styles}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** The machine itself, and the binding of the mailer. A name of somebody else that leads here is no reason to sign for it. */
const HOSTS = new Set(["localhost", "127.0.0.1", "[::1]", "sandbox"]);
const USER_ID = /^[0-9a-f]{10}$/;
const FIELDS = ["reference", "from", "to", "subject", "html", "text"] as const;

const app = new Hono<{ Bindings: Bindings }>();

app.use(async (c, next) => {
  if (!HOSTS.has(new URL(c.req.url).hostname)) return c.text("This is served on this machine only.\n", 403);
  await next();
  c.res.headers.set("x-content-type-options", "nosniff");
  c.res.headers.set("referrer-policy", "no-referrer");
  if (!c.res.headers.has("content-security-policy")) c.res.headers.set("content-security-policy", policy("'self'"));
});
app.notFound(async (c) => c.html(await missingPage(), 404));

const mailboxOf = (c: { env: Bindings }) => c.env.MAILBOX.getByName("mailbox");
const peopleOf = (c: { env: Bindings }) => JSON.parse(c.env.DEMO_PEOPLE) as Person[];

app.get("/sandbox", (c) => c.redirect("/sandbox/"));
app.get("/sandbox/", (c) => c.html(startPage()));
app.get("/sandbox/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
app.get("/sandbox/copy.js", (c) => c.body(COPY_SCRIPT, 200, { "content-type": "text/javascript; charset=utf-8" }));

app.get("/sandbox/mailbox", async (c) => c.html(mailboxPage(await mailboxOf(c).list())));
app.get("/sandbox/mailbox.json", async (c) => c.json(await mailboxOf(c).list()));
app.post("/sandbox/mailbox", async (c) => {
  // A page elsewhere can't send this type without being asked first, and nobody answers that.
  if (c.req.header("content-type") !== "application/json") return c.text("application/json only\n", 415);
  const mail = await c.req.json<Mail>();
  if (FIELDS.some((field) => typeof mail[field] !== "string")) return c.text(`needed: ${FIELDS.join(", ")}\n`, 400);
  await mailboxOf(c).keep(mail);
  return c.body(null, 202);
});
app.get("/sandbox/mailbox/:id{[0-9]+}", async (c) => {
  const mail = await mailboxOf(c).find(Number(c.req.param("id")));
  if (!mail) return c.notFound();
  // A mail's styles stand in its elements. Nothing in the frame can run.
  return c.html(mailPage(mail), 200, { "content-security-policy": policy("'self' 'unsafe-inline'") });
});

app.get("/sandbox/login", (c) => c.html(loginPage(peopleOf(c))));
app.post("/sandbox/login", async (c) => {
  const given = await c.req.parseBody();
  const text = (name: string) => {
    const value = given[name];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const people = peopleOf(c);
  const signer = tokens(c.env.SIGNING_KEY, c.env.AUTH_ISSUER);
  const who = text("who");
  if (who === "service") return c.html(tokenPage("a backend service", await signer.service("sandbox")));
  const userId = text("userId");
  const person =
    who === "other"
      ? userId !== undefined && USER_ID.test(userId) && { userId, email: text("email"), name: text("name") }
      : people.find((it) => it.userId === who);
  if (!person) return c.html(loginPage(people, "A user id is needed: ten hex digits, such as 5a5a5a5a5a."), 400);
  return c.html(tokenPage(person.name ?? person.userId, await signer.person(person)));
});

export default app;
