import type { Context } from "hono";
import { z } from "zod";

/** Sizes are our choice: more than any mail or form of this service, and little enough to show five hundred of. */
export const MAIL_BYTES_MAX = 1024 * 1024;
export const FORM_BYTES_MAX = 16 * 1024;
const HEAD_CHARACTERS_MAX = 1_000;
const NAME_CHARACTERS_MAX = 200;
const EMAIL_CHARACTERS_MAX = 254;

const head = z.string().max(HEAD_CHARACTERS_MAX);
export const MailInput = z.object({
  reference: head,
  from: head,
  to: head,
  subject: head,
  html: z.string(),
  text: z.string(),
});

/** As the service has them: patients whom it makes an account for have UUIDs. */
const USER_ID = /^([0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
const LEGACY_ID = /^[0-9a-f]{10}$/;

/** Somebody a token is signed for. */
export const PersonInput = z.object({
  userId: z.string().regex(USER_ID),
  email: z.email().max(EMAIL_CHARACTERS_MAX).optional(),
  name: z.string().max(NAME_CHARACTERS_MAX).optional(),
});

/** Somebody whose account stood for a clinic: those are older than UUIDs. */
export const LegacyPersonInput = PersonInput.refine(({ userId }) => LEGACY_ID.test(userId), { path: ["legacyId"] });

const PROBLEMS: Readonly<Record<PropertyKey, string>> = {
  userId: "A user id is needed: ten hex digits, such as 5a5a5a5a5a, or a lower-case UUID.",
  legacyId: "The user id of a legacy clinic account has ten hex digits.",
  email: "The address is none that could get mail.",
  name: `A name has at most ${NAME_CHARACTERS_MAX} characters.`,
};

/** What a person is told who filled in the form in another way. */
export const problemWith = (error: z.ZodError): string =>
  PROBLEMS[error.issues[0]?.path[0] ?? ""] ?? "Choose who you are.";

/** The media type of a request's body, without its parameters. */
export const mediaType = (c: Context): string =>
  (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();

/** The JSON body of a request; undefined when it is none. */
export async function jsonOf(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}

/** The texts of a form that say something, trimmed; none when the body can't be read as a form. */
export async function formOf(c: Context): Promise<Readonly<Record<string, string>>> {
  let fields: Record<string, unknown>;
  try {
    fields = await c.req.parseBody();
  } catch {
    return {};
  }
  const texts = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value.trim() : ""]);
  return Object.fromEntries(texts.filter(([, text]) => text !== ""));
}
