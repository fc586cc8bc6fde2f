import { of, type Texts } from "./text.ts";

const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const TARGET = { description: "The patient whose record stays.", example: "b2c3d4e5f6" };
const SOURCE = { description: "The patient whose record goes.", example: "a1b2c3d4e5" };
const MERGE_ID = { description: "The id of the merge.", example: "65f0c1d2e3a4b5c6d7e8f901" };
const FORMER_MRN = { description: "The MRN that leads to the survivor from now on.", example: "A-17" };
const RECORD = "Which of the two records: target is the one that stays.";
const MERGED_BY = { description: "The user id of the person who merged them.", example: "1234567890" };
const UNDONE_BY = {
  description: "The user id of the person who undid it; absent until then.",
  example: "1234567890",
};
const STANDING: Texts = {
  state: "merged: the records are one. undone: they are two again.",
  mergedTime: "When the records became one.",
  mergedBy: MERGED_BY,
  undoneTime: "When they were two again; absent until then.",
  undoneBy: UNDONE_BY,
  undoableUntil: "From this instant on the merge can't be undone: 30 days after it.",
};
const NOT_RESTORED = "What an undo leaves as it is by now, each with its reason.";

export const PATIENT_MERGES: Texts = {
  ...of("mergePatient.v1", {
    sourceId: SOURCE,
    take: { description: "Fields that come from the source although the target has a value.", example: ["fullName"] },
    accept: {
      description: "Reasons that would forbid the merge and that the caller has seen and accepts. Others are ignored.",
      example: ["data-stays"],
    },
    plan: {
      description: "The `plan` of a dry run. The merge is done only if it would still be that one; 409 otherwise.",
      example: HASH,
    },
  }),

  ...of(["patientMergePlan.v1", "patientMerge.v1"], {
    plan: {
      description:
        "What a person decides by, as one SHA-256: equal as long as fields, labels, accounts and orders are.",
      example: HASH,
    },
    targetId: TARGET,
    sourceId: SOURCE,
    likeness:
      "likely: two or three of name, birth date and MRN are equal; mrnOnly, nameOnly: that one alone; else none.",
    shared: "Which of MRN, name and birth date are equal.",
    allowed: "Whether nothing forbids the merge, or everything that does was accepted.",
    errors: "What forbids the merge and was not accepted.",
    fields:
      "Fields that can be taken, each with both values and the one that is kept; those blank in both are left out.",
    tags: "The tags of the record that stays.",
    "tags.result": "All of them, the target's first.",
    "tags.added": "Those that only the source had.",
    sites: "The sites of the record that stays.",
    "sites.result": "All of them, the target's first.",
    "sites.added": "Those that only the source had.",
    reviews: "The reviews of the record that stays: the two newest of both records.",
    account: "What becomes of the accounts.",
    "account.custodial": "Whether the clinic keeps the account of the record that stays; else it is the patient's own.",
    "account.source":
      "parked: the source's account loses its address and is closed later. elsewhere: other clinics have it, it stays as it is.",
    "account.closesTime": "When a parked account is closed unless the merge is undone.",
    ehr: "Subscriptions to orders of an EHR, by name.",
    "ehr.name": { description: "The name of the subscription.", example: "summaryAndReports" },
    "ehr.from": "Whose order is answered from now on.",
    "ehr.ends": "Whose active order ends.",
    leftBehind: "How much of the source doesn't come along.",
    "leftBehind.connectionRequests": "Requests to connect a data source.",
    "leftBehind.dataSources": "Data sources of the source's account.",
    "leftBehind.summaries": "Summaries of the source's data, 0 to 2.",
    "leftBehind.waitingMails": "Mails to the source that wait and are not sent any more.",
    "leftBehind.jobs": "Answers to an EHR that wait and are not sent any more.",
    "leftBehind.reports": "PDF reports; they stay under the old id.",
    mails: "Mails that the merge sends: account_claim where a kept account gets another address.",
  }),
  ...of(["patientMergePlan.v1", "patientUnmergePlan.v1"], { state: "planned: nothing was done." }),
  ...of("patientMergeField.v1", {
    field: "The field.",
    target: "The target's value; absent where blank.",
    source: "The source's value; absent where blank.",
    result: "The value that the record has afterwards.",
    becomesFormer: FORMER_MRN,
  }),
  ...of("patientMergeError.v1", {
    reason: "What forbids the merge.",
    count: { description: "How many things it is about.", example: 1 },
    acceptable: "Whether it can be accepted.",
    swap: "Whether the merge the other way round may be possible.",
    ids: { description: "Other patients that it is about.", example: ["c3d4e5f6a7"] },
  }),
  ...of("patientMergeRefusal.v1", {
    errors: "What forbids the merge; absent in other refusals.",
    acceptable: "Which of them may be accepted; absent in other refusals.",
  }),
  ...of("patientMergeConflict.v1", { current: "The plan as it is now; absent in other refusals." }),

  ...of("patientMerge.v1", {
    ...STANDING,
    id: MERGE_ID,
    notRestored: NOT_RESTORED,
    patient: "The record that stays; absent when it is gone.",
  }),
  ...of("listedPatientMerges.v1", {
    ...STANDING,
    id: MERGE_ID,
    role: "Whether this patient's record stayed (target) or went (source).",
    otherId: { description: "The patient of the other record.", example: "a1b2c3d4e5" },
    formerMrn: FORMER_MRN,
    fields: "Fields that were filled or taken, without values.",
    "fields.field": "The field.",
    "fields.from": "Whose value it has.",
  }),

  ...of("patientUnmergePlan.v1", {
    allowed: "Whether the merge can be undone.",
    errors: "Why not.",
    restores: "What gets back the value that it had before the merge.",
    "restores.record": RECORD,
    "restores.field": { description: "The field, or what else of the record.", example: "fullName" },
    notRestored: NOT_RESTORED,
  }),
  ...of("patientMergeNotRestored.v1", {
    record: RECORD,
    field: { description: "The field, or what else of the record.", example: "mrn" },
    reason:
      "changed: since the merge. taken: somebody else has it. gone: it doesn't exist any more. known-elsewhere: another " +
      "clinic has a newer one.",
  }),
  ...of("patientUnmergeError.v1", {
    reason: "Why the merge can't be undone.",
    ids: { description: "Later merges to be undone first.", example: ["65f0c1d2e3a4b5c6d7e8f902"] },
  }),
  ...of("patientUnmergeConflict.v1", { errors: "Why the merge can't be undone; absent in other refusals." }),
};
