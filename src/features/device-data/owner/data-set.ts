import { toDateTime } from "../../../platform/core/wire.ts";
import { guidOf } from "../model/forms.ts";
import type { SetRow } from "./sets-store.ts";

/** A data set as clients get it. */
export function toDataSet(row: SetRow): Record<string, unknown> {
  const { openedBy, deletedAt } = row;
  return {
    ...(JSON.parse(row.record) as Record<string, unknown>),
    ...headOf(row),
    state: row.closedAt === null ? "open" : "closed",
    ...(openedBy !== null && { createdUserId: openedBy }),
    createdTime: toDateTime(row.createdAt),
    modifiedTime: toDateTime(row.modifiedAt),
    ...(deletedAt !== null && { deletedTime: toDateTime(deletedAt) }),
  };
}

/** A data set as one of the data, in the form of readers. */
export const toUpload = (row: SetRow): Record<string, unknown> => ({
  ...(JSON.parse(row.record) as Record<string, unknown>),
  ...headOf(row),
  guid: guidOf(row.id),
});

const headOf = ({ id, time, isContinuous, deduplicator, version, openedBy }: SetRow) => ({
  type: "upload",
  time: toDateTime(time),
  id,
  uploadId: id,
  dataSetType: isContinuous === 1 ? "continuous" : "normal",
  deduplicator: { name: deduplicator, version },
  ...(openedBy !== null && { byUser: openedBy }),
});
