import { z } from "@hono/zod-openapi";
import { badRequest, unavailable } from "../core/errors.ts";
import { faultOf, log } from "../core/log.ts";
import type { AccountService } from "../core/settings.ts";
import { mapped, rowsOf } from "../db/read.ts";
import {
  type AccountChange,
  type CustodialProfile,
  inBatch,
  type Profile,
  type User,
  type UserDirectory,
  emailIsTaken,
} from "./directory.ts";

/** Our choice: a person waits for the answer. */
const TIMEOUT_MS = 5_000;
/** How many accounts are asked for at once. */
const AT_ONCE = 6;

const CUSTODIAL = "custodial_account";
/** What the service writes where a custodial account has no address; nobody else is ever shown it. */
const PLACEHOLDER = /^unclaimed-custodial-automation\+\d+@/;

const optionalText = z
  .string()
  .transform((text) => text || undefined)
  .optional()
  .catch(undefined);
const Account = z.object({
  userid: z.string().min(1),
  username: optionalText,
  roles: z.array(z.string()).catch([]),
});
const AccountProfile = z.object({
  fullName: optionalText,
  patient: z
    .object({
      fullName: optionalText,
      birthday: optionalText,
      mrn: optionalText,
      targetDevices: z.array(z.string()).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
type Account = z.output<typeof Account>;
/** A profile with everything in it: what is not ours to write is written back as it was. */
const AnyProfile = z.looseObject({ patient: z.looseObject({}).optional().catch(undefined) });

function merged(
  before: z.output<typeof AnyProfile>,
  { email, patient, ...given }: CustodialProfile,
): Record<string, unknown> {
  const address = email ?? undefined;
  const emails = email === null ? undefined : [email];
  return { ...before, ...given, email: address, patient: { ...before.patient, ...patient, emails } };
}

/** What exactOptionalPropertyTypes and JSON agree on: absent, not undefined. */
const withoutAbsent = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T;

const emailOf = ({ username }: Account): string | null =>
  username === undefined || PLACEHOLDER.test(username) ? null : username.toLowerCase();

const isCustodial = ({ roles }: Account): boolean => roles.includes(CUSTODIAL);

/**
 * The directory of a deployment whose accounts an existing service keeps. What it asks, with its token as a server:
 *
 * GET /auth/user/{id} · GET /metadata/{id}/profile · POST /auth/user {username, emails, roles} ·
 * PUT /auth/user/{id} {updates: {username, emails}} · DELETE /auth/user/{id} · PUT /metadata/{id}/profile
 *
 * 404 is no such account or no profile, 409 an address that another account has. Anything else that is not the answer,
 * a refused token and a timeout included, is an outage: 503.
 */
export function httpDirectory(service: AccountService): UserDirectory {
  const account = async (id: string): Promise<Account | undefined> =>
    answerOf(Account, await ask(service, "GET", `/auth/user/${encodeURIComponent(id)}`, [200, 404]));

  const user = async (id: string): Promise<User | undefined> => {
    const [found, profile] = await Promise.all([
      account(id),
      ask(service, "GET", `/metadata/${encodeURIComponent(id)}/profile`, [200, 404]),
    ]);
    if (!found) return undefined;
    const known = withoutAbsent<Profile>((await answerOf(AccountProfile, profile)) ?? {});
    return {
      id: found.userid,
      email: emailOf(found),
      name: known.fullName ?? null,
      profile: known,
      isCustodial: isCustodial(found),
      roles: found.roles,
    };
  };

  const setEmail = async (id: string, email: string | null): Promise<void> => {
    const updates = { username: email ?? "", emails: email === null ? [] : [email] };
    const path = `/auth/user/${encodeURIComponent(id)}`;
    refuseTaken(await ask(service, "PUT", path, [200, 400, 409], { updates }));
  };

  return {
    find: (userId) =>
      typeof userId === "string"
        ? { statements: [], take: () => user(userId) }
        : mapped(selectedIds(userId), ([id]) => (id === undefined ? undefined : user(id))),
    findAll: (ids) => mapped(selectedIds(ids), (selected) => knownOf(selected, user)),
    async createCustodial({ email }) {
      const body = { ...(email === null ? {} : { username: email, emails: [email] }), roles: [CUSTODIAL, "patient"] };
      const response = await ask(service, "POST", "/auth/user", [200, 201, 400, 409], body);
      refuseTaken(response);
      const made = await answerOf(Account, response);
      if (!made) throw accountsUnavailable(new Error("no account was made"));
      const remove = () =>
        ask(service, "DELETE", `/auth/user/${encodeURIComponent(made.userid)}`, [200, 202, 204, 404]);
      return { id: made.userid, steps: [], undo: () => quietly(remove) };
    },
    async changeCustodialEmail({ id, email }): Promise<AccountChange> {
      const found = await account(id);
      const before = found && emailOf(found);
      if (!found || !isCustodial(found) || before === undefined || before === email) {
        return inBatch();
      }
      await setEmail(id, email);
      return { steps: [], undo: () => quietly(() => setEmail(id, before)) };
    },
    profiles: {
      where: "elsewhere",
      async write(userId, profile) {
        const found = await account(userId);
        if (!found || !isCustodial(found)) return;
        const path = `/metadata/${encodeURIComponent(userId)}/profile`;
        const before = await answerOf(AnyProfile, await ask(service, "GET", path, [200, 404]));
        await ask(service, "PUT", path, [200, 201, 204], merged(before ?? {}, profile));
      },
    },
    async removeCustodial(id) {
      const found = await account(id);
      if (found && isCustodial(found)) {
        await ask(service, "DELETE", `/auth/user/${encodeURIComponent(id)}`, [200, 202, 204, 404]);
      }
      return inBatch();
    },
  };
}

const selectedIds = (query: Parameters<UserDirectory["findAll"]>[0]) =>
  mapped(rowsOf<Record<string, string>>(query), (rows) => [...new Set(rows.map((row) => Object.values(row)[0]!))]);

const accountsUnavailable = (cause: unknown) => unavailable("the account service could not answer, try again", cause);

/** The answer of the service, if it has one of these statuses. */
async function ask(
  { url, token }: AccountService,
  method: string,
  path: string,
  expected: readonly number[],
  body?: unknown,
): Promise<Response> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        accept: "application/json",
        "x-tidepool-session-token": token,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // The token was meant for this address alone.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (expected.includes(response.status)) return response;
    await response.body?.cancel();
    throw new Error(`the account service answered ${response.status}`);
  } catch (error) {
    throw accountsUnavailable(error);
  }
}

async function answerOf<S extends z.ZodType>(schema: S, response: Response): Promise<z.output<S> | undefined> {
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  try {
    return schema.parse(await response.json());
  } catch (error) {
    throw accountsUnavailable(
      error instanceof z.ZodError ? new Error("the account service answered something else") : error,
    );
  }
}

function refuseTaken(response: Response): void {
  if (response.status === 409) throw emailIsTaken();
  if (response.status === 400) throw badRequest("the account service does not accept the email address");
}

/** The accounts that can be read, a few at a time. */
async function knownOf(ids: readonly string[], user: (id: string) => Promise<User | undefined>): Promise<User[]> {
  const known: User[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const answers = await Promise.allSettled(ids.slice(at, at + AT_ONCE).map(user));
    for (const answer of answers) if (answer.status === "fulfilled" && answer.value) known.push(answer.value);
  }
  return known;
}

/** What undoes must not hide why there was something to undo. */
async function quietly(undo: () => Promise<unknown>): Promise<void> {
  try {
    await undo();
  } catch (error) {
    log("warn", "account not restored", { fault: faultOf(error) });
  }
}
