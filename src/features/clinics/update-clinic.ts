import type { Ctx } from "../../platform/context/context.ts";
import { StaleRead, untilFresh } from "../../platform/core/stale.ts";
import { type ChangeConditions, refuseOtherState } from "../../platform/core/states.ts";
import { refuseIfUnchanged } from "../../platform/db/guard.ts";
import { clinicNotFound } from "./model/guards.ts";
import { type Clinic, type ClinicInput, fieldsOf, toClinic } from "./model/schema.ts";
import { isOfVersion } from "./model/state.ts";
import { findWholeClinic, updateClinicFields } from "./model/store.ts";

/**
 * Writes the clinic's own fields. Absent ones are kept, except phone numbers and time zone, which absence clears. Of
 * two updates at once neither undoes what the other alone had set. With If-Match nothing is written once the clinic, one
 * of its labels or members has changed; that only numbers of patients have does not matter.
 */
export function updateClinic(
  ctx: Ctx,
  clinicId: string,
  input: ClinicInput,
  conditions: ChangeConditions,
): Promise<Clinic> {
  return untilFresh(async () => {
    const { whole } = await ctx.read({ whole: findWholeClinic(clinicId) });
    if (!whole) throw clinicNotFound();
    refuseOtherState(conditions, (state) => isOfVersion(state, whole));
    const fields = fieldsOf(input, whole.clinic);
    return ctx.commit({
      clinicId,
      answer: toClinic({ ...whole, clinic: { ...whole.clinic, ...fields, updatedAt: ctx.now } }),
      steps: [
        updateClinicFields(clinicId, fields, whole.clinic.version, ctx.now),
        refuseIfUnchanged(() => new StaleRead()),
      ],
    });
  });
}
