import { ListParameters } from "../../features/patients/list/parameters.ts";
import { sortFields } from "../../features/patients/list/sort-keys.ts";
import { STATISTICS } from "../../features/summaries/model/statistics.ts";
import { AUDIT_PARAMETERS } from "./audit.ts";
import { DUPLICATE_PARAMETERS } from "./duplicates.ts";
import { EVENT_PARAMETERS } from "./events.ts";
import { BACKGROUND_PARAMETERS } from "./background.ts";
import { FHIR_PARAMETERS } from "./fhir.ts";
import { changeOf, meaningOf } from "./statistic-texts.ts";
import type { Text, Texts } from "./text.ts";

const USER_ID_EXAMPLE = "0c6d1b3e-51f0-4f0e-9a51-2b2f1c7c9f10";
const OBJECT_ID_EXAMPLE = "65f0c1d2e3a4b5c6d7e8f901";
const INVITE_KEY_EXAMPLE = "3f1d0c5ab27e4968a1c3e5d7f9b20416";

/** The last data of a type, as a bound. */
const lastData = (type: string, bound: string): Text => ({
  description: `Patients whose newest ${type} datum is ${bound}.`,
  example: "2026-03-01T00:00:00Z",
});

/** The filters of ListPatients by a statistic: those of the list that have one. */
function statisticParameters(): Texts {
  const filters: Record<string, { safeParse(value: unknown): { success: boolean } }> = ListParameters.shape;
  const texts: Record<string, Text> = {};
  for (const type of ["cgm", "bgm"] as const) {
    for (const { name } of STATISTICS[type]) {
      for (const [field, meaning] of [
        [name, meaningOf(type, name)],
        [`${name}Delta`, changeOf(name)],
      ] as const) {
        const filter = filters[`${type}.${field}`];
        if (!filter) continue;
        const takesFractions = filter.safeParse(">0.5").success;
        texts[`${type}.${field}`] = {
          description: `${meaning}: \`>\`, \`>=\`, \`<\` or \`<=\` and a ${takesFractions ? "number" : "whole number"}.`,
          example: exampleOf(field, takesFractions),
        };
      }
    }
  }
  return texts;
}

function exampleOf(field: string, takesFractions: boolean): string {
  if (field.endsWith("Delta")) return takesFractions ? "<-0.1" : "<-10";
  if (/Percent$|coefficientOfVariation/.test(field)) return ">=0.7";
  if (field.endsWith("Minutes")) return ">=60";
  return takesFractions ? ">=7.5" : ">=7";
}

/** Parameters by name; `<OperationId>.<name>` where an operation needs a text of its own. */
export const PARAMETERS: Texts = {
  ...FHIR_PARAMETERS,
  // Pages and orders
  offset: "How many entries to skip, from the first.",
  limit: "How many entries to return at most. Values above 1000 count as 1000.",
  "QueryData.limit": "How many data to return at most; all when absent.",
  page: "The page, counted from 0, which is the default.",
  size: "How many entries a page has at most.",
  "ListOutdatedSummaries.size": "How many people to return at most.",
  "ListMigratableSummaries.size": "How many people to return at most.",
  sort: {
    description:
      "`+` (ascending) or `-` (descending) and a field: fullName, birthDate, lastReviewed, a date such as lastData, or a " +
      "statistic. In the address `+` is written `%2B`. Requires sortType.",
    example: "-timeInTargetPercent",
    values: [...new Set([...sortFields("cgm"), ...sortFields("bgm")])].flatMap((field) => [`+${field}`, `-${field}`]),
  },
  sortType: "Whether the field of `sort` is one of CGM or of BGM summaries.",
  cursor: "The cursor that came with the page before: returns the data that follow it.",

  ...BACKGROUND_PARAMETERS,
  ...AUDIT_PARAMETERS,
  ...EVENT_PARAMETERS,
  ...DUPLICATE_PARAMETERS,

  // What a path names
  clinicId: { description: "The id of the clinic.", example: OBJECT_ID_EXAMPLE },
  "MergeClinic.clinicId": { description: "The id of the clinic that takes the other in.", example: OBJECT_ID_EXAMPLE },
  "GenerateMergeReport.clinicId": {
    description: "The id of the clinic that would take the other in.",
    example: OBJECT_ID_EXAMPLE,
  },
  clinicianId: { description: "The user id of the clinician.", example: USER_ID_EXAMPLE },
  patientId: { description: "The user id of the patient.", example: USER_ID_EXAMPLE },
  userId: { description: "The id of a user account.", example: USER_ID_EXAMPLE },
  "SendPatientInvitation.userId": {
    description: "The user id of the patient who invites the clinic.",
    example: USER_ID_EXAMPLE,
  },
  "ListClinicsForPatient.userId": { description: "The user id of the patient.", example: USER_ID_EXAMPLE },
  "ListClinicsForClinician.userId": { description: "The user id of the clinician.", example: USER_ID_EXAMPLE },
  "UpdatePatientDataSources.userId": { description: "The user id of the patient.", example: USER_ID_EXAMPLE },
  "QueryData.userId": { description: "The user id of the person whose data are wanted.", example: USER_ID_EXAMPLE },
  inviteId: { description: "The key of the invitation.", example: INVITE_KEY_EXAMPLE },
  patientTagId: { description: "The id of a patient tag of the clinic.", example: OBJECT_ID_EXAMPLE },
  siteId: { description: "The id of a site of the clinic.", example: OBJECT_ID_EXAMPLE },
  "MergeSite.siteId": {
    description: "The id of the site that stays and takes the other in.",
    example: OBJECT_ID_EXAMPLE,
  },
  dryRun: "Only what would be done is returned, and nothing is written.",
  "MergePatient.patientId": { description: "The user id of the patient whose record stays.", example: USER_ID_EXAMPLE },
  "GetPatientMerge.mergeId": { description: "The id of the merge of two patients.", example: OBJECT_ID_EXAMPLE },
  "UndoPatientMerge.mergeId": { description: "The id of the merge of two patients.", example: OBJECT_ID_EXAMPLE },
  mergeId: { description: "The id of the merge of two clinics.", example: OBJECT_ID_EXAMPLE },
  reportId: { description: "The id of the report.", example: OBJECT_ID_EXAMPLE },
  summaryId: { description: "The id of a CGM or BGM summary.", example: OBJECT_ID_EXAMPLE },
  dataSetId: {
    description: "The id of the data set: the `id`, which is also the `uploadId`, that opening it returned.",
    example: "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d",
  },
  kind: "Which summaries: cgm (sensor readings), bgm (fingersticks) or con (how soon readings arrive).",
  providerId: "The data provider to connect with.",
  permission: "The permission to take from the clinic.",

  // Searches
  shareCode: { description: "A share code of the clinic, current or inherited in a merge.", example: "K7QP-2MXA-R9TD" },
  createdTimeStart: { description: "Created at this time or later.", example: "2026-01-01T00:00:00Z" },
  createdTimeEnd: { description: "Created before this time.", example: "2026-02-01T00:00:00Z" },
  ehrEnabled: "Whether EHR is enabled; clinics without EHR settings match neither value.",
  mrn: { description: "The medical record number (MRN), complete; case and accents are ignored.", example: "A-10422" },
  birthDate: {
    description: "The date of birth, as YYYY-MM-DD. Text that is not a date matches nobody.",
    example: "1990-02-03",
  },
  workspaceId: "Limits the search to the clinic with this id, or to those with this EHR source; see workspaceIdType.",
  workspaceIdType: "What workspaceId is: the id of a clinic or the source id of EHR settings.",
  search: "Every word must occur in the name or the address, ignoring case and accents.",
  "ListPatients.search": "Part of the name, e-mail address, MRN or birth date, ignoring case and accents.",
  email: { description: "The full e-mail address of a clinician, ignoring case.", example: "bo@lakeside.example" },
  role: { description: "Clinicians who have this role.", example: "CLINIC_ADMIN" },
  tags: "Ids of patient tags, separated by commas: patients with all of them. Empty: patients without tags.",
  "TideReport.tags": "Ids of patient tags, separated by commas: patients with all of them.",
  sites: "Ids of sites, separated by commas: patients at any of them. Empty: patients without sites.",
  "TideReport.sites": "Ids of sites, separated by commas: patients at any of them.",
  period: "The period that the statistics of filters and order are of: 1, 7, 14 or 30 days; 14d when absent.",
  "TideReport.period": "The period whose statistics are evaluated: 1, 7, 14 or 30 days.",
  lastReviewed: {
    description: "Patients whose newest review is at this time or before.",
    example: "2026-03-01T00:00:00Z",
  },
  omitNonStandardRanges: "True: only patients with the standard glycemic ranges, or none set.",
  "cgm.lastDataFrom": lastData("CGM", "of this time or later"),
  "cgm.lastDataTo": lastData("CGM", "of before this time"),
  "bgm.lastDataFrom": lastData("BGM", "of this time or later"),
  "bgm.lastDataTo": lastData("BGM", "of before this time"),
  ...statisticParameters(),
  lastDataCutoff: {
    description: "Patients whose newest CGM datum is of this time or later.",
    example: "2026-03-01T00:00:00Z",
  },
  categories: {
    description:
      "Categories, separated by commas. A patient is listed in the first that fits. When absent: all but " +
      "timeInExtremeHighPercent and timeInTargetPercent.",
    example: ["timeInVeryLowPercent", "meetingTargets"],
  },
  excludeNoData: "True: the report leaves out the list `noData`.",

  // Device data
  "client.name": {
    description: "Data sets that the application of this name has uploaded.",
    example: "org.example.uploader",
  },
  deviceId: {
    description: "Only what is of the device with this id, as it was uploaded.",
    example: "PumpCo-900-771203",
  },
  deleted: "True: deleted data sets as well. By default only those that are not deleted.",
  type: { description: "Types of data, separated by commas; `upload` are the data sets.", example: "cbg,smbg" },
  subType: { description: "Subtypes of data, separated by commas.", example: "prime,alarm" },
  startDate: { description: "Data of this time or later.", example: "2026-03-01T00:00:00Z" },
  endDate: { description: "Data of this time or earlier.", example: "2026-03-14T23:59:59Z" },
  latest: "True: only the newest datum of each type.",
  uploadId: { description: "Data of this data set only.", example: "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d" },
  carelink:
    "Whether data from CareLink are included. By default they are, unless there is a closed data set of a Medtronic device.",

  // Access and manner
  restricted_token: "The token of the link, which opens the reports of this patient.",
  "QueryData.restricted_token": "A token that opens this path for the data of one person, in place of a session token.",
  prefer: {
    description: "`respond-async`: the answer is 202 at once, and the merge goes on without the request.",
    example: "respond-async",
  },
};
