import * as demo from "../../../scripts/demo-clinics.ts";

/** The clinics and people of the demo data, and a few more; all of them invented. */

/** A demo person as the scenario names people. */
const person = ({ userId, email, name }: typeof demo.ANA) => ({ id: userId, email, name });
export const ANA = person(demo.ANA);
export const BO = person(demo.BO);
export const CHLOE = person(demo.CHLOE);
export const DANA = person(demo.DANA);
export const ROBOT = { id: "0b0710b071", clientId: "demo-robot", secret: "demo-robot-secret", name: "Demo Robot" };

/** Clinicians who are invited. */
export const EVA = { id: "e5f6a7b8c9", email: "eva.moreau@example.com", name: "Eva Moreau" };
export const FINN = { id: "f6a7b8c9d0", email: "finn.aalto@example.com", name: "Finn Aalto" };
/** A legacy clinic account. */
export const OLD_TOWN = { id: "01d70a4001", email: "office@example.com", name: "Old Town Clinic" };
/** Patients with accounts of their own. */
export const NOOR = { id: "a7b8c9d0e1", email: "noor.vandijk@example.com", name: "Noor van Dijk" };
export const SAMUEL = { id: "b8c9d0e1f2", email: "samuel.okonkwo@example.com", name: "Samuel Okonkwo" };
/** The account of the demo patient, as the environment names it. */
export const JILL = { id: "de30de30de", email: "jill.jellyfish@example.com", name: "Jill Jellyfish" };

export const { HARBOR, CEDAR } = demo;

export const ZOE = {
  fullName: "Zoë Ångström",
  birthDate: "1994-05-17",
  mrn: "HE-1001",
  email: "zoe.angstrom@mail.example",
  diagnosisType: "type1",
  targetDevices: ["dexcom"],
};
export const LUCJA = {
  fullName: "Łucja Nowak",
  birthDate: "1976-03-30",
  mrn: "HE-1005",
  email: "lucja.nowak@mail.example",
  diagnosisType: "lada",
};
export const ELODIE = {
  fullName: "Élodie Favre",
  birthDate: "1985-02-03",
  mrn: "CL-01",
  email: "elodie.favre@mail.example",
  diagnosisType: "type1",
};
export const AMARA = {
  fullName: "Amara Okafor",
  birthDate: "1987-09-08",
  mrn: "CV-2001",
  email: "amara.okafor@mail.example",
  diagnosisType: "type1",
};

/** The EHR of the first clinic, and the hospital of the third, as the sandbox plays them. */
export const EHR_SETTINGS = {
  enabled: true,
  provider: "redox",
  sourceId: "demo-ehr",
  destinationIds: { flowsheet: "demo-ehr-flowsheet", notes: "demo-ehr-notes", results: "demo-ehr-results" },
  procedureCodes: {
    enableSummaryReports: "GLUCOSE-ON",
    disableSummaryReports: "GLUCOSE-OFF",
    createAccount: "ACCOUNT-NEW",
    createAccountAndEnableReports: "ACCOUNT-NEW-GLUCOSE-ON",
  },
  mrnIdType: "MRN",
  scheduledReports: { cadence: "14d", onUploadEnabled: true, onUploadNoteEventType: "Replace" },
  tags: { codes: ["TAGS"] },
  flowsheets: { icode: false },
  notes: { includeGMI: true },
};
export const HOSPITAL_SETTINGS = {
  enabled: true,
  provider: "xealth",
  sourceId: "demo-health",
  procedureCodes: { createAccountAndEnableReports: "glucose-reports" },
  mrnIdType: "MRN",
  scheduledReports: { cadence: "DISABLED", onUploadEnabled: false },
  tags: {},
  flowsheets: { icode: false },
};
