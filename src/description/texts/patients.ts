import { of, type Texts } from "./text.ts";

const NAME = { description: "The full name of the patient.", example: "Rosa Diaz" };
const ADDRESS = { description: "The patient's e-mail address.", example: "rosa@example.org" };
const DEVICES = {
  description: "The devices that the patient is asked to upload, by the names that the uploader has for them.",
  example: ["dexcom", "omnipod"],
};
const TAGS = "The ids of the patient's tags.";
const SITES = "The sites of the clinic that the patient belongs to.";
const RANGES = "The glycemic ranges that apply to the patient.";
const DIAGNOSIS = "The type of diabetes; empty when it was removed.";
const SOURCES = "The data providers of the patient, and how each connection stands.";
const USER_ID = "0c6d1b3e-51f0-4f0e-9a51-2b2f1c7c9f10";

export const PATIENTS: Texts = {
  ...of("patient.v1", {
    id: { description: "The user id of the patient.", example: USER_ID },
    email: { ...ADDRESS, description: "The patient's e-mail address; absent when there is none." },
    fullName: NAME,
    birthDate: { description: "The date of birth; 0001-01-01 when unknown.", example: "1990-02-03" },
    mrn: {
      description: "The medical record number (MRN) that the clinic uses; absent when there is none.",
      example: "A-10422",
    },
    tags: TAGS,
    targetDevices: DEVICES,
    permissions: "What the patient allows the clinic to do; `custodian` while the account is not claimed.",
    dataSources: SOURCES,
    lastUploadReminderTime: "When the clinic last asked the patient to upload data; absent when it never has.",
    summary: "Statistics of the patient's glucose data; absent when there are none.",
    reviews: "The last reviews of the patient's data by clinicians.",
    connectionRequests: "The requests to connect with a data provider that the clinic has sent.",
    sites: SITES,
    glycemicRanges: RANGES,
    diagnosisType: "The type of diabetes; absent when it was never set.",
  }),
  ...of("patientInput.v1", {
    fullName: NAME,
    email: { ...ADDRESS, description: "The patient's e-mail address. Removed when absent in an update." },
    targetDevices: { ...DEVICES, description: `${DEVICES.description} Removed when absent in an update.` },
    tags: `${TAGS} Not changed by an update when absent or null.`,
    sites: `${SITES} Not changed by an update when absent.`,
    dataSources: `${SOURCES} Not changed by an update when absent or null.`,
    glycemicRanges: `${RANGES} Not changed by an update when absent.`,
    diagnosisType: "The type of diabetes; empty removes it. Not changed by an update when absent.",
  }),
  ...of("createPatient.v1", {
    permissions: "What the clinic may do with the patient's data; none when absent.",
    isMigrated: "True: the patient was taken over from a legacy clinic account.",
    legacyClinicianId: {
      description: "The legacy account the patient comes from. With it, repeating the request is no conflict.",
      example: USER_ID,
    },
    fullName: { ...NAME, description: "The full name; that of the patient's profile when absent." },
    tags: TAGS,
    sites: `${SITES} Those of other clinics are left out.`,
    glycemicRanges: RANGES,
    diagnosisType: DIAGNOSIS,
  }),
  ...of("AcceptPatientInvitation", {
    fullName: { ...NAME, description: "The full name; that of the patient's profile when absent." },
    tags: TAGS,
    sites: SITES,
    glycemicRanges: RANGES,
    diagnosisType: DIAGNOSIS,
  }),
  ...of("patientClinicRelationship.v1", {
    patient: "The person as a patient of this clinic.",
    clinic: "A clinic that the patient belongs to.",
  }),
  ...of("patientsResponse.v1", { data: "The patients of the page.", meta: "How many patients there are." }),
  ...of("patientPermissions.v1", {
    custodian: "The clinic manages the account, because the patient has not claimed it.",
    view: "The clinic may see the patient's data.",
    note: "The clinic may write notes about the patient's data.",
    upload: "The clinic may upload data for the patient.",
  }),
  ...of("patientSite.v1", {
    id: { description: "The id of the site.", example: "65f0aa00bb11cc22dd33ee44" },
    numPatients: "Ignored in requests; never sent.",
  }),
  ...of("patientReview.v1", {
    clinicianId: { description: "The user id of the clinician who reviewed.", example: USER_ID },
    time: "When the review was made.",
  }),
  ...of("missingPatient.v1", { replacedBy: "The record that this one was merged into." }),
  ...of("updateUserDetails.v1", {
    email: { description: "The new address, ignoring case. Nothing changes when absent.", example: "rosa@example.org" },
  }),

  // Data providers
  ...of("dataSource.v1", {
    state: "How the connection stands: pending and pendingReconnect wait for the patient's consent.",
    providerName: { description: "The data provider. Several connections can have the same.", example: "dexcom" },
    dataSourceId: "The id of the connection; absent while it has never been established.",
    modifiedTime: "When the connection last changed; absent while it has never been established.",
    expirationTime: "When the request to connect expires; absent when there is none.",
    latestDataTime: "The time of the newest datum that came through the connection; absent before the first.",
  }),
  ...of("providerConnectionRequests.v1", {
    twiist: "The requests to connect with twiist, newest first.",
    dexcom: "The requests to connect with Dexcom, newest first.",
    abbott: "The requests to connect with Abbott (LibreView), newest first.",
  }),
  ...of("providerConnectionRequest.v1", { providerName: "The data provider to connect with." }),

  // Glycemic ranges
  ...of("glycemicRanges.v1", {
    type: "Which ranges apply; the other member is neither stored nor returned.",
    preset: "The published targets that apply when the type is preset.",
    custom: "The ranges that apply when the type is custom; then required.",
  }),
  ...of("glycemicRangesCustom.v1", {
    name: { description: "What the clinic calls these ranges.", example: "Pregnancy, tighter" },
    thresholds: {
      description: "When the type is custom: 4 or 5, with ascending upper bounds in the same unit.",
    },
  }),
  ...of("glycemicRangesThreshold.v1", {
    name: { description: "What the range below the bound is called.", example: "low" },
    upperBound: "Where the range ends.",
    inclusive: "Whether the bound itself belongs to the range.",
  }),
  ...of("glycemicRangesThresholdUpperBound.v1", {
    value: { description: "The bound, in `units`.", example: 3.9 },
    units: "The unit of the bound.",
  }),
};
