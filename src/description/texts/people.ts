import { of, type Texts } from "./text.ts";

const USER_ID = "0c6d1b3e-51f0-4f0e-9a51-2b2f1c7c9f10";
const NAME = { description: "The full name of the member.", example: "Bo Lind" };
const ROLES = "What the member may do in the clinic.";
const ADDRESS = { description: "The e-mail address of the member.", example: "bo@lakeside.example" };
const KEY = {
  description: "The id of the invitation, as other operations name it.",
  example: "3f1d0c5ab27e4968a1c3e5d7f9b20416",
};

const CREATOR = "The name of the service when no person created the invitation; it need not match the pattern.";

/** What invitations of both kinds have. */
const invitation: Texts = {
  key: KEY,
  creatorId: CREATOR,
  expiresAt: "Absent when the invitation does not expire.",
  type: "What kind of invitation it is.",
  status: "Whether the invitation waits for an answer, or how it ended.",
  creator: "The sender.",
  created: "When it was sent first.",
  modified: "When it was last changed.",
};

/** Members of clinics, their invitations and accounts. */
export const PEOPLE: Texts = {
  ...of("clinician.v1", {
    id: "The member's user id; absent while this is a pending invitation.",
    inviteId: { description: "The key of the invitation; absent once it is accepted.", example: KEY.example },
    name: { ...NAME, description: "The full name of the member; absent when not known." },
    roles: ROLES,
    email: { ...ADDRESS, description: "The e-mail address of the member; empty for a service account." },
  }),
  ...of("clinicianInput.v1", {
    id: {
      description: "The user id of the member; absent for a pending member, who has an inviteId.",
      example: USER_ID,
    },
    inviteId: { description: "The key of the invitation of a pending member.", example: KEY.example },
    email: ADDRESS,
    name: NAME,
    roles: ROLES,
  }),
  ...of("clinicianUpdate.v1", {
    id: "Ignored.",
    inviteId: "Ignored.",
    email: "Required and ignored.",
    name: "Cleared when absent.",
    roles: "What the member may do from now on; a clinic keeps at least one admin.",
  }),
  ...of("inviteClinician.v1", {
    email: { description: "Where the invitation is sent.", example: "bo@lakeside.example" },
    roles: "What the invited person may do once the invitation is accepted.",
  }),
  ...of("associateClinicianToUser.v1", {
    userId: { description: "The account that becomes the member.", example: USER_ID },
  }),
  ...of("clinicianClinicRelationship.v1", {
    clinician: "The person as a member of this clinic.",
    clinic: "A clinic that the person belongs to.",
  }),
  ...of("addServiceAccount.v1", {
    name: { description: "The name that members see.", example: "Lab import" },
    client_id: { description: "The client id of the service at the identity service.", example: "lab-import" },
    client_secret: "The secret of this client; used to find its account.",
  }),

  // Invitations
  ...of("confirmation.v1", {
    ...invitation,
    key: {
      description: `${KEY.description} Of another length where a service has chosen it (CreateClinician).`,
      example: KEY.example,
    },
    email: {
      description: "Who is invited; shorter addresses are those of records that a service has made (CreateClinician).",
      example: "bo@lakeside.example",
    },
    context: "Never set.",
    restrictions: "Present in the invitations that a person has got, when the clinic restricts who may join.",
  }),
  ...of("patientInvitation.v1", {
    ...invitation,
    email: "Always empty: the recipient is a clinic.",
    context: "What the patient allows the clinic to do.",
  }),
  ...of("patientInvitationInput.v1", {
    shareCode: "Any share code of the clinic, ignoring case.",
    permissions: "What the patient allows the clinic to do.",
  }),
  ...of("creator.v1", {
    userid: CREATOR,
    profile: "What is known of the sender.",
    clinicName: {
      description: "The name of the clinic that invites; absent when a patient does.",
      example: "Lakeside Diabetes",
    },
  }),
  ...of("creatorprofile.v1", {
    fullName: "Empty when unknown.",
    patient: "What is known of the sender as a patient; empty for clinicians.",
  }),
  ...of("patientprofile.v1", {
    birthday: { description: "The date of birth; absent when unknown.", example: "1990-02-03" },
    diagnosisDate: { description: "When diabetes was diagnosed; absent when unknown.", example: "2003-11-20" },
    isOtherPerson: "True: the account is managed by another person, such as a parent.",
    fullName: "The patient's name where the account is managed by another person.",
  }),
  ...of("restrictions.v1", {
    canAccept: "Whether the person who asks may accept the invitation.",
    requiredIdp: "Signing in with this identity provider would allow the invited person to accept.",
  }),
  ...of("offeredPermissions.v1", {
    view: "The clinic may see the patient's data.",
    note: "The clinic may write notes about the patient's data.",
    upload: "The clinic may upload data for the patient.",
  }),

  // Refusals
  ...of("*", { code: { description: "The HTTP status of the answer.", example: 404 } }),
  ...of("invitationError.v1", { reason: "What went wrong; the same text as `message`." }),
};
