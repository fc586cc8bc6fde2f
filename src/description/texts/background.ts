import { of, type Texts } from "./text.ts";

const CURSOR = "1772357400000-65f0c1d2e3a4b5c6d7e8f901";
const ENTRY_ID = { description: "The id of the mail or job.", example: "65f0c1d2e3a4b5c6d7e8f901" };

export const BACKGROUND_PARAMETERS: Texts = {
  entryId: ENTRY_ID,
  "ListFailedEntries.cursor": {
    description: "The cursor that came with the page before: returns the entries that failed after it.",
    example: CURSOR,
  },
  "ListDeadLetters.cursor": {
    description: "The cursor that came with the page before: returns the messages that follow it.",
    example: "17",
  },
};

export const BACKGROUND: Texts = {
  ...of("outboxEntry.v1", {
    id: ENTRY_ID,
    kind: { description: "The name of the mail or job.", example: "clinic_created" },
    state:
      "queued: waits for its next attempt. sending: is worked on. sent: done. skipped: there was nothing left to do. " +
      "failed: given up until it is requeued.",
    clinicId: {
      description: "The clinic it is about; absent where it is about none.",
      example: "5f00000000000000000000a1",
    },
    messageId: { description: "Of an order of an EHR: its message.", example: "65f0c1d2e3a4b5c6d7e8f902" },
    jobId: { description: "Of what an EHR is to get: its job.", example: "65f0c1d2e3a4b5c6d7e8f903" },
    reason: {
      description: "Why the last attempt failed, or why it was skipped, as a code.",
      example: "provider_error",
    },
    attempts: "How many attempts were made since it was queued or requeued.",
    createdTime: "When the change that caused it was made.",
    finishedTime: "When it was sent, skipped or given up; absent until then.",
  }),
  ...of("deadLetter.v1", {
    id: { description: "Its number, which grows with time.", example: 17 },
    queue: { description: "The queue that it was in.", example: "notifications" },
    messageId: { description: "The id that the queue gave it.", example: "c0ffee0000000000000000000000beef" },
    entryId: {
      description: "The mail or job that it was about; absent of other messages.",
      example: "65f0c1d2e3a4b5c6d7e8f901",
    },
    createdTime: "When it was put in the queue.",
  }),
};
