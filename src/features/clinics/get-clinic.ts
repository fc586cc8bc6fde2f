import type { Ctx } from "../../platform/context/context.ts";
import { utf8 } from "../../platform/core/utf8.ts";
import { notFound } from "../../platform/core/errors.ts";
import { clinicNotFound } from "./model/guards.ts";
import { type Clinic, toClinic } from "./model/schema.ts";
import { stateOfClinic } from "./model/state.ts";
import { normalShareCode } from "./model/share-code.ts";
import { countGuess } from "../../platform/limits/guesses-store.ts";
import { findClinicByShareCode, findWholeClinic, shareCodeIsTaken } from "./model/store.ts";

/** A clinic in full (`Clinic`) as JSON, with the numbers of patients its tags and sites have at this moment. */
export async function getClinic(ctx: Ctx, clinicId: string): Promise<{ state: string; body: Uint8Array<ArrayBuffer> }> {
  const { clinic } = await ctx.read({ clinic: findWholeClinic(clinicId) });
  if (!clinic) throw clinicNotFound();
  const body = utf8(JSON.stringify(toClinic(clinic)));
  return { state: await stateOfClinic(clinic, body), body };
}

/** The clinic any of whose codes this is; the answer shows the clinic's own code. A wrong code is counted. */
export async function getClinicByShareCode(ctx: Ctx, shareCode: string): Promise<Clinic> {
  const code = normalShareCode(shareCode);
  const { clinic } = await ctx.read({
    guess: countGuess(ctx, shareCodeIsTaken(code)),
    clinic: findClinicByShareCode(code),
  });
  if (!clinic) throw notFound();
  return toClinic(clinic);
}
