import { z } from "@hono/zod-openapi";
import { Roles } from "../../clinicians/model/schema.ts";
import { sought, Email } from "../../../platform/core/bounded-text.ts";
import { DateTime, ObjectId, toDateTime, UserId } from "../../../platform/core/wire.ts";
import { type Acceptance, acceptanceOf, type Restriction } from "./rules.ts";
import type { InvitationWithCreator } from "./store.ts";

/** Rule of the contract. */
const ADDRESS_LENGTH_MIN = 6;
const EmailAddress = Email.min(ADDRESS_LENGTH_MIN).openapi({ minLength: ADDRESS_LENGTH_MIN });

export const InviteInput = z.object({ email: EmailAddress, roles: Roles }).openapi("inviteClinician.v1");
export type InviteInput = z.infer<typeof InviteInput>;

export const AssociationInput = z.object({ userId: UserId }).openapi("associateClinicianToUser.v1");

const Profile = z
  .object({
    fullName: z.string(),
    patient: z
      .object({
        birthday: z.string().optional().openapi({ format: "date" }),
        diagnosisDate: z
          .string()
          .regex(/^\d{4}-\d{2}-\d{2}$/)
          .openapi({ format: "date" })
          .optional(),
        isOtherPerson: z.boolean().optional(),
        fullName: z.string().optional(),
      })
      .openapi("patientprofile.v1"),
  })
  .openapi("creatorprofile.v1");

const Creator = z
  .object({
    // docs/differences.md: invitation-creator. The contract's pattern does not allow it.
    userid: UserId,
    profile: Profile,
    clinicId: ObjectId.optional(),
    clinicName: z.string().optional(),
  })
  .openapi("creator.v1");

/** An invitation of any kind, as its sender and its recipient see it. */
export const Confirmation = z
  .object({
    key: z.string().length(32),
    type: z.enum([
      "password_reset",
      "careteam_invitation",
      "clinician_invitation",
      "signup_confirmation",
      "no_account",
    ]),
    status: z.enum(["pending", "completed", "canceled", "declined"]),
    email: z.string().min(ADDRESS_LENGTH_MIN).openapi({ format: "email" }),
    clinicId: ObjectId.optional(),
    creatorId: UserId,
    creator: Creator.optional(),
    context: z.string().optional(),
    created: DateTime,
    modified: DateTime.optional(),
    expiresAt: DateTime.optional(),
    restrictions: z
      .object({
        canAccept: z.boolean(),
        requiredIdp: z.string().optional(),
      })
      .openapi("restrictions.v1", { description: "Whether the invited person may accept." })
      .optional(),
  })
  .openapi("confirmation.v1");
export type Confirmation = z.infer<typeof Confirmation>;

export const Confirmations = z.array(Confirmation).openapi("confirmations.v1");

const InviteId = sought();
export const InviteParams = z.object({ clinicId: ObjectId, inviteId: InviteId });
export const InviteeParams = z.object({ userId: UserId });
export const ReceivedInviteParams = z.object({ userId: UserId, inviteId: InviteId });

/** The body of responses without content of their own. */
export const DONE = "OK";
export const done = (description: string) => ({ description, content: { "text/plain": { schema: z.literal(DONE) } } });

/** An invitation to work in a clinic. */
export const toConfirmation = (row: InvitationWithCreator): Confirmation => ({
  key: row.key,
  type: "clinician_invitation",
  status: row.status as Confirmation["status"],
  email: row.email,
  clinicId: row.clinicId,
  creatorId: row.creatorId,
  creator: {
    userid: row.creatorId,
    profile: { fullName: row.creatorName ?? "", patient: {} },
    clinicId: row.clinicId,
    clinicName: row.clinicName,
  },
  created: toDateTime(row.createdAt),
  modified: toDateTime(row.modifiedAt),
  expiresAt: row.expiresAt === null ? undefined : toDateTime(row.expiresAt),
});

/** An invited person, as described by their token. */
export interface Invitee {
  readonly id: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly identityProvider: string | undefined;
}

/** The address, if it is verified. */
export const verifiedEmailOf = ({ email, emailVerified }: Invitee): string | undefined =>
  emailVerified ? email : undefined;

/** Whether these restrictions of a clinic (JSON) allow the invited person to accept. */
export const acceptanceBy = (invitee: Invitee, restrictions: string | null): Acceptance =>
  acceptanceOf(
    restrictions === null ? [] : (JSON.parse(restrictions) as Restriction[]),
    verifiedEmailOf(invitee),
    invitee.identityProvider,
  );
