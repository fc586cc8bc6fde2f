import type { Operation } from "../request/operation.ts";
import { acceptPatientInvitationOperation } from "./routes/accept-patient-invitation.ts";
import { deletePatientInvitationOperation } from "./routes/delete-patient-invitation.ts";
import { getPatientInvitesOperation } from "./routes/get-patient-invites.ts";
import { sendPatientInvitationOperation } from "./routes/send-patient-invitation.ts";

export const operations: readonly Operation[] = [
  sendPatientInvitationOperation,
  getPatientInvitesOperation,
  acceptPatientInvitationOperation,
  deletePatientInvitationOperation,
];
