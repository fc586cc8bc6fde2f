import type { Ctx } from "../../platform/context/context.ts";
import { answerOf, auditingRefusal, type DataOwners, type Origin, writeOf } from "./calls.ts";
import { knownSet, unlessClosed } from "./get-sets.ts";
import { readDataSetUpdate } from "./model/data-set.ts";
import { toDataSet } from "./owner/data-set.ts";
import { invalidBody, parsedJson, unauthorized } from "./refusals.ts";

const NO_CHANGE = { record: {}, time: undefined, isClosed: true };

/**
 * Closes a normal data set, whatever the body says; changes or closes a continuous one. Only a service may change a
 * continuous set; who may upload may close it.
 */
export async function changeSet(ctx: Ctx, owners: DataOwners, setId: string, text: string, origin: Origin) {
  const known = await knownSet(ctx, setId);
  const { ownerId, isContinuous } = known;
  const change =
    isContinuous === 1
      ? await auditingRefusal(
          ctx,
          ownerId,
          unlessClosed(owners, setId, known, () => changeOf(ctx, text)),
        )
      : NO_CHANGE;
  return toDataSet(await answerOf(owners(ownerId).changeSet(setId, change, writeOf(ctx, ownerId, origin)), setId));
}

function changeOf({ caller }: Ctx, text: string) {
  const read = readDataSetUpdate(parsedJson(text));
  if ("errors" in read) throw invalidBody(read.errors);
  const { state, time, ...record } = read.update;
  const isOnlyClosing =
    state === "closed" && time === undefined && Object.values(record).every((it) => it === undefined);
  if (caller.kind === "person" && !isOnlyClosing) throw unauthorized();
  return { record, time, isClosed: state === "closed" };
}
