import type {
  GlycemicRangesV1,
  ListedPatientMergesV1,
  PatientMergeErrorV1,
  PatientMergePlanV1,
  PatientUnmergePlanV1,
} from "../../client/index.ts";
import { dateText } from "./texts.ts";

export type Field = ListedPatientMergesV1[number]["fields"][number]["field"];
type Reason = PatientMergeErrorV1["reason"];
export type Trait = PatientMergePlanV1["shared"][number];

const FIELDS: Readonly<Record<string, string>> = {
  fullName: "name",
  birthDate: "birth date",
  email: "e-mail",
  mrn: "MRN",
  targetDevices: "devices",
  glycemicRanges: "glycemic ranges",
  diagnosisType: "diagnosis",
  tags: "tags",
  sites: "sites",
  reviews: "reviews",
  ehrSubscriptions: "orders of the EHR",
  permissions: "custody of the account",
  summary: "glucose summary",
};

export const fieldText = (field: string): string => FIELDS[field] ?? field;

/** `a`, `a and b`, `a, b and c`. */
export const listText = (texts: readonly string[]): string =>
  texts.length < 2 ? (texts[0] ?? "") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;

/** The first letter as that of a sentence. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const sharedText = (shared: readonly Trait[]): string =>
  shared.length === 0 ? "Nothing in common" : `Same ${listText(shared.map(fieldText))}`;

/** A value of a field as people read it. */
export function valueText(field: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return field === "birthDate" ? dateText(value) : value;
  if (Array.isArray(value)) return value.join(", ");
  if (field !== "glycemicRanges" || !value) return "–";
  const { preset, custom } = value as GlycemicRangesV1;
  return preset ?? custom?.name ?? "–";
}

/** What stands against a merge, or what somebody has to agree with before it, as the page says "stays" and "goes". */
const REASONS: Partial<Record<string, string>> = {
  "demo-patient": "One of them is the demo patient, who can't be merged.",
  "both-claimed": "Both accounts belong to their owners: nobody but they can give one up.",
  "source-claimed": "The account of the record that goes belongs to its owner: swap the two.",
  "mrn-taken": "A third patient of the clinic has that MRN: merge those two first.",
  "email-not-free": "The e-mail belongs to an account that stays.",
  "take-not-possible": "Something that was chosen can't be taken from the record that goes.",
  "not-alike": "They share fewer than two of MRN, name and birth date.",
  "marked-distinct": "Somebody has said that these are not the same person.",
  "data-stays":
    "The device data of the record that goes stay with its account: the clinic can still see them, but not in this record.",
  "connection-stays": "An account elsewhere is connected to the record that goes, and its data go on arriving there.",
  "orders-end": "Orders of the EHR end.",
  "records-elsewhere": "The record that goes is of a patient of other clinics, too: what those have stays as it is.",
};
export const reasonText = ({ reason, message }: { readonly reason: Reason; readonly message: string }): string =>
  REASONS[reason] ?? sentence(message);
/** The same where the service tells the code alone. */
export const codeText = (reason: string): string => REASONS[reason] ?? reason;

const UNDO_REASONS: Readonly<Record<PatientUnmergePlanV1["errors"][number]["reason"], string>> = {
  "survivor-gone": "The record that stayed is no longer there.",
  "clinic-merged": "The record is in another clinic by now: undo that merge first.",
  "later-merge": "The record took part in a later merge: undo that one first.",
  "source-returned": "The person of the record that went has another record here by now.",
  "account-gone": "The account of the record that went was deleted.",
};
export const undoReasonText = (reason: keyof typeof UNDO_REASONS): string => UNDO_REASONS[reason];

const KEPT: Readonly<Record<PatientUnmergePlanV1["notRestored"][number]["reason"], string>> = {
  changed: "was changed since the merge and stays as it is",
  taken: "somebody else has it by now",
  gone: "no longer there",
  "known-elsewhere": "another clinic has a newer one",
};
const RECORDS = { target: "the record that stayed", source: "the record that went" };

export const restoredText = ({ record, field }: PatientUnmergePlanV1["restores"][number]): string =>
  field === "record" ? sentence(RECORDS[record]) : `${sentence(fieldText(field))} of ${RECORDS[record]}`;
export const keptText = (it: PatientUnmergePlanV1["notRestored"][number]): string =>
  `${restoredText(it)}: ${KEPT[it.reason]}`;

const LEFT: readonly (readonly [keyof PatientMergePlanV1["leftBehind"], string, string?])[] = [
  ["dataSources", "data source"],
  ["summaries", "glucose summary", "glucose summaries"],
  ["connectionRequests", "request to connect an account", "requests to connect an account"],
  ["waitingMails", "mail that would have been sent", "mails that would have been sent"],
  ["jobs", "report on its way to the EHR", "reports on their way to the EHR"],
  ["reports", "PDF report"],
];
export const leftBehindTexts = (left: PatientMergePlanV1["leftBehind"]): string[] =>
  LEFT.filter(([kind]) => left[kind] > 0).map(
    ([kind, one, many = `${one}s`]) => `${left[kind]} ${left[kind] === 1 ? one : many}`,
  );
