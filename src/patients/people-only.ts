import type { Ctx } from "../core/context.ts";
import { invalid } from "../core/errors.ts";

/** Refuses a service that was let in as a clinician of the clinic. To be asked once access is decided. */
export function refuseServices({ caller }: Ctx): void {
  if (caller.kind === "service") throw invalid("expected user access token");
}
