import type { Operation } from "../request/operation.ts";
import { acceptClinicianInviteOperation } from "./routes/accept-clinician-invite.ts";
import { associateClinicianToUserOperation } from "./routes/associate-clinician-to-user.ts";
import { deleteInviteOperation } from "./routes/delete-invite.ts";
import { deleteInvitedClinicianOperation } from "./routes/delete-invited-clinician.ts";
import { dismissClinicianInviteOperation } from "./routes/dismiss-clinician-invite.ts";
import { getClinicianInviteOperation } from "./routes/get-clinician-invite.ts";
import { getInvitedClinicianOperation } from "./routes/get-invited-clinician.ts";
import { inviteClinicianOperation } from "./routes/invite-clinician.ts";
import { listClinicianInvitesOperation } from "./routes/list-clinician-invites.ts";
import { resendInviteOperation } from "./routes/resend-invite.ts";

export const operations: readonly Operation[] = [
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
