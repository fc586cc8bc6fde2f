import type { Ctx } from "../../../platform/context/context.ts";
import { EMAIL_IS_TAKEN } from "../../../platform/accounts/directory.ts";
import { Refusal, isRefusal } from "../../../platform/core/errors.ts";
import { parsedJson } from "../../../platform/core/wire.ts";
import { findWholeClinic } from "../../clinics/model/store.ts";
import { MERGE_IN_PROGRESS } from "../../merges/model/merge-guards.ts";
import { type FoundPatient } from "../../patients/model/read.ts";
import { isInCustody } from "../../patients/model/record.ts";
import { updatePatient } from "../../patients/update-patient.ts";
import { createTag } from "../../tags/create-tag.ts";
import { tagNameKey } from "../../tags/model/rules.ts";
import { TagName } from "../../tags/model/schema.ts";
import type { Matched } from "../match/match.ts";
import { emailFor, tagNamesOf } from "../redox/order.ts";

interface WithContext extends Matched {
  readonly ctx: Ctx;
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
 * Gives a matched patient the tags an order names, and a custodial one without e-mail address the order's. An address
 * that another account has, and details a record can't take, are left out: they do not fail the order.
 */
export async function applyTagsAndAddress(it: WithContext, { row }: FoundPatient): Promise<void> {
  const { ctx, order } = it;
  const tags = await tagIdsOf(it);
  const given = isInCustody(row) && row.email === null ? emailFor(order, ctx.now) : undefined;
  const email = given !== undefined && "email" in given ? given.email : undefined;
  if (tags === undefined && email === undefined) return;
  const update = (address: string | undefined) =>
    updatePatient(ctx, it.clinic.clinic.id, row.userId, {
      fullName: row.fullName ?? "",
      birthDate: row.birthDate ?? "",
      mrn: row.mrn ?? undefined,
      targetDevices: parsedJson<string[]>(row.targetDevices),
      email: address ?? row.email ?? undefined,
      tags,
    });
  try {
    await update(email).catch((error: unknown) => {
      if (email === undefined || !isRefusal(error, EMAIL_IS_TAKEN)) throw error;
      return tags === undefined ? undefined : update(undefined);
    });
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
  }
}
