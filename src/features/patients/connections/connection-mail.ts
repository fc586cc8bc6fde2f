import { CONNECTION_REQUESTS } from "./mails.ts";
import { CONNECTION_TOKEN_LIFETIME_MS } from "../../accounts/rules.ts";
import { newToken, revokeTokens } from "../../accounts/tokens-store.ts";
import { fromDateTime } from "../../../platform/core/wire.ts";
import { askingOf } from "../../../platform/db/read.ts";
import type { Prepare } from "../../../platform/outbox/prepared.ts";
import { findAsked } from "./connections-store.ts";
import type { Provider } from "../model/record.ts";
import { connectionPath, currentSource, isAwaited } from "../model/rules.ts";

interface Variables {
  readonly Provider: Provider;
  readonly RequestedAt: string;
}

/**
 * The mail, or its reminder, that asks a patient to connect an account: none once there is a newer request or the source
 * no longer waits. Its link opens one page for the patient and ends those of earlier requests; of one request every link
 * stays good, as an earlier mail may have been delivered without our knowing.
 */
export const prepareConnectionMail: Prepare = async ({ db, now }, { clinicId, recipientUserId, variables }) => {
  const userId = recipientUserId ?? "";
  const { Provider: provider, RequestedAt: requestedAt } = JSON.parse(variables) as Variables;
  const { asked } = await askingOf(db).read({ asked: findAsked(clinicId ?? "", userId) });
  if (!asked) return { skipped: "patient_gone" };
  const source = currentSource(asked.dataSources, provider);
  const newest = asked.connectionRequests[provider]?.[0];
  if (newest?.createdTime !== requestedAt || !isAwaited(source)) return { skipped: "request_over" };
  const path = connectionPath(provider);
  const since = fromDateTime(requestedAt);
  if (asked.email === null) {
    await db.batch([revokeTokens(userId, path, since)]);
    return { skipped: "record_without_address" };
  }
  const { token, statements } = await newToken(userId, path, now, CONNECTION_TOKEN_LIFETIME_MS, since);
  await db.batch(statements);
  const asNew = asked.isInCustody ? ("connect_custodial" as const) : ("connect" as const);
  return {
    template: CONNECTION_REQUESTS[provider][source.state === "pendingReconnect" ? "reconnect" : asNew],
    to: asked.email,
    variables: { ClinicName: asked.clinicName, Token: token },
  };
};
