import { sql } from "drizzle-orm";
import { Refusal } from "../../../platform/core/errors.ts";
import { type Guard, refuseIfFound } from "../../../platform/db/guard.ts";
import { mergeParticipants } from "../../tables/merges.ts";

/** The code of the refusal of a write to a clinic that is being merged. */
export const MERGE_IN_PROGRESS = "mergeInProgress";
export const mergeInProgress = () => new Refusal("conflict", "clinic merge in progress", { code: MERGE_IN_PROGRESS });

/** Stops a write to a clinic that is being merged. It stands beside the data: a write that began earlier is stopped, too. */
export const refuseDuringMerge = (clinicId: string, refusal: () => Error = mergeInProgress): Guard =>
  refuseIfFound(sql`SELECT 1 FROM ${mergeParticipants} WHERE ${mergeParticipants.clinicId} = ${clinicId}`, refusal);
