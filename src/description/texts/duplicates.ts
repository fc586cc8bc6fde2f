import { of, type Texts } from "./text.ts";

const SHARED = "Which of MRN, name and birth date are equal.";
const OTHER = { description: "The user id of the other of the two patients.", example: "a1b2c3d4e5" };
const FIRST = { description: "The user id of one of the two patients.", example: "b2c3d4e5f6" };

export const DUPLICATE_PARAMETERS: Texts = {
  "MarkPatientsDistinct.patientId": FIRST,
  "UnmarkPatientsDistinct.patientId": FIRST,
  otherPatientId: OTHER,
  "ListDuplicatePatients.likeness": {
    description:
      "Separated by commas: likely, two or three of name, birth date and MRN are equal; mrnOnly, nameOnly, that one alone. " +
      "likely,mrnOnly when absent; of marked pairs all.",
    example: ["likely", "nameOnly"],
  },
  "ListDuplicatePatients.cursor": {
    description: "`meta.next` of the page before: returns the pairs that follow it.",
    example: "2.48113",
  },
  "ListDuplicatePatients.marked": "Lists the pairs that are marked as distinct, and no others.",
};

export const DUPLICATES: Texts = {
  ...of("duplicatePatients.v1", {
    data: "The pairs.",
    crowds: "More than ten records each that share the same, which are not paired.",
    meta: "About the page.",
    "meta.next": { description: "The `cursor` of the next page; absent on the last.", example: "2.48113" },
  }),
  ...of("alikePatients.v1", {
    likeness: "likely, mrnOnly or nameOnly, as in the parameter; of marked pairs also none.",
    shared: SHARED,
    patients: "The two, the older record first.",
    suggested: "Which way round to merge them.",
    "suggested.targetId": { description: "The patient whose record is to stay.", example: "b2c3d4e5f6" },
    "suggested.sourceId": { description: "The patient whose record is to go.", example: "a1b2c3d4e5" },
    "suggested.why":
      "The first in which they differ. claimed: it is the patient's own account; data: it alone has any; newerData; mrn: it " +
      "alone has one; older: the record is.",
    blocked: "What forbids to merge them whatever is accepted, as far as the two records alone show it.",
    marked: "That they were marked as distinct; absent where nobody has.",
    "marked.by": { description: "The user id of the person who marked them.", example: "1234567890" },
    "marked.time": "When.",
    "marked.shared": "Which of MRN, name and birth date were equal then.",
  }),
  ...of("alikePatient.v1", {
    id: { description: "The user id of the patient.", example: "b2c3d4e5f6" },
    fullName: { description: "The name.", example: "Rosa Diaz" },
    birthDate: { description: "The birth date; 0001-01-01 where it is not known.", example: "1987-02-03" },
    mrn: { description: "The MRN; absent without one.", example: "A-17" },
    email: { description: "The address; absent without one.", example: "rosa@example.org" },
    custodial: "Whether the record says that the clinic keeps the account.",
    createdTime: "When the record was made.",
    lastData: "The time of the newest data in its summaries; absent without any.",
  }),
  ...of("alikeCrowd.v1", {
    shared: "What all of them share.",
    patients: { description: "How many they are.", example: 137 },
    ids: { description: "The user ids of three of them.", example: ["c3d4e5f6a7", "d4e5f6a7b8", "e5f6a7b8c9"] },
  }),
};
