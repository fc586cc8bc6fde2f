import type { Job, OutboxSlice } from "../../platform/outbox/registry.ts";
import { DESTROY_DATA, SHOW_SUMMARIES } from "./model/jobs-store.ts";
import { dataOwnerOf } from "./owner/bindings.ts";

/** The deletion of the account has its own audit row, with its caller; this one names the service itself. */
const destroyData: Job = async ({ bindings, now }, { id, recipientUserId }) => {
  const ownerId = recipientUserId ?? "";
  await dataOwnerOf(bindings, ownerId).destroy({
    ownerId,
    now,
    repeat: undefined,
    provenance: "{}",
    audit: {
      v: 1,
      at: now,
      requestId: id,
      actorKind: "service",
      actorId: "clinics-edge",
      operation: "DeleteUserData",
      clinicId: null,
      patientIds: [ownerId],
      outcome: "changed",
    },
  });
  return "done";
};

const showSummaries: Job = async ({ bindings }, { recipientUserId }) => {
  await dataOwnerOf(bindings, recipientUserId ?? "").wake();
  return "done";
};

export const outbox: OutboxSlice = {
  jobs: [
    [DESTROY_DATA, destroyData],
    [SHOW_SUMMARIES, showSummaries],
  ],
};
