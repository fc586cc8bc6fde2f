import { of, type Texts } from "./text.ts";

export const EHR: Texts = {
  // Settings
  ...of("ehrSettings.v1", {
    enabled: "Whether the clinic exchanges data with its EHR.",
    provider: "Through which service.",
    sourceId: {
      description: "What this clinic is at the provider: Redox's source id, or the deployment of Xealth.",
      example: "demo-health",
    },
    destinationIds: "Redox's destinations; without them nothing can be sent.",
    procedureCodes: "Which procedure of an order asks for what.",
    mrnIdType: { description: "The type of patient identifier that is the MRN, ignoring case.", example: "MRN" },
    scheduledReports: "When reports are sent to the EHR.",
    tags: "How tags of patients are taken from orders.",
    flowsheets: "The form of the values that are sent.",
    notes: "The form of the notes that reports are sent with; absent while it is the default.",
  }),
  ...of("ehrDestinations.v1", {
    flowsheet: "The destination of statistics (Flowsheet).",
    results: "The destination of the results of orders (Results).",
    notes: "The destination of reports (Notes).",
  }),
  ...of("ehrProcedures.v1", {
    enableSummaryReports: { description: "Orders of this code subscribe a patient to reports.", example: "ON-1" },
    disableSummaryReports: { description: "Orders of this code end the subscription.", example: "OFF-1" },
    createAccount: { description: "Orders of this code make an account for the patient.", example: "ACCOUNT-1" },
    createAccountAndEnableReports: {
      description: "Orders of this code do both: account and reports. For Xealth the program id.",
      example: "glucose-reports",
    },
  }),
  ...of("scheduledReports.v1", {
    cadence: "How often reports are sent, in days; DISABLED: not by time.",
    onUploadEnabled: "Whether a report is sent after an upload as well.",
    onUploadNoteEventType:
      "Whether a report that soon follows another is a new note or replaces it. Stored only while reports on upload are enabled.",
  }),
  ...of("ehrTagsSettings.v1", {
    codes: {
      description: "The codes of an order's clinical information whose values are tags.",
      example: ["CLINIC-TAG"],
    },
    separator: { description: "What separates tags in one value; absent: a value is one tag.", example: ";" },
  }),
  ...of("ehrFlowsheetSettings.v1", {
    icode: "How statistics are rounded. True: each in a way of its own, for iCode; false: to four decimals.",
  }),
  ...of("ehrNoteSettings.v1", { includeGMI: "Whether notes state the glucose management indicator (GMI)." }),

  // Matching
  ...of("ehrMatchRequest.v1", {
    messageRef: "Required: the received order whose clinic is sought.",
    patients: "How to find its patient; absent: only the clinic is sought.",
  }),
  ...of("ehrMatchMessageRef.v1", {
    documentId: { description: "The id under which the message is stored.", example: "650000000000000000000001" },
    dataModel: "The data model of the message, as Redox names it.",
    eventType: "The event type of the message.",
  }),
  ...of("ehrMatchResponse.v1", {
    clinic: "The clinic whose settings have the source of the message.",
    settings: "The clinic's EHR settings.",
    patients: "The patients that match; absent when only the clinic was sought.",
  }),

  // Redox
  ...of("redoxVerified", { challenge: "The challenge of the request." }),

  // Xealth
  ...of("xealthPreorderForm", {
    dataTrackingId: {
      description: "Under which the data of this form are kept; to be sent back with them.",
      example: "0b9d6a34-7c1e-4c0f-8f7d-7d8c5b1f2a90",
    },
    preorderFormInfo: "The form to show.",
    "preorderFormInfo.formId": "Whether it asks about a patient, about a guardian, or shows errors.",
    "preorderFormInfo.formData": {
      description: "What is filled in already.",
      example: { patient: { email: "ana@example.org" } },
    },
    "preorderFormInfo.formSchema": "The JSON Schema of the form's data.",
    "preorderFormInfo.uiSchema": "How the fields are shown: order, widgets and help.",
  }),
  ...of("xealthProgramsResponse", {
    present: "Whether the patient is enrolled.",
    programs: "The program; absent when the patient is not enrolled.",
  }),
  ...of("xealthProgram", {
    title: "The name of the product.",
    programId: { description: "The program of the order that enrolled the patient.", example: "glucose-reports" },
    enrolledDate: { description: "The day of that order, in UTC.", example: "2026-03-01" },
    description: "Last upload, last view by this person, whether the account is claimed, and connections, in one line.",
  }),

  // Reports
  ...of("report", {
    id: { description: "The id of the report.", example: "65f0c1d2e3a4b5c6d7e8f901" },
    startTime: "The start of the period that it is about; absent when there was no data.",
    endTime: "The end of the period that it is about; absent when there was no data.",
    sha256: {
      description: "The SHA-256 of the bytes, in hexadecimal.",
      example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
  }),
};
