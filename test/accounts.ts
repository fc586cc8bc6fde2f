import { env } from "cloudflare:workers";
import { test } from "vitest";
import { AccountService } from "./account-service.ts";

/** Accounts wherever this run of the tests has them: in the service's own table, or in an account service. */

/** An account as tests describe it and look at it. */
export interface Account {
  readonly id: string;
  readonly email: string | null;
  readonly profile: Record<string, any>;
  readonly roles: readonly string[];
  /** Nobody can sign in to it yet. */
  readonly isCustodial: boolean;
}

const url = env.ACCOUNT_SERVICE_URL;
const elsewhere = url ? new AccountService({ url, token: env.ACCOUNT_SERVICE_TOKEN ?? "" }) : undefined;

/** A test of what is true only where accounts are kept in the service's own table, with the reason for it. */
export const onlyWithOwnDirectory = (_reason: string) => test.skipIf(elsewhere !== undefined);

type Served = typeof fetch & { readonly outside?: typeof fetch };

/** Answers for the account service of this run, if it has one; who asks for anything else meets the runtime's fence. */
export function serveAccounts(): void {
  if (!elsewhere) return;
  // A file before this one may have put its own in the place of the runtime's.
  const { outside = globalThis.fetch } = globalThis.fetch as Served;
  const answer: typeof fetch = (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    return address.startsWith(elsewhere.url) ? elsewhere.fetch(input, init) : outside(input, init);
  };
  globalThis.fetch = Object.assign(answer, { outside });
}

/** Answers of the account service that were neither read nor cancelled. */
export const unreadAnswers = (): string[] => elsewhere?.unread() ?? [];

const CUSTODIAL = "custodial_account";

/** Writes an account whole. */
export async function putAccount({ id, email, profile, roles, isCustodial }: Account): Promise<void> {
  if (elsewhere) {
    elsewhere.put({ userid: id, email, roles: isCustodial ? [CUSTODIAL, ...roles] : [...roles] }, profile);
    return;
  }
  await env.DB.prepare(
    `INSERT INTO users (id, email, email_verified, name, profile, roles, is_custodial, created_at, updated_at)
     VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, 0, 0) ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name,
       profile = excluded.profile, roles = excluded.roles, is_custodial = excluded.is_custodial`,
  )
    .bind(id, email, profile.fullName ?? null, JSON.stringify(profile), JSON.stringify(roles), isCustodial ? 1 : 0)
    .run();
}

/** The account as it is kept. */
export async function findAccount(id: string): Promise<Account | undefined> {
  if (elsewhere) {
    const found = elsewhere.accounts.get(id);
    if (!found) return undefined;
    const roles = found.roles.filter((role) => role !== CUSTODIAL);
    const isCustodial = found.roles.includes(CUSTODIAL);
    return { id, email: found.emails[0] ?? null, profile: elsewhere.profiles.get(id) ?? {}, roles, isCustodial };
  }
  const row = await env.DB.prepare("SELECT email, profile, roles, is_custodial FROM users WHERE id = ?")
    .bind(id)
    .first<{ email: string | null; profile: string | null; roles: string; is_custodial: number }>();
  if (!row) return undefined;
  const roles = (JSON.parse(row.roles) as string[]).filter((role) => role !== CUSTODIAL);
  return { id, email: row.email, profile: JSON.parse(row.profile ?? "{}"), roles, isCustodial: row.is_custodial === 1 };
}

/** Changes an account that there is. */
/** How many accounts there are. */
export const countAccounts = async (): Promise<number> =>
  elsewhere?.accounts.size ?? (await env.DB.prepare("SELECT count(*) AS n FROM users").first<number>("n"))!;

export async function changeAccount(id: string, changes: Partial<Omit<Account, "id">>): Promise<void> {
  const before = await findAccount(id);
  if (!before) throw new Error("no such account");
  await putAccount({ ...before, ...changes });
}

/** Removes an account, as its owner or the service's operator does. */
export async function removeAccount(id: string): Promise<void> {
  if (elsewhere) {
    elsewhere.accounts.delete(id);
    elsewhere.profiles.delete(id);
  } else {
    await env.DB.prepare("DELETE FROM users WHERE id = ?").bind(id).run();
  }
}

/** Somebody with a token has an account that is nobody else's to keep; in our own table their first request writes it. */
export function haveSignedUp(id: string, email: string | undefined, fullName: string | undefined): void {
  const known = elsewhere?.accounts.get(id);
  if (known) known.roles = known.roles.filter((role) => role !== CUSTODIAL);
  else elsewhere?.put({ userid: id, email: email ?? null, roles: [] }, fullName === undefined ? {} : { fullName });
}
