import { z } from "@hono/zod-openapi";
import { sought } from "../../../platform/core/bounded-text.ts";
import { ObjectId, toDateTime, UserId } from "../../../platform/core/wire.ts";
import { Confirmation } from "../../invites/model/schema.ts";
import { Permissions, toPermissions } from "../../patients/model/schema.ts";
import type { User } from "../../../platform/accounts/directory.ts";
import type { InvitationRow } from "./store.ts";

const OfferedPermissions = Permissions.omit({ custodian: true }).openapi("offeredPermissions.v1");

export const InvitationInput = z
  .object({
    shareCode: sought(),
    permissions: OfferedPermissions.refine((offered) => Object.keys(offered).length > 0, {
      error: "at least one of view, upload and note is expected",
    }),
  })
  .openapi("patientInvitationInput.v1");
export type InvitationInput = z.output<typeof InvitationInput>;

/** A patient invitation, as its creator and the clinic see it. */
export const PatientInvitation = Confirmation.omit({ restrictions: true })
  .extend({
    type: z.literal("careteam_invitation"),
    email: z.literal(""),
    clinicId: ObjectId,
    context: OfferedPermissions,
  })
  .openapi("patientInvitation.v1");
export type PatientInvitation = z.infer<typeof PatientInvitation>;

export const PatientInvitations = z.array(PatientInvitation).openapi("patientInvitations.v1");

export const SenderParams = z.object({ userId: UserId });

/** A patient invitation with its creator's profile, or only the id when the creator is unknown. */
export const toPatientInvitation = (row: InvitationRow, creator: User | undefined): PatientInvitation => ({
  key: row.key,
  type: "careteam_invitation",
  status: row.status as PatientInvitation["status"],
  email: "",
  clinicId: row.clinicId,
  creatorId: row.creatorId,
  creator: creator && { userid: creator.id, profile: profileOf(creator) },
  context: toPermissions(row.permissions),
  created: toDateTime(row.createdAt),
  modified: toDateTime(row.modifiedAt),
  expiresAt: toDateTime(row.expiresAt),
});

/** The part of a profile that a clinic may see before it accepts. */
const profileOf = ({ profile, name }: User) => ({
  fullName: profile.fullName ?? name ?? "",
  patient: { birthday: profile.patient?.birthday, fullName: profile.patient?.fullName },
});
