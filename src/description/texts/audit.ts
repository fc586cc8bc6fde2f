import { of, type Texts } from "./text.ts";

const CURSOR = "1772357400000-1284";
const USER = "0c6d1b3e-51f0-4f0e-9a51-2b2f1c7c9f10";
const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const LIMIT = "How many entries to return at most. Values above 100 count as 100.";
const LISTS = ["ListClinicAudit", "ListPatientAudit", "ListAccesses"] as const;

export const AUDIT_PARAMETERS: Texts = {
  ...Object.fromEntries(
    LISTS.flatMap((list) => [
      [`${list}.userId`, { description: "Only what this user did.", example: USER }],
      [`${list}.limit`, LIMIT],
      [
        `${list}.cursor`,
        {
          description: "The cursor that came with the page before: returns the entries that follow it.",
          example: CURSOR,
        },
      ],
    ]),
  ),
  from: { description: "Only entries at this time or later.", example: "2026-03-01T00:00:00Z" },
  to: { description: "Only entries before this time.", example: "2026-04-01T00:00:00Z" },
  "ListAccesses.patientId": { description: "Only entries that name this patient.", example: USER },
  "ListAccesses.clinicId": { description: "Only entries of this clinic.", example: "5f00000000000000000000a1" },
  "ListAuditDays.limit": "How many days to return at most. Values above 100 count as 100.",
  "ListAuditDays.cursor": {
    description: "The cursor that came with the page before: returns the days before it.",
    example: "2026-03-01",
  },
  date: { description: "The UTC day.", example: "2026-03-01" },
};

export const AUDIT: Texts = {
  ...of("auditEntry.v1", {
    id: { description: "The id of the entry.", example: "65f0c1d2e3a4b5c6d7e8f905" },
    time: "When the request came.",
    requestId: { description: "The id of the request, as in the log.", example: "web-5f0c2a9e" },
    actorKind: { description: "`person` or `service`.", example: "person" },
    actorId: { description: "The user id of the person, or the name of the service.", example: USER },
    actorName: {
      description: "The person's name, where the clinic knows them; ListAccesses has none.",
      example: "Ana Lima",
    },
    operation: { description: "What was asked for.", example: "GetPatient" },
    outcome: "changed: it may have changed records. read: records were sent. refused: the caller lacked the right.",
    clinicId: { description: "The clinic; absent where it was about none.", example: "5f00000000000000000000a1" },
    patientIds: {
      description: "The patients whose records were read or changed; in ListPatientAudit the one asked about alone.",
      example: [USER],
    },
  }),
  ...of("auditDay.v1", {
    date: { description: "The UTC day.", example: "2026-03-01" },
    first: { description: "The number of its first entry.", example: 1201 },
    last: { description: "The number of its last entry.", example: 1284 },
    entries: { description: "How many entries were sealed on it.", example: 84 },
    hash: { description: "Of its last seal.", example: HASH },
    parts: { description: "Of how many parts its export is so far.", example: 1 },
    broken: { description: "How many seals did not fit their entries when it was exported.", example: 0 },
    exportedTime: "When all of it was exported; absent until then.",
    removedTime: "When its entries were removed from the database; absent until then.",
  }),
};
