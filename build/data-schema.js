import { z } from "@hono/zod-openapi";

// The schemas of device data describe only: requests are judged by their readers, and answers are written by ours. Making them is
// a third of a Worker's start. scripts/as-deployed.ts puts this in the place of src/features/device-data/model/data-schema.ts.
const undescribed = z.unknown();

export const datumOr = () => undescribed;
/** With what is left out of it where it stands among the data. */
export const DataSet = z.object({
  state: undescribed,
  createdTime: undescribed,
  modifiedTime: undescribed,
  createdUserId: undescribed,
  deletedTime: undescribed,
});
export {
  undescribed as BatchIngestion,
  undescribed as DataSetCreationBody,
  undescribed as DataSetUpdateBody,
  undescribed as Datum,
  undescribed as DatumIngestion,
  undescribed as SelectorsBody,
};
