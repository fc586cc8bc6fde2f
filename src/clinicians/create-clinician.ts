import { touchClinic } from "../clinics/guards.ts";
import type { Ctx } from "../core/context.ts";
import { badRequest } from "../core/errors.ts";
import { refuseIfFound } from "../db/guard.ts";
import { isMemberAlready, refuseUnlessMigrated } from "./guards.ts";
import { type Clinician, type ClinicianInput, toClinician } from "./schema.ts";
import { clinicianWith, insertClinician } from "./store.ts";

/** Adds a member, or the record of an invitation. A user, an invitation and an address are in a clinic at most once. */
export async function createClinician(ctx: Ctx, clinicId: string, input: ClinicianInput): Promise<Clinician> {
  if (input.id === undefined && input.inviteId === undefined) throw badRequest("id or inviteId is required");
  const clinician = {
    id: ctx.newId(),
    clinicId,
    userId: input.id ?? null,
    inviteId: input.inviteId ?? null,
    email: input.email.toLowerCase(),
    name: input.name ?? null,
    roles: JSON.stringify(input.roles),
    isServiceAccount: 0,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  return ctx.commit({
    clinicId,
    answer: toClinician(clinician),
    steps: [
      ...refuseUnlessMigrated(clinicId),
      refuseIfFound(clinicianWith(clinicId, clinician), isMemberAlready),
      insertClinician(clinician),
      touchClinic(clinicId, ctx.now),
    ],
  });
}
