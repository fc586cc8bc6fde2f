/** The clinics and people of the demo data, and a few more; all of them invented. */

export const ANA = { id: "a1b2c3d4e5", email: "ana.ruiz@harbor-endocrine.example", name: "Ana Ruiz" };
export const BO = { id: "0f1e2d3c4b", email: "bo.lind@harbor-endocrine.example", name: "Bo Lind" };
export const CHLOE = { id: "c4d5e6f7a8", email: "chloe.martel@clinique-du-lac.example", name: "Chloé Martel" };
export const DANA = { id: "d1e2f3a4b5", email: "dana.whitcomb@cedar-valley.example", name: "Dana Whitcomb" };
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

export const HARBOR = {
  name: "Harbor Endocrine",
  address: "1200 Harbor Street",
  city: "Monterey",
  state: "CA",
  postalCode: "93940",
  country: "US",
  timezone: "US/Pacific",
  clinicType: "provider_practice",
  clinicSize: "0-249",
  preferredBgUnits: "mg/dL",
  website: "https://harbor-endocrine.example",
  phoneNumbers: [{ type: "Office", number: "(831) 555-0142" }],
};
export const LAC = {
  name: "Clinique du Lac",
  address: "8 quai des Alpes",
  city: "Lausanne",
  state: "VD",
  postalCode: "1006",
  country: "CH",
  timezone: "Europe/Zurich",
  clinicType: "healthcare_system",
  clinicSize: "0-249",
  preferredBgUnits: "mmol/L",
};
export const CEDAR = {
  name: "Cedar Valley Diabetes",
  address: "45 Orchard Road",
  city: "Boise",
  state: "ID",
  postalCode: "83702",
  country: "US",
  timezone: "US/Mountain",
  clinicType: "provider_practice",
  clinicSize: "0-249",
  preferredBgUnits: "mg/dL",
};

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
