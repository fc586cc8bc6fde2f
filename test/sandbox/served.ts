import { env } from "cloudflare:workers";
import { beforeEach } from "vitest";
import type { KeptMail, Mail } from "../../sandbox/src/mailbox.ts";
import sandbox from "../../sandbox/src/worker.ts";

let mails: KeptMail[] = [];
beforeEach(() => void (mails = []));
/** What the mailbox has kept in this test. */
export const kept = (): readonly KeptMail[] => mails;

const mailbox = {
  keep: async (mail: Mail) => void mails.push({ ...mail, id: mails.length + 1, at: Date.now() }),
  list: async () => mails,
  find: async (id: number) => mails.find((mail) => mail.id === id),
};

const bindings = {
  MAILBOX: { getByName: () => mailbox },
  SIGNING_KEY: env.TEST_SIGNING_KEY,
  AUTH_ISSUER: env.AUTH_ISSUER,
  DEMO_PEOPLE: JSON.stringify([{ userId: "a1b2c3d4e5", email: "ana@s.example", name: "Ana Ruiz" }]),
};

/** An answer of the sandbox, with its mailbox in memory. */
export async function sandboxed(path: string, init?: RequestInit) {
  const response = await sandbox.request(new URL(path, "http://localhost"), init, bindings);
  return { status: response.status, headers: response.headers, text: await response.text() };
}
