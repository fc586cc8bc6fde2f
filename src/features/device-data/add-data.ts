import type { Ctx } from "../../platform/context/context.ts";
import { dataIdMaker } from "../../platform/core/ids.ts";
import { answerOf, type DataOwners, type Origin, TakenIds, writeOf } from "./calls.ts";
import { knownSet, unlessClosed } from "./get-sets.ts";
import type { KnownSet } from "./known-set-read.ts";
import { DUPLICATE, errorAt } from "./model/data-errors.ts";
import { deduplicatorNamed, hasPrimeTarget, NONE } from "./model/deduplicators.ts";
import type { IngestedDatum } from "./model/forms.ts";
import { identityHashes } from "./model/identity.ts";
import { missingForHash, type ReadBatch, readBatch } from "./model/ingest.ts";
import { hashNumber, packed, type PackedData } from "./owner/packed.ts";
import type { Selection } from "./owner/bindings.ts";
import { readSelectors } from "./model/selectors.ts";
import { invalidBody, InvalidInput, parsedJson, tooMuchData } from "./refusals.ts";

/** Data of one request; the published guide sends them in chunks of as many. */
const DATA_MAX = 1000;

/** Adds all data of a request to an open set, or none: what is wrong with any of them is told. */
export async function addData(
  ctx: Ctx,
  owners: DataOwners,
  setId: string,
  text: string,
  origin: Origin,
): Promise<void> {
  const known = await knownSet(ctx, setId);
  const owner = owners(known.ownerId);
  // While the object works, an isolate keeps of each of many uploads what is sent, and not what it was read from.
  const { data, sent } = await unlessClosed(owners, setId, known, () => packedData(ctx, text, setId, known));
  try {
    await answerOf(owner.addData(setId, data, writeOf(ctx, known.ownerId, origin)), setId);
  } catch (error) {
    throw error instanceof TakenIds ? alreadyThere(sent, error) : error;
  }
}

/** A datum whose id its client has chosen, and where it stands in the body. */
type Sent = Pick<IngestedDatum, "id" | "pointer" | "type">;

/** The data of a body as they are sent to the object, and those of them that may be there already. */
async function packedData(
  ctx: Ctx,
  text: string,
  setId: string,
  known: KnownSet,
): Promise<{ data: PackedData; sent: readonly Sent[] }> {
  const { data, sentIds } = readData(ctx, text, known);
  const sent = data.filter(({ id }) => sentIds.has(id)).map(({ id, pointer, type }): Sent => ({ id, pointer, type }));
  return { data: packed(data, await hashesOf(data, setId, known), sentIds), sent };
}

/** Removes the selected data of an open set. */
export async function removeData(
  ctx: Ctx,
  owners: DataOwners,
  setId: string,
  text: string,
  origin: Origin,
): Promise<void> {
  const known = await knownSet(ctx, setId);
  const selection = await unlessClosed(owners, setId, known, () => readSelection(text));
  await answerOf(owners(known.ownerId).removeData(setId, selection, writeOf(ctx, known.ownerId, origin)), setId);
}

function readData({ now }: Ctx, text: string, known: KnownSet): ReadBatch {
  const body = parsedJson(text);
  if (Array.isArray(body) && body.length > DATA_MAX) throw tooMuchData(DATA_MAX);
  const read = readBatch(body, { newId: dataIdMaker(now) });
  if ("errors" in read) throw invalidBody(read.errors);
  const missing = deduplicatorOf(known).by.identity === "device" ? missingForHash(read.data) : [];
  if (missing.length > 0) throw new InvalidInput(missing);
  return read;
}

function deduplicatorOf({ deduplicator }: KnownSet) {
  const [name = "", version = ""] = deduplicator.split(" ");
  return { by: deduplicatorNamed(name) ?? NONE, version };
}

async function hashesOf(data: readonly IngestedDatum[], setId: string, known: KnownSet) {
  const { by, version } = deduplicatorOf(known);
  if (by.identity === undefined) return undefined;
  return identityHashes(data, {
    ownerId: known.ownerId,
    ...(by.identity === "dataSet" && { dataSetId: setId }),
    hasPrimeTarget: hasPrimeTarget(by, version),
  });
}

const alreadyThere = (data: readonly Sent[], { ids }: TakenIds) =>
  new InvalidInput(
    data.filter(({ id }) => ids.has(id)).map(({ pointer = "", type }) => errorAt(`${pointer}/id`, DUPLICATE, { type })),
  );

function readSelection(text: string): Selection {
  const read = readSelectors(parsedJson(text));
  if ("errors" in read) throw invalidBody(read.errors);
  const { kind, values } = read.selectors;
  return {
    ids: kind === "id" ? values : [],
    hashes: kind === "hash" ? values.filter(isHash).map(hashNumber) : [],
    origins: kind === "originId" ? values : [],
  };
}

/** SHA-256 in base64; nothing else is the hash of a datum. */
const isHash = (text: string) => /^[A-Za-z0-9+/]{43}=$/.test(text);
