import { type SQL, sql } from "drizzle-orm";
import type { UserDirectory } from "../../platform/accounts/directory.ts";
import { insertOutboxEntry, type OutboxWriter } from "../../platform/outbox/store.ts";
import { endClaim } from "./claims-store.ts";
import { CLOSE_ACCOUNT, MOVE_ADDRESS } from "./jobs.ts";

type Writer = OutboxWriter & { readonly users: UserDirectory };

/** Lets an account wait: nobody is offered it, and its address is free where accounts are ours. Its data stays. */
export const parkAccount = ({ users, now }: Writer, userId: string): readonly SQL[] => [
  endClaim(userId),
  ...(users.custodial.where === "ours" ? [users.custodial.removeAddress(sql`${userId}`, now)] : []),
];

/** Where accounts are elsewhere: makes their addresses those of the records, first of the account that loses one. */
export const moveAddress = (ctx: Writer, clinicId: string, cause: string, from: string, to: string): readonly SQL[] =>
  ctx.users.custodial.where === "ours"
    ? []
    : [
        insertOutboxEntry(ctx, {
          kind: MOVE_ADDRESS,
          uniqueKey: `${MOVE_ADDRESS.kind}:${cause}`,
          clinicId,
          recipient: { userId: to },
          variables: { From: from },
        }),
      ];

/** Closes a parked account when the time is over in which it may be needed again. */
export const closeLater = (ctx: OutboxWriter, clinicId: string, cause: string, userId: string, at: number): SQL =>
  insertOutboxEntry(ctx, {
    kind: CLOSE_ACCOUNT,
    uniqueKey: `${CLOSE_ACCOUNT.kind}:${cause}`,
    clinicId,
    recipient: { userId },
    variables: {},
    notBefore: at,
  });
