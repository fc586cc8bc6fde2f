import type { Ctx } from "../../../platform/context/context.ts";
import { toDateTime } from "../../../platform/core/wire.ts";
import type { Step } from "../../../platform/db/guard.ts";
import { onePatient } from "../model/read.ts";
import type { Provider } from "../model/record.ts";
import { SOURCE_LIFETIME_MS } from "../model/rules.ts";
import type { DataSource } from "../model/schema.ts";
import { mailRequests, setConnections } from "./connections-store.ts";

/**
 * Lets a new patient be asked to connect their accounts with providers: the data sources to make the record with, and the
 * steps of the same batch, after it is made, that record the requests and mail them.
 */
export function askToConnect(
  ctx: Ctx,
  clinicId: string,
  providers: readonly Provider[],
): { readonly dataSources: DataSource[]; readonly stepsFor: (userId: string) => readonly Step[] } {
  const createdTime = toDateTime(ctx.now);
  const expirationTime = toDateTime(ctx.now + SOURCE_LIFETIME_MS);
  const sources = providers.map((providerName) => ({ providerName, state: "pending" as const, expirationTime }));
  const requests = Object.fromEntries(providers.map((providerName) => [providerName, [{ providerName, createdTime }]]));
  const stepsFor = (userId: string) => [
    setConnections(clinicId, userId, { sources, requests }, NEW_VERSION, ctx.now),
    ...mailRequests(ctx, onePatient(clinicId, userId)),
  ];
  return { dataSources: sources, stepsFor: providers.length === 0 ? () => [] : stepsFor };
}

/** Of a record that was just made. */
const NEW_VERSION = 1;
