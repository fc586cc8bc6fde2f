import { z } from "@hono/zod-openapi";
import { atMost } from "../core/at-most.ts";
import { CODE_LENGTH_MAX, cutTo, IDENTIFIER_LENGTH_MAX, isLongerThan, NAME_LENGTH_MAX } from "../core/bounded-text.ts";
import { badRequest, unavailable } from "../core/errors.ts";
import { USER_ID } from "../core/ids.ts";
import { faultOf, log } from "../core/log.ts";
import { boundedJson, dropBody } from "../core/outgoing.ts";
import type { AccountService } from "../core/settings.ts";
import { mapped, rowsOf } from "../db/read.ts";
import {
  type AccountChange,
  AccountClaimed,
  type CustodialProfile,
  inBatch,
  type Profile,
  type User,
  type UserDirectory,
  emailIsTaken,
  TARGET_DEVICES_MAX,
} from "./directory.ts";
import { BirthDate } from "../core/wire.ts";
import { addressKey } from "../text/comparison-key.ts";

/** Our choice: a person waits for the response. */
const TIMEOUT_MS = 5_000;
/** Concurrent requests per request or queue batch: leaves two of the platform's six connections. */
const AT_ONCE_MAX = 4;

const CUSTODIAL = "custodial_account";
/** The role of legacy clinic accounts. */
const LEGACY_ROLE = "clinic";
/** The service's placeholder for a custodial account without an address; never shown to callers. */
const PLACEHOLDER = /^unclaimed-custodial-automation\+\d+@/;

const optionalText = z
  .string()
  .transform((text) => text || undefined)
  .optional()
  .catch(undefined);
const nameOrNone = optionalText.transform((name) => name && cutTo(name, NAME_LENGTH_MAX));
/** The beginning of a number would be another patient's. */
const numberOrNone = optionalText.transform((mrn) =>
  mrn !== undefined && isLongerThan(mrn, IDENTIFIER_LENGTH_MAX) ? undefined : mrn,
);
/** What is no date of the calendar would be shown as one. */
const dateOrNone = optionalText.transform((date) => (BirthDate.safeParse(date).success ? date : undefined));
const Account = z.object({
  userid: z.string().min(1),
  username: optionalText,
  roles: z.array(z.string()).catch([]),
});
const AccountProfile = z.object({
  fullName: nameOrNone,
  patient: z
    .object({
      fullName: nameOrNone,
      birthday: dateOrNone,
      mrn: numberOrNone,
      targetDevices: z
        .array(z.string())
        .transform((devices) => devices.slice(0, TARGET_DEVICES_MAX).map((device) => cutTo(device, CODE_LENGTH_MAX)))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});
type Account = z.output<typeof Account>;
/** A profile with all its fields: those we do not own are written back unchanged. */
const AnyProfile = z.looseObject({ patient: z.looseObject({}).optional().catch(undefined) });

function merged(
  before: z.output<typeof AnyProfile>,
  { email, patient, ...given }: CustodialProfile,
): Record<string, unknown> {
  const address = email ?? undefined;
  const emails = email === null ? undefined : [email];
  return { ...before, ...given, email: address, patient: { ...before.patient, ...patient, emails } };
}

/** Drops undefined properties, as exactOptionalPropertyTypes requires. */
const withoutAbsent = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T;

const emailOf = ({ username }: Account): string | null =>
  username === undefined || PLACEHOLDER.test(username) ? null : addressKey(username);

const accountPath = (id: string): string => `/auth/user/${encodeURIComponent(id)}`;
const profilePath = (id: string): string => `/metadata/${encodeURIComponent(id)}/profile`;

const isCustodial = ({ roles }: Account): boolean => roles.includes(CUSTODIAL);

/**
 * The directory of a deployment whose accounts are in an existing account service. Its requests, with a server token:
 *
 * GET /auth/user/{id or address} · GET /metadata/{id}/profile · POST /auth/user {username, emails, roles} ·
 * PUT /auth/user/{id} {updates: {username, emails} or {roles}} · DELETE /auth/user/{id} · PUT /metadata/{id}/profile
 *
 * 404 means no such account or no profile, 409 an address that another account has. Anything unexpected, including a
 * refused token and a timeout, is an outage: 503.
 */
export function httpDirectory(service: AccountService): UserDirectory {
  const inTurn = atMost(AT_ONCE_MAX);
  /** Asks when it is its turn, unless that is too late. */
  const ask = <S extends z.ZodType = z.ZodUnknown>(question: Question<S>, until = Number.POSITIVE_INFINITY) =>
    inTurn(async () => {
      if (Date.now() > until) throw accountsUnavailable(new Error("others took all of the time"));
      return askNow(service, question);
    });

  const account = async (id: string, until?: number): Promise<Account | undefined> =>
    (await ask({ method: "GET", path: accountPath(id), expected: [200, 404], answer: Account }, until)).answer;

  const profile = async <S extends z.ZodType>(
    id: string,
    answer: S,
    until?: number,
  ): Promise<z.output<S> | undefined> =>
    (await ask({ method: "GET", path: profilePath(id), expected: [200, 404], answer }, until)).answer;

  const user = async (id: string, until?: number): Promise<User | undefined> => {
    // Services have names instead of user ids, and no accounts.
    if (!USER_ID.test(id)) return undefined;
    const [found, foundProfile] = await Promise.all([account(id, until), profile(id, AccountProfile, until)]);
    if (!found) return undefined;
    const known = withoutAbsent<Profile>(foundProfile ?? {});
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
    const { status } = await ask({
      method: "PUT",
      path: accountPath(id),
      expected: [200, 400, 409],
      body: { updates },
    });
    refuseTaken(status);
  };

  const remove = (id: string) => ask({ method: "DELETE", path: accountPath(id), expected: [200, 202, 204, 404] });

  return {
    find: (userId) =>
      typeof userId === "string"
        ? { statements: [], take: () => user(userId) }
        : mapped(selectedIds(userId), ([id]) => (id === undefined ? undefined : user(id))),
    findAll: (ids) => mapped(selectedIds(ids), (selected) => knownOf(selected, user)),
    hasAddress: (address) => ({ statements: [], take: async () => (await account(address)) !== undefined }),
    async createCustodial({ email }) {
      const body = { ...(email === null ? {} : { username: email, emails: [email] }), roles: [CUSTODIAL, "patient"] };
      const { status, answer: made } = await ask({
        method: "POST",
        path: "/auth/user",
        expected: [200, 201, 400, 409],
        body,
        answer: Account,
      });
      refuseTaken(status);
      if (!made) throw accountsUnavailable(new Error("no account was made"));
      return { id: made.userid, steps: [], undo: () => quietly(() => remove(made.userid)) };
    },
    async changeCustodialEmail({ id, email }): Promise<AccountChange> {
      const found = await account(id);
      if (!found) return inBatch();
      const before = emailOf(found);
      if (before === email) return inBatch();
      if (!isCustodial(found)) throw new AccountClaimed();
      await setEmail(id, email);
      return { steps: [], undo: () => quietly(() => setEmail(id, before)) };
    },
    custodial: {
      where: "elsewhere",
      async writeProfile(userId, wanted) {
        const [found, before] = await Promise.all([account(userId), profile(userId, AnyProfile)]);
        if (!found || !isCustodial(found)) return;
        await ask({
          method: "PUT",
          path: profilePath(userId),
          expected: [200, 201, 204],
          body: merged(before ?? {}, wanted),
        });
      },
    },
    async endLegacyRole(id) {
      const found = await account(id);
      if (found?.roles.includes(LEGACY_ROLE)) {
        await ask({
          method: "PUT",
          path: accountPath(id),
          expected: [200],
          body: { updates: { roles: ["clinician"] } },
        });
      }
      return inBatch();
    },
    async removeCustodial(id) {
      const found = await account(id);
      if (found && isCustodial(found)) await remove(id);
      return inBatch();
    },
  };
}

const selectedIds = (query: Parameters<UserDirectory["findAll"]>[0]) =>
  mapped(rowsOf<Record<string, string>>(query), (rows) => [...new Set(rows.map((row) => Object.values(row)[0]!))]);

const accountsUnavailable = (cause: unknown) => unavailable("the account service could not answer, try again", cause);

interface Question<S extends z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Any other status is an outage. */
  readonly expected: readonly number[];
  readonly body?: unknown;
  /** The schema of a successful response's body, if it is needed. */
  readonly answer?: S;
}

/** Sends a request. Always reads the response body to the end or drops it, to free the connection. */
async function askNow<S extends z.ZodType>(
  { url, token }: AccountService,
  { method, path, expected, body, answer }: Question<S>,
): Promise<{ status: number; answer: z.output<S> | undefined }> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        accept: "application/json",
        "x-tidepool-session-token": token,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Never follow redirects: the token is for this address only.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status } = response;
    if (answer && response.ok && expected.includes(status)) {
      return { status, answer: parsed(answer, await boundedJson(response)) };
    }
    dropBody(response);
    if (expected.includes(status)) return { status, answer: undefined };
    throw new Error(`the account service answered ${status}`);
  } catch (error) {
    throw accountsUnavailable(error);
  }
}

function parsed<S extends z.ZodType>(schema: S, answer: unknown): z.output<S> {
  const result = schema.safeParse(answer);
  if (!result.success) throw new Error("the account service answered something else");
  return result.data;
}

function refuseTaken(status: number): void {
  if (status === 409) throw emailIsTaken();
  if (status === 400) throw badRequest("the account service does not accept the email address");
}

/** Reads the accounts, omitting those that fail, and those whose turn does not come in time: somebody waits. */
async function knownOf(
  ids: readonly string[],
  user: (id: string, until: number) => Promise<User | undefined>,
): Promise<User[]> {
  const until = Date.now() + TIMEOUT_MS;
  const answers = await Promise.allSettled(ids.map((id) => user(id, until)));
  return answers.flatMap((answer) => (answer.status === "fulfilled" && answer.value ? [answer.value] : []));
}

/** Logs a failed undo instead of throwing, so that the original error is kept. */
async function quietly(undo: () => Promise<unknown>): Promise<void> {
  try {
    await undo();
  } catch (error) {
    log("warn", "account not restored", { fault: faultOf(error) });
  }
}
