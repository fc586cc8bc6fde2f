import type { Ctx } from "../../platform/context/context.ts";
import { badRequest } from "../../platform/core/errors.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { fromDateTime, toDateTime } from "../../platform/core/wire.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { clinicNotFound } from "./model/guards.ts";
import { type LimitScope, limitsApply } from "./model/rules.ts";
import type { PatientCountLimit, PatientCountSettings } from "./model/settings-schema.ts";
import { findPatientLimits, type LimitColumns, setPatientLimits } from "./model/settings-store.ts";

/** The limits that hold for the clinic now; none for a clinic outside their scope, whatever is stored. */
export async function getPatientCountSettings(ctx: Ctx, clinicId: string): Promise<PatientCountSettings> {
  const { clinic } = await ctx.read({ clinic: findPatientLimits(clinicId) });
  if (!clinic) throw clinicNotFound();
  return effectiveOf(clinic);
}

/** Replaces both limits; one left out is removed. The answer is what holds, as in getPatientCountSettings. */
export function replacePatientCountSettings(
  ctx: Ctx,
  clinicId: string,
  settings: PatientCountSettings,
): Promise<PatientCountSettings> {
  const limits = columnsOf(settings);
  if (endsBeforeItStarts(limits.hardLimitStartAt, limits.hardLimitEndAt)) throw badRequest();
  if (endsBeforeItStarts(limits.softLimitStartAt, limits.softLimitEndAt)) throw badRequest();
  return untilFresh(async () => {
    const { clinic } = await ctx.read({ clinic: findPatientLimits(clinicId) });
    if (!clinic) throw clinicNotFound();
    return ctx.commit({
      clinicId,
      answer: effectiveOf({ ...clinic, ...limits }),
      steps: [setPatientLimits(clinicId, limits, clinic.version, ctx.now), refuseIfUnchanged(() => new StaleRead())],
    });
  });
}

const endsBeforeItStarts = (startAt: number | null, endAt: number | null) =>
  startAt !== null && endAt !== null && startAt > endAt;

const instantOf = (text: string | undefined) => (text === undefined ? null : fromDateTime(text));

const columnsOf = ({ hardLimit, softLimit }: PatientCountSettings): LimitColumns => ({
  hardLimitPlan: hardLimit?.plan ?? null,
  hardLimitStartAt: instantOf(hardLimit?.startDate),
  hardLimitEndAt: instantOf(hardLimit?.endDate),
  softLimitPlan: softLimit?.plan ?? null,
  softLimitStartAt: instantOf(softLimit?.startDate),
  softLimitEndAt: instantOf(softLimit?.endDate),
});

function effectiveOf(clinic: LimitColumns & LimitScope): PatientCountSettings {
  if (!limitsApply(clinic)) return {};
  return {
    ...limitOf("hardLimit", clinic.hardLimitPlan, clinic.hardLimitStartAt, clinic.hardLimitEndAt),
    ...limitOf("softLimit", clinic.softLimitPlan, clinic.softLimitStartAt, clinic.softLimitEndAt),
  };
}

function limitOf(name: keyof PatientCountSettings, plan: number | null, startAt: number | null, endAt: number | null) {
  if (plan === null) return {};
  const limit: PatientCountLimit = {
    plan,
    ...(startAt === null ? {} : { startDate: toDateTime(startAt) }),
    ...(endAt === null ? {} : { endDate: toDateTime(endAt) }),
  };
  return { [name]: limit };
}
