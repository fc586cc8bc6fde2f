import { of, type Texts } from "./text.ts";

const UNITS = "The unit in which the clinic wants glucose to be shown.";
const PHONES = "Phone numbers of the clinic, each once.";
const KIND = "What kind of clinic it is.";
const SIZE = "How many patients the clinic has, as a range that it has chosen itself.";
const TIME_ZONE = "The time zone of the clinic, as an IANA name.";
const STATE = "The state or province of the address.";
const ADDRESS = "The street and the number.";
const CODE = { description: "The id.", example: "65f0aa00bb11cc22dd33ee44" };
const NUM_PATIENTS = "How many patients of the clinic have it.";

const ofClinic: Texts = {
  address: ADDRESS,
  state: STATE,
  phoneNumbers: PHONES,
  clinicType: KIND,
  clinicSize: SIZE,
  website: { description: "The address of the clinic's website.", example: "https://lakeside.example" },
  preferredBgUnits: UNITS,
  timezone: { description: TIME_ZONE, example: "US/Pacific" },
};

export const CLINICS: Texts = {
  ...of("*", {
    createdTime: "When it was created.",
    updatedTime: "When it was last changed.",
    clinicId: { description: "The id of the clinic.", example: "65f0c1d2e3a4b5c6d7e8f901" },
  }),
  ...of("clinic.v1", {
    id: CODE,
    ...ofClinic,
    patientTags: "The tags that the clinic can give its patients; absent when it has never had any.",
    sites: "The places of the clinic that patients can belong to; absent when there are none.",
    shareCode: {
      description: "The code that patients enter to invite the clinic. No other clinic has it.",
      example: "K7QP-2MXA-R9TD",
    },
    canMigrate:
      "Whether the migration of the legacy account's patients can begin: not begun yet, and the clinic is complete.",
    tier: { description: "The tier of service: tier0100 unless it was changed.", example: "tier0100" },
    tierDescription: { description: "The name of the tier; empty for an unknown one.", example: "Free" },
    suppressedNotifications: "Which messages the clinic does not want; absent when it wants all.",
  }),
  ...of("clinicInput.v1", {
    name: { description: "The name of the clinic.", example: "Lakeside Diabetes" },
    ...ofClinic,
    "patientTags.id": CODE,
    "patientTags.name": "The name of the tag.",
    "patientTags.numPatients": NUM_PATIENTS,
    "sites.id": CODE,
    "sites.name": "The name of the site.",
    "sites.numPatients": NUM_PATIENTS,
    "lastDeletedPatientTag.id": CODE,
    "lastDeletedPatientTag.name": "The name of the tag.",
    "lastDeletedPatientTag.numPatients": NUM_PATIENTS,
  }),
  ...of("phoneNumber.v1", {
    type: { description: "What the number is for, in any words.", example: "Office" },
    number: { description: "The number, as it is dialled.", example: "(888) 555-0100" },
  }),
  ...of("suppressedNotifications.v1", {
    patientClinicInvitation: "True: the admins get no e-mail when a patient invites the clinic.",
  }),
  ...of("UpdateTier", { tier: "The new tier of service." }),
  ...of("UpdateSuppressedNotifications", {
    suppressedNotifications: "Which messages the clinic does not want; replaces what was set. Empty: it wants all.",
  }),

  // Tags and sites
  ...of("patientTag.v1", { id: CODE, name: { description: "The name of the tag.", example: "Pumps" } }),
  ...of("patientTagInput.v1", {
    name: {
      description: "The name of the tag. Two tags of a clinic can't have the same name.",
      example: "Pumps",
    },
  }),
  ...of("site.v1", { id: CODE, name: { description: "The name of the site.", example: "West" } }),
  ...of("siteCreation.v1", {
    name: { description: "The name of the new site. Two sites of a clinic can't have the same name.", example: "West" },
  }),
  ...of("siteUpdate.v1", {
    id: { description: "An id is required; the site is the one that the path names.", example: CODE.example },
    name: { description: "The new name of the site.", example: "West" },
  }),
  ...of("siteById.v1", {
    id: { description: "The id of the site that is merged into the other and deleted.", example: CODE.example },
  }),

  // Settings
  ...of("membershipRestrictions.v1", {
    restrictions: "Who may accept an invitation to become a member; absent when there are no restrictions.",
  }),
  ...of("membershipRestriction.v1", {
    emailDomain: {
      description: "Addresses of this domain may accept; of other letters than a to z by its name in the DNS, `xn--…`.",
      example: "lakeside.example",
    },
    requiredIdp: {
      description: "The identity provider they must sign in with; absent when any will do.",
      example: "lakeside-sso",
    },
  }),
  ...of("mrnSettings.v1", {
    required: "Whether every patient must have a medical record number (MRN).",
    unique: "Whether no two patients may have the same MRN.",
  }),
  ...of("patientCountSettings.v1", {
    hardLimit: "The limit on the number of patients: beyond it, none can be added. Absent: unlimited.",
  }),
  ...of("patientCountLimit.v1", {
    plan: { description: "How many patients the plan allows.", example: 250 },
    startDate: "From when on the limit applies; absent: always has.",
    endDate: "Until when the limit applies; absent: without end.",
  }),
  ...of("patientCount.v1", {
    total: "How many patients the clinic has, with the demo patient.",
    demo: "How many of them are demo patients: 0 or 1.",
    plan: "How many count against the limit of the plan: without demo patients and those with twiist.",
  }),
  ...of("patientProviderCount.v1", {
    total: "How many connections there are to this provider.",
    states: { description: "How many of them are in each state.", example: { connected: 12, pending: 3 } },
  }),

  // Migration of legacy accounts
  ...of("migration.v1", {
    userId: "The id of the legacy clinic account whose patients are taken over.",
    status: "How far the migration is.",
    attestationTime: "Never sent.",
  }),
  ...of("migrationInput.v1", {
    userId: "The id of the legacy clinic account whose patients are to be taken over.",
    status: "Accepted and ignored.",
  }),
  ...of("triggerMigration.v1", { attestationSubmitted: "Accepted and ignored." }),
  ...of("migrationUpdate.v1", { status: "How far the migration is now." }),
};
