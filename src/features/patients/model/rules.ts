import type { DataSource, Provider } from "./record.ts";

const HOUR_MS = 3_600_000;

/** When a source that was asked for counts as expired, as deployed. */
export const SOURCE_LIFETIME_MS = 30 * 24 * HOUR_MS;
/** When a patient who has not followed a request is reminded of it, as deployed. */
export const CONNECTION_REMINDER_AFTER_MS = 168 * HOUR_MS;

/** Requests of a provider that a record keeps, the newest. Our choice: far more than anybody sends. */
export const REQUESTS_KEPT_MAX = 100;

/** The page of the web application where a patient connects an account, and which a token opens. */
export const connectionPath = (provider: Provider): string => `${CONNECTION_PATH}${provider}`;
export const CONNECTION_PATH = "/v1/oauth/";

/** Of the entries of a provider the one that was modified last; the first where none ever was. */
export function currentSource(sources: readonly DataSource[], provider: Provider): DataSource | undefined {
  let current: DataSource | undefined;
  for (const source of sources) {
    if (source.providerName !== provider) continue;
    // Times are stored in one form, in which their texts have their order.
    if (!current || (source.modifiedTime ?? "") > (current.modifiedTime ?? "")) current = source;
  }
  return current;
}

/** The sources once a patient has been asked to connect this one; one that was connected once is to be so again. */
export const sourcesAsked = (
  sources: readonly DataSource[],
  asked: DataSource,
  times: { readonly now: string; readonly expiration: string },
): readonly DataSource[] =>
  sources.map((source) => {
    if (source !== asked) return source;
    const { now, expiration: expirationTime } = times;
    return source.modifiedTime === undefined
      ? { ...source, state: "pending", expirationTime }
      : { ...source, state: "pendingReconnect", modifiedTime: now, expirationTime };
  });

/** Whether a source still waits for the patient. */
export const isAwaited = (source: DataSource | undefined): source is DataSource =>
  source?.state === "pending" || source?.state === "pendingReconnect";
