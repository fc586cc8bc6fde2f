import { env, exports } from "cloudflare:workers";
import type { KeptMail, Mail } from "../../sandbox/src/mailbox.ts";
import sandbox from "../../sandbox/src/worker.ts";

let mails: KeptMail[] = [];
export const emptyMailbox = (): void => void (mails = []);
/** What the mailbox has kept since it was emptied. */
export const kept = (): readonly KeptMail[] => mails;

const mailbox = {
  keep: async (mail: Mail) => void mails.push({ ...mail, id: mails.length + 1, at: Date.now() }),
  list: async () => mails,
  find: async (id: number) => mails.find((mail) => mail.id === id),
};

/** The machine account that can prove itself. */
export const ROBOT = {
  clientId: "robot:+/ü",
  clientSecret: "s3cret &%=",
  userId: "0b07000001",
  name: "Robot",
};

const bindings = {
  SERVICE_ACCOUNT: JSON.stringify(ROBOT),
  CLINICS: exports.InternalApi({ props: { caller: "sandbox", scopes: ["putUser", "putAccountShare"] } }),
  MAILBOX: { getByName: () => mailbox },
  EVENTS: { getByName: () => ({ list: async () => [] }) },
  SIGNING_KEY: JSON.stringify({ ...JSON.parse(env.TEST_SIGNING_KEY), kid: "test" }),
  AUTH_ISSUER: env.AUTH_ISSUER,
  DEMO_PEOPLE: JSON.stringify([{ userId: "a1b2c3d4e5", email: "ana@s.example", name: "Ana Ruiz", is: "admin" }]),
};

/** An answer of the sandbox, with its mailbox in memory. */
export async function sandboxed(path: string, init?: RequestInit) {
  const response = await sandbox.request(new URL(path, "http://localhost"), init, bindings);
  return { status: response.status, headers: response.headers, text: await response.text() };
}
