import { adjustProviderCounters } from "../../clinics/model/patient-counts-store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { notFound } from "../../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../../platform/core/stale.ts";
import { toDateTime } from "../../../platform/core/wire.ts";
import { refuseIfUnchanged } from "../../../platform/db/guard.ts";
import { findAsked, mailRequests, setConnections, newestRequestOf } from "./connections-store.ts";
import { patientNotFound } from "../model/get-patient.ts";
import { onePatient } from "../model/read.ts";
import type { Provider } from "../model/record.ts";
import { currentSource, REQUESTS_KEPT_MAX, SOURCE_LIFETIME_MS, sourcesAsked } from "../model/rules.ts";

/**
 * Asks a patient to connect their account with a provider, of whom the record has to have a data source: that one waits
 * for the patient now, the request is the newest of its provider, and a mail is on its way, in one batch. Of several
 * entries of the provider the one that was modified last is decided on and written.
 */
export function requestConnection(ctx: Ctx, clinicId: string, userId: string, provider: Provider): Promise<void> {
  ctx.answerStandsWhile(() => newestRequestOf(clinicId, userId, provider));
  return untilFresh(async () => {
    const { asked } = await ctx.read({ asked: findAsked(clinicId, userId) });
    if (!asked) throw notFound("error finding patient: patient");
    const source = currentSource(asked.dataSources, provider);
    if (!source) throw patientNotFound();
    const now = toDateTime(ctx.now);
    const expiration = toDateTime(ctx.now + SOURCE_LIFETIME_MS);
    const earlier = asked.connectionRequests[provider] ?? [];
    const changed = {
      sources: sourcesAsked(asked.dataSources, source, { now, expiration }),
      requests: {
        ...asked.connectionRequests,
        [provider]: [{ providerName: provider, createdTime: now }, ...earlier].slice(0, REQUESTS_KEPT_MAX),
      },
    };
    const record = onePatient(clinicId, userId);
    await ctx.commit({
      clinicId,
      patientId: userId,
      answer: undefined,
      steps: [
        adjustProviderCounters(record, -1),
        setConnections(clinicId, userId, changed, asked.version, ctx.now),
        refuseIfUnchanged(() => new StaleRead()),
        adjustProviderCounters(record, 1),
      ],
      outbox: mailRequests(ctx, record, provider),
    });
  });
}
