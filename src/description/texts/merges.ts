import { of, type Texts } from "./text.ts";

const SOURCE_ID = {
  description: "The clinic that is merged into the other and deleted.",
  example: "5f00000000000000000000a1",
};
const REASON = {
  description:
    "The rule: settings-mismatch, sso-restrictions, pending-invites, email-taken, mrn-missing, mrn-taken, mrn-repeated or tag-limit.",
  example: "settings-mismatch",
};

export const MERGES: Texts = {
  ...of("mergeClinic.v1", {
    sourceId: { ...SOURCE_ID, description: `${SOURCE_ID.description} Required: 400 without it.` },
  }),
  ...of("generateMergeReport.v1", {
    sourceId: { description: "The clinic that would be merged into the other.", example: SOURCE_ID.example },
  }),
  ...of("mergeRefusal.v1", { errors: "The rules that forbid the merge; absent in other refusals." }),
  ...of("mergeBlockingRule.v1", {
    reason: REASON,
    setting: { description: "Which setting differs; absent for other rules.", example: "MRN Required" },
  }),
  ...of("mergeStatus.v1", {
    id: { description: "The id of the merge.", example: "65f0c1d2e3a4b5c6d7e8f901" },
    sourceId: { ...SOURCE_ID, description: "The clinic that was merged into the other." },
    sourceName: "Its name when the merge began.",
    targetId: { description: "The clinic that took the other in.", example: "5f00000000000000000000b2" },
    targetName: "Its name when the merge began.",
    phase:
      "planning, moving, finishing: under way; notifying: complete but for messages; done. refused: nothing was changed. " +
      "restoring, returning, closing: being undone; undone.",
    recordsDone: "How many patient records have been moved, or moved back.",
    recordsTotal: "How many patient records there are to move, or to move back.",
    requestedBy: "The user id of the person who asked for the merge, or the name of a service.",
    undoRequestedBy: "The same of the undo; absent when nobody has asked for it.",
    mergedTime: "When the clinics had become one; absent until then.",
    undoneTime: "When they were two clinics again; absent until then.",
    errors: "The rules that forbade the merge; absent unless it was refused.",
    "notRestored.count": "How many records were not restored.",
    "notRestored.records": "A page of them, by offset and limit.",
  }),
  ...of("mergeKeptRecord.v1", { kind: "What kind of record it is." }),

  // The plan
  ...of("mergePlan.v1", {
    CreatedTime: "When the plan was made.",
    Source: "The clinic that would be merged into the other.",
    "Source.Id": "The id of the source.",
    "Source.Name": "The name of the source.",
    Target: "The clinic that would take the other in.",
    "Target.Id": "The id of the target.",
    "Target.Name": "The name of the target.",
    Blocking: "The rules that forbid the merge, with how many records each is about.",
    MembershipRestrictionsMergePlan: "The restrictions of membership of both clinics, compared.",
    "MembershipRestrictionsMergePlan.SourceValue": {
      description: "Those of the source, as domain/provider; N/A: none.",
      example: "lakeside.example/lakeside-sso",
    },
    "MembershipRestrictionsMergePlan.TargetValue": {
      description: "Those of the target, as domain/provider; N/A: none.",
      example: "N/A",
    },
    SettingsPlans: "The settings of both clinics, compared.",
    TagsPlans: "What becomes of each tag.",
    SitesPlans: "What becomes of each site.",
    ClinicianPlans: "What becomes of each member.",
    SourcePatientClusters: "Patients of the source who may be the same person.",
    TargetPatientClusters: "Patients of the merged clinic who may be the same person.",
    PatientPlans: "What becomes of each patient.",
  }),
};
