import { touchClinic } from "../clinics/model/guards.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { badRequest } from "../../platform/core/errors.ts";
import { refuseIfFound, type Step } from "../../platform/db/guard.ts";
import { isMemberAlready, refuseUnlessMigrated } from "./model/guards.ts";
import { type Clinician, type ClinicianInput, toClinician } from "./model/schema.ts";
import { clinicianWith, insertClinician, type NewClinician } from "./model/store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

/** Adds a member, or the record of an invitation. A user, an invitation and an address are in a clinic at most once. */
export async function createClinician(ctx: Ctx, clinicId: string, input: ClinicianInput): Promise<Clinician> {
  const { id, inviteId } = input;
  if (id === undefined && inviteId === undefined) throw badRequest("id or inviteId is required");
  if (id !== undefined && inviteId !== undefined) throw badRequest("a member has no inviteId");
  const clinician = {
    id: ctx.newId(),
    clinicId,
    userId: id ?? null,
    inviteId: inviteId ?? null,
    email: addressKey(input.email),
    name: input.name ?? null,
    roles: JSON.stringify(input.roles),
    isServiceAccount: 0,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  return ctx.commit({ clinicId, answer: toClinician(clinician), steps: additionOf(clinician) });
}

/** Takes somebody in; of several at once who are the same one succeeds and the others are refused as duplicates. */
export const additionOf = (clinician: NewClinician): readonly Step[] => [
  ...refuseUnlessMigrated(clinician.clinicId),
  refuseIfFound(clinicianWith(clinician.clinicId, clinician), isMemberAlready),
  insertClinician(clinician),
  touchClinic(clinician.clinicId, clinician.createdAt),
];
