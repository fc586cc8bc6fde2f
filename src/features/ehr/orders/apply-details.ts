import { EMAIL_IS_TAKEN } from "../../../platform/accounts/directory.ts";
import { Refusal, isRefusal } from "../../../platform/core/errors.ts";
import { StaleRead } from "../../../platform/core/stale.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { refuseUnlessFound, type Step } from "../../../platform/db/guard.ts";
import type { JobContext } from "../../../platform/outbox/job-context.ts";
import { findWholeClinic } from "../../clinics/model/store.ts";
import { MERGE_IN_PROGRESS } from "../../merges/model/merge-guards.ts";
import { type FoundPatient } from "../../patients/model/read.ts";
import { isInCustody } from "../../patients/model/record.ts";
import { patientAsRead } from "../../patients/model/store.ts";
import { updatePatient } from "../../patients/update-patient.ts";
import { createTag } from "../../tags/create-tag.ts";
import { tagNameKey } from "../../tags/model/rules.ts";
import { TagName } from "../../tags/model/schema.ts";
import type { Matched } from "../match/match.ts";
import { emailFor, tagNamesOf } from "../redox/order.ts";

interface WithContext extends Matched {
  readonly ctx: JobContext;
}

/** The record was changed since the order was matched to it. */
class MatchChanged extends Error {
  static override readonly name: string = "MatchChanged";
}

/** Whether a later attempt may not be refused: all other refusals would be the same again. */
export const isPassing = (error: Refusal): boolean => error.kind === "unavailable" || error.code === MERGE_IN_PROGRESS;

/**
 * The ids of the tags an order names; those the clinic lacks are made. Names that can't be tags, and those for which the
 * clinic has no room, are left out. Undefined where the order says nothing about tags.
 */
export async function tagIdsOf({ ctx, clinic, order, settings }: WithContext): Promise<string[] | undefined> {
  const names = tagNamesOf(order, settings.tags);
  if (names === undefined) return undefined;
  const ids: string[] = [];
  let known = clinic.tags;
  for (const name of names) {
    // The same name but for case and spaces is the same tag.
    const findIn = (tags: typeof known) =>
      tags.find((tag) => tag.name === name) ?? tags.find((tag) => tagNameKey(tag.name) === tagNameKey(name));
    let id = findIn(known)?.id;
    if (id === undefined && TagName.safeParse(name).success) {
      id = await createTag(ctx, clinic.clinic.id, TagName.parse(name)).then(
        (tag) => tag.id,
        async (error: unknown) => {
          if (!(error instanceof Refusal) || isPassing(error)) throw error;
          // Somebody made it meanwhile, or the clinic is full.
          known = (await ctx.read({ clinic: findWholeClinic(clinic.clinic.id) })).clinic?.tags ?? [];
          return findIn(known)?.id;
        },
      );
    }
    if (id !== undefined && !ids.includes(id)) ids.push(id);
  }
  return ids;
}

/**
 * Gives a matched patient the tags an order names, and a custodial one without e-mail address the order's, in one batch
 * with the steps given: guards before all others, and what goes alongside. False where there was nothing to give and
 * nothing was written. An address that another account has, and details a record can't take, are left out: they do not fail
 * the order. StaleRead when the record was changed since it was matched: it may be somebody else's.
 */
export async function appliesDetails(
  it: WithContext,
  { row }: FoundPatient,
  guards: readonly Step[],
  alongside: readonly Step[],
): Promise<boolean> {
  const { ctx, order } = it;
  const tags = await tagIdsOf(it);
  const given = isInCustody(row) && row.email === null ? emailFor(order, ctx.now) : undefined;
  const email = given !== undefined && "email" in given ? given.email : undefined;
  if (tags === undefined && email === undefined) return false;
  const clinicId = it.clinic.clinic.id;
  const update = async (address: string | undefined) => {
    await updatePatient(ctx, clinicId, row.userId, {
      fullName: row.fullName ?? "",
      birthDate: row.birthDate ?? "",
      mrn: row.mrn ?? undefined,
      targetDevices: parsedJson<string[]>(row.targetDevices),
      email: address ?? row.email ?? undefined,
      tags,
    });
    return true;
  };
  const asMatched = patientAsRead(clinicId, row.userId, row.version);
  ctx.before = [...guards, refuseUnlessFound(asMatched, () => new MatchChanged())];
  ctx.alongside = () => alongside;
  try {
    return await update(email).catch((error: unknown) => {
      if (email === undefined || !isRefusal(error, EMAIL_IS_TAKEN)) throw error;
      return tags !== undefined && update(undefined);
    });
  } catch (error) {
    if (error instanceof MatchChanged) throw new StaleRead();
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    return false;
  } finally {
    ctx.before = [];
    ctx.alongside = undefined;
  }
}
