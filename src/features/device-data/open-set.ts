import type { Ctx } from "../../platform/context/context.ts";
import { dataIdMaker } from "../../platform/core/ids.ts";
import { answerOf, type DataOwners, type Origin, writeOf } from "./calls.ts";
import { readDataSetCreation } from "./model/data-set.ts";
import { toDataSet } from "./owner/data-set.ts";
import { invalidBody, parsedJson } from "./refusals.ts";

/**
 * Opens a data set for a person's data. Its deduplicator is chosen now and stays. The set is in the object of the person; it
 * is answered when the database knows whose it is.
 */
export async function openSet(ctx: Ctx, owners: DataOwners, userId: string, text: string, origin: Origin) {
  const read = readDataSetCreation(parsedJson(text));
  if ("errors" in read) throw invalidBody(read.errors);
  await ctx.read({});
  const { dataSet } = read;
  const { fields, deduplicator, deviceId = null, clientName = null, dataSetType, time = ctx.now } = dataSet;
  const { dataSetType: _, ...record } = fields;
  const set = {
    id: dataIdMaker(ctx.now)(),
    record: JSON.stringify(record),
    time,
    isContinuous: dataSetType === "continuous",
    deduplicator: deduplicator.name,
    version: deduplicator.version,
    deviceId,
    clientName,
    openedBy: ctx.caller.kind === "person" ? ctx.caller.id : null,
  };
  return toDataSet(await answerOf(owners(userId).openSet(set, writeOf(ctx, userId, origin))));
}
