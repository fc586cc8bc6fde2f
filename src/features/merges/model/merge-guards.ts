import { sql } from "drizzle-orm";
import { Refusal } from "../../../platform/core/errors.ts";
import { type Guard, refuseIfFound } from "../../../platform/db/guard.ts";
import { mergeParticipants } from "../../tables/merges.ts";

export const mergeInProgress = () => new Refusal("conflict", "clinic merge in progress");

/** Stops a write to a clinic that is being merged. It stands beside the data: a write that began earlier is stopped, too. */
export const refuseDuringMerge = (clinicId: string, refusal: () => Error = mergeInProgress): Guard =>
  refuseIfFound(sql`SELECT 1 FROM ${mergeParticipants} WHERE ${mergeParticipants.clinicId} = ${clinicId}`, refusal);
