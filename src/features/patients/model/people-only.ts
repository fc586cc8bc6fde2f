import type { Ctx } from "../../../platform/context/context.ts";
import { invalid } from "../../../platform/core/errors.ts";

/** Refuses a service that was let in as a clinician of the clinic. To be asked once access is decided. */
export function refuseServices({ caller }: Ctx): void {
  if (caller.kind === "service") throw invalid("expected user access token");
}
