import type { Draft } from "../../../platform/request/operation.ts";
import { acceptPatientInvitationOperation } from "./accept-patient-invitation.ts";
import { deletePatientInvitationOperation } from "./delete-patient-invitation.ts";
import { getPatientInvitesOperation } from "./get-patient-invites.ts";
import { sendPatientInvitationOperation } from "./send-patient-invitation.ts";

export const operations: readonly Draft[] = [
  sendPatientInvitationOperation,
  getPatientInvitesOperation,
  acceptPatientInvitationOperation,
  deletePatientInvitationOperation,
];
