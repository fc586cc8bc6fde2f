import type { MiddlewareHandler } from "hono";
import { type AuditMessage, insertAuditMessages } from "../audit/audit-store.ts";
import { authenticate } from "../auth/authenticate.ts";
import type { Caller, Person } from "../auth/caller.ts";
import { invalid, Refusal } from "../core/errors.ts";
import { faultOf, log } from "../core/log.ts";
import { type Bindings, settingsOf } from "../core/settings.ts";
import { Db } from "../db/client.ts";
import { sendEntries } from "../outbox/publish.ts";
import { directoryOf } from "../accounts/directory-of.ts";
import { keepCurrent } from "../accounts/own-directory-store.ts";
import { RequestContext } from "./request-context.ts";
import type { AppEnv } from "./operation.ts";

/** Set in the environment by the service-binding entrypoint; a symbol can't come from outside. */
export const BOUND_CALLER = Symbol("bound caller");

const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** Gates 1 and 2: a token is presented, and it names somebody. */
export const identify: MiddlewareHandler<AppEnv> = async (c, next) => {
  const settings = settingsOf(c.env);
  const now = Date.now();
  const caller = await callerOf(c, settings, now);
  const bookmark = c.req.header("x-d1-bookmark");
  const ctx = new RequestContext({
    caller,
    now,
    requestId: c.var.requestId,
    settings,
    users: directoryOf(settings),
    db: new Db(c.env.DB, bookmark !== undefined && BOOKMARK.test(bookmark) ? bookmark : undefined),
  });
  c.set("ctx", ctx);
  await next();
  if (caller.kind === "person") keepAccountCurrent(c, caller, now);
  const sendAuditMessages = () => {
    if (ctx.auditMessages.length === 0) return;
    c.executionCtx.waitUntil(sendAudit(c.env, ctx.auditMessages.splice(0), ctx.requestId));
  };
  sendAuditMessages();
  ctx.onLateAudit = sendAuditMessages;
  if (ctx.outboxEntries.length > 0) c.executionCtx.waitUntil(sendEntries(c.env, ctx.outboxEntries));
};

/** Sends audit entries on their way; where the queue takes none, they are written at once. */
async function sendAudit(bindings: Bindings, messages: readonly AuditMessage[], requestId: string): Promise<void> {
  for (const together of sendableAtOnce(messages)) {
    try {
      await bindings.AUDIT_QUEUE.sendBatch(together.map((body) => ({ body })));
    } catch {
      try {
        for (const statement of insertAuditMessages(together)) await new Db(bindings.DB).batch([statement]);
      } catch (error) {
        log("error", "audit lost", { requestId, messages: together.length, fault: faultOf(error) });
      }
    }
  }
}

/** A queue takes a hundred messages at once, and 256 KB: five thousand ids and what is around them stay below. */
const MESSAGES_AT_ONCE_MAX = 100;
const IDS_AT_ONCE_MAX = 5000;

function* sendableAtOnce(messages: readonly AuditMessage[]): Generator<readonly AuditMessage[]> {
  let together: AuditMessage[] = [];
  let ids = 0;
  for (const message of messages) {
    const isFull = together.length === MESSAGES_AT_ONCE_MAX || ids + message.patientIds.length > IDS_AT_ONCE_MAX;
    if (isFull) {
      yield together;
      [together, ids] = [[], 0];
    }
    together.push(message);
    ids += message.patientIds.length;
  }
  yield together;
}

async function callerOf(
  c: Parameters<typeof identify>[0],
  settings: ReturnType<typeof settingsOf>,
  now: number,
): Promise<Caller> {
  const bound = (c.env as unknown as { [BOUND_CALLER]?: Caller })[BOUND_CALLER];
  if (bound) return bound;
  const token = c.req.header("x-tidepool-session-token") || bearerToken(c.req.header("authorization"));
  if (!token) throw invalid("session token is missing");
  try {
    return await authenticate(settings, token, now);
  } catch (error) {
    if (error instanceof Refusal && error.kind === "unauthorized") {
      const key = c.req.header("cf-connecting-ip") ?? "unknown";
      // A limiter that can't tell limits nobody: it is there against abuse, not for access.
      const { success } = await c.env.REFUSED_TOKENS.limit({ key }).catch(() => ({ success: true }));
      if (!success) throw new Refusal("tooManyRequests", "too many refused tokens, try again later");
    }
    throw error;
  }
}

function bearerToken(authorization: string | undefined): string | undefined {
  const match = /^bearer +(\S+)$/i.exec(authorization ?? "");
  return match?.[1];
}

const written = new Set<string>();
const WRITTEN_MAX = 10_000;

/** Forgets whose accounts this isolate has written. */
export const forgetWrittenAccounts = () => written.clear();

/** Writes what a person's token says of them once per isolate and token content, after the response. */
function keepAccountCurrent(c: Parameters<typeof identify>[0], caller: Person, now: number): void {
  const seen = JSON.stringify([caller.id, caller.email, caller.emailVerified, caller.name]);
  if (written.has(seen)) return;
  if (written.size >= WRITTEN_MAX) written.clear();
  written.add(seen);
  c.executionCtx.waitUntil(
    new Db(c.env.DB).batch(keepCurrent(caller, now)).catch(() => {
      written.delete(seen);
    }),
  );
}
