import type { Ctx } from "../../platform/context/context.ts";
import { notFound } from "../../platform/core/errors.ts";
import { log } from "../../platform/core/log.ts";
import { parsedJson } from "../../platform/core/wire.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { followSettings } from "../ehr/model/schedule-store.ts";
import { clinicNotFound } from "./model/guards.ts";
import { DEFAULT_NOTE_EVENT_TYPE } from "./model/rules.ts";
import type { EhrSettings } from "./model/settings-schema.ts";
import { findOtherOfSource, findStoredSettings, setEhrSettings } from "./model/settings-store.ts";

/** How the clinic works with its EHR. That it was never set up is a refusal. */
export async function getEhrSettings(ctx: Ctx, clinicId: string): Promise<EhrSettings> {
  const { stored } = await ctx.read({ stored: findStoredSettings(clinicId) });
  if (!stored) throw clinicNotFound();
  const settings = parsedJson<EhrSettings>(stored.ehrSettings);
  if (!settings) throw notFound();
  return settings;
}

/**
 * Replaces the EHR settings as a whole; patients' subscriptions are not touched. Syncs are scheduled accordingly. An EHR that
 * another clinic is connected to as well is only warned of, in the log: orders from it fail until one of them lets it go.
 */
export async function replaceEhrSettings(ctx: Ctx, clinicId: string, input: EhrSettings): Promise<EhrSettings> {
  const settings = keptOf(input);
  const { other } = await ctx.read({ other: findOtherOfSource(clinicId, settings) });
  if (other && settings.enabled) {
    log("warn", "EHR of two clinics", { clinicId, requestId: ctx.requestId, operation: ctx.operationId });
  }
  return ctx.commit({
    clinicId,
    answer: settings,
    steps: [
      setEhrSettings(clinicId, JSON.stringify(settings), ctx.now),
      refuseIfUnchanged(clinicNotFound),
      ...followSettings(clinicId, ctx.now),
    ],
  });
}

/** What is kept of the settings given: options without effect are dropped, lists are there even when empty. */
function keptOf({ notes, scheduledReports, tags, ...rest }: EhrSettings): EhrSettings {
  const { onUploadNoteEventType = DEFAULT_NOTE_EVENT_TYPE, ...reports } = scheduledReports;
  return {
    ...rest,
    scheduledReports: reports.onUploadEnabled ? { ...reports, onUploadNoteEventType } : reports,
    tags: { ...tags, codes: tags.codes ?? [] },
    ...(notes?.includeGMI ? { notes } : {}),
  };
}
