import type { Draft } from "../../../platform/request/operation.ts";
import { acceptClinicianInviteOperation } from "./accept-clinician-invite.ts";
import { associateClinicianToUserOperation } from "./associate-clinician-to-user.ts";
import { deleteInviteOperation } from "./delete-invite.ts";
import { deleteInvitedClinicianOperation } from "./delete-invited-clinician.ts";
import { dismissClinicianInviteOperation } from "./dismiss-clinician-invite.ts";
import { getClinicianInviteOperation } from "./get-clinician-invite.ts";
import { getInvitedClinicianOperation } from "./get-invited-clinician.ts";
import { inviteClinicianOperation } from "./invite-clinician.ts";
import { listClinicianInvitesOperation } from "./list-clinician-invites.ts";
import { resendInviteOperation } from "./resend-invite.ts";

export const operations: readonly Draft[] = [
  inviteClinicianOperation,
  resendInviteOperation,
  deleteInviteOperation,
  getClinicianInviteOperation,
  getInvitedClinicianOperation,
  associateClinicianToUserOperation,
  deleteInvitedClinicianOperation,
  listClinicianInvitesOperation,
  acceptClinicianInviteOperation,
  dismissClinicianInviteOperation,
];
