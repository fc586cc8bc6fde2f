import { isInCustody, newestReviews, PERMISSION_BITS, type Review } from "../patients/model/record.ts";
import type { Forgotten } from "../../platform/accounts/directory.ts";
import type { PatientRow } from "../tables/patients.ts";
import type { NotRestored, UndoBlock, UnmergePlan } from "./schema.ts";
import type { UndoFacts } from "./undo-read.ts";
import type { Subscriptions } from "./rules.ts";
import { TAKEABLE, type Written } from "../patients/model/merged-fields.ts";

/** The source's record as it returns: what of it the merge or others since may have changed. */
export type Returned = Written & Pick<PatientRow, "permissions">;

export interface UndoPlan {
  readonly document: UnmergePlan;
  readonly target: Written;
  readonly source: Returned;
  /** The orders of an EHR since the merge that are about the source. */
  readonly movedMessages: readonly string[];
  readonly isAddressGivenBack: boolean;
  /** What the source's account, which has none, gets back. */
  readonly sourceAddress: string | null;
  /** What the merge had told the target's account, and the target has no value for. */
  readonly forgotten: readonly Forgotten[];
  readonly takesSummaryFromElsewhere: boolean;
  readonly takesSourcesFromElsewhere: boolean;
}

const TOLD = [
  ["fullName", "fullName"],
  ["birthDate", "birthday"],
  ["mrn", "mrn"],
  ["targetDevices", "targetDevices"],
  ["diagnosisType", "diagnosisType"],
] as const satisfies readonly (readonly [keyof Written, Forgotten])[];

const listOf = (text: string): string[] => JSON.parse(text) as string[];
const idOf = ({ clinicianId, time }: Review): string => `${time} ${clinicianId}`;

/** What of the reviews before the merge returns beside those made since; one that was taken back stays so. */
function reviewsAfterUndo(before: Review[], after: Review[], now: Review[]): Review[] {
  const [inAfter, inNow] = [new Set(after.map(idOf)), new Set(now.map(idOf))];
  const since = now.filter((it) => !inAfter.has(idOf(it)));
  const isPushedOut = (it: Review) =>
    !inAfter.has(idOf(it)) ||
    (since.length > 0 && now.length >= 2 && now.every(({ time }) => Date.parse(time) >= Date.parse(it.time)));
  return newestReviews(
    since,
    before.filter((it) => inNow.has(idOf(it)) || isPushedOut(it)),
  );
}

const inactive = (text: string | null, at: number): string | null =>
  text === null
    ? null
    : JSON.stringify(
        Object.fromEntries(
          Object.entries(JSON.parse(text) as Subscriptions).map(([name, it]) => [
            name,
            { ...it, active: false, updatedAt: at },
          ]),
        ),
      );

interface Matched {
  readonly active?: boolean;
  readonly matchedMessages?: readonly { readonly id: string }[];
}
const subscriptionsOf = (text: string | null) => JSON.parse(text ?? "{}") as Record<string, Matched | undefined>;
const messagesOf = (it: Matched | undefined) => it?.matchedMessages ?? [];

/**
 * Whose orders of an EHR are whose after an undo. What was ordered since is about whom has the MRN: it goes back with that to the
 * source, stays where the MRN stays, and ends with one that neither of the two has (`undo-orders`). An order that came by the
 * former MRN is about the other of the two.
 */
function ordersAfterUndo(
  { before, after, survivor, archived, numbers }: UndoFacts,
  mrn: { readonly undoneMrnKey: string | null; readonly isMrnTaken: boolean },
  at: number,
): { target: string | null; source: string | null; isChanged: boolean; moved: string[] } {
  const now = survivor!.row;
  const source = mrn.isMrnTaken ? inactive(archived!.ehrSubscriptions, at) : archived!.ehrSubscriptions;
  const nothing = { source, isChanged: false, moved: [] };
  if (now.ehrSubscriptions === after!.ehrSubscriptions) return { ...nothing, target: before!.ehrSubscriptions };
  const stays = now.mrnKey === mrn.undoneMrnKey;
  if (!stays && (mrn.isMrnTaken || now.mrnKey !== archived!.mrnKey)) {
    return { ...nothing, target: inactive(now.ehrSubscriptions, at), isChanged: true };
  }
  const otherMrn = stays ? archived!.mrnKey : mrn.undoneMrnKey;
  const isOthers = ({ id }: { readonly id: string }) =>
    otherMrn !== null && numbers[id]?.includes(otherMrn) === true && !numbers[id].includes(now.mrnKey ?? "");
  const [was, merged, is] = [before, after, now].map((it) => subscriptionsOf(it!.ehrSubscriptions));
  const ofTarget = stays ? { ...is } : { ...was };
  const ofSource = subscriptionsOf(source);
  const [own, others] = stays ? [ofTarget, ofSource] : [ofSource, ofTarget];
  const moved: string[] = [];
  for (const [name, it] of Object.entries(is!)) {
    if (JSON.stringify(it) === JSON.stringify(merged![name])) continue;
    const known = new Set(messagesOf(merged![name]).map(({ id }) => id));
    const since = messagesOf(it).filter(({ id }) => !known.has(id));
    const theirs = since.filter(isOthers);
    const kept = messagesOf(it).filter((message) => !theirs.includes(message));
    // Of orders about both it is known what the last one was for.
    const isTheirs = theirs.includes(since.at(-1)!);
    const part = (isLast: boolean, matchedMessages: Matched["matchedMessages"]) =>
      ({ ...it, active: it!.active === true && isLast, matchedMessages }) satisfies Matched;
    if (theirs.length === 0) own[name] = it;
    else if (mrn.isMrnTaken) own[name] = part(!isTheirs, messagesOf(it));
    else {
      others[name] = part(isTheirs, [...messagesOf(others[name]), ...theirs]);
      if (theirs.length < since.length) own[name] = part(!isTheirs, kept);
      else if (stays) own[name] = was![name];
    }
    if (!mrn.isMrnTaken) moved.push(...(stays ? theirs : kept).map(({ id }) => id));
  }
  const text = (all: object) => (JSON.stringify(all) === "{}" ? null : JSON.stringify(all));
  return { target: text(ofTarget), source: text(ofSource), isChanged: true, moved };
}

/** Compares every field three ways: before the merge, as merged, now. What was changed since stays, and is named. */
export function planUndo(facts: UndoFacts, at: number): UndoPlan | undefined {
  const { before, after, survivor, archived } = facts;
  if (!before || !after || !survivor || !archived) return undefined;
  const now = survivor.row;
  const restores: UnmergePlan["restores"] = [];
  const notRestored: NotRestored[] = [];
  const target: Record<string, unknown> = {};
  const keep = (field: string, reason: NotRestored["reason"], record: NotRestored["record"] = "target") =>
    notRestored.push({ record, field, reason });
  for (const field of TAKEABLE) {
    target[field] = now[field];
    if (now[field] !== after[field]) keep(field, "changed");
    else if (before[field] !== after[field]) {
      if (field === "email" && !facts.isTargetKept) keep(field, "changed");
      else if (field === "email" && facts.isTargetAddressTaken && before.email !== null) {
        target.email = null;
        keep(field, "taken");
      } else if (
        field === "mrn" &&
        facts.mrnUnique === 1 &&
        facts.thirdWithTargetMrn > 0 &&
        !before.clashes.includes("target")
      ) {
        target.mrn = null;
        keep(field, "taken");
      } else {
        target[field] = before[field];
        restores.push({ record: "target", field });
      }
    }
  }
  for (const list of ["tags", "sites"] as const) {
    if (now[list] === after[list]) {
      target[list] = before[list];
      if (before[list] !== after[list]) restores.push({ record: "target", field: list });
    } else {
      const own = new Set(listOf(before[list]));
      const added = new Set(listOf(after[list]).filter((id) => !own.has(id)));
      target[list] = JSON.stringify(listOf(now[list]).filter((id) => !added.has(id)));
      keep(list, "changed");
    }
  }
  const [was, merged, is] = [before, after, now].map(({ reviews }) => JSON.parse(reviews) as Review[]);
  const reviews = now.reviews === after.reviews ? was! : reviewsAfterUndo(was!, merged!, is!);
  target.reviews = JSON.stringify(reviews);
  target.lastReviewedAt = reviews[0] ? Date.parse(reviews[0].time) : null;
  if (target.reviews !== before.reviews) keep("reviews", "changed");
  else if (before.reviews !== after.reviews) restores.push({ record: "target", field: "reviews" });
  for (const column of ["isMigrated", "legacyClinicianIds", "invitedBy"] as const) {
    target[column] = now[column] === after[column] ? before[column] : now[column];
  }
  target.mrnUnique =
    now.mrn !== after.mrn || target.mrn !== before.mrn
      ? now.mrnUnique
      : facts.thirdWithTargetMrn > 1
        ? 0
        : Math.min(before.mrnUnique, facts.mrnUnique);
  const undone = target as unknown as Written;

  const undoneMrnKey = undone.mrn === now.mrn ? now.mrnKey : undone.mrn === null ? null : before.mrnKey;
  const holder =
    archived.mrnKey === null
      ? 0
      : Math.max(facts.thirdWithSourceMrn, undoneMrnKey === archived.mrnKey ? 1 + undone.mrnUnique : 0);
  const isMrnTaken = facts.mrnUnique === 1 && holder > 0 && !before.clashes.includes("source");
  const isOwned = !facts.isSourceCustodial;
  // An account that has an address keeps it: it was never parked, or has been offered to somebody since.
  const isAddressGone = facts.sourceAddress === null && before.address !== null && !isOwned;
  const isAddressLost = isAddressGone && (facts.isSourceAddressTaken || undone.email === before.address);
  const orders = ordersAfterUndo(facts, { undoneMrnKey, isMrnTaken }, at);
  target.ehrSubscriptions = orders.target;
  if (orders.isChanged) keep("ehrSubscriptions", "changed", orders.moved.length > 0 ? "source" : "target");
  if (orders.target === before.ehrSubscriptions && before.ehrSubscriptions !== after.ehrSubscriptions)
    restores.push({ record: "target", field: "ehrSubscriptions" });
  if (isMrnTaken) keep("mrn", "taken", "source");
  for (const list of ["tags", "sites"] as const) {
    if (listOf(archived[list]).some((id) => !facts.existing.has(id))) keep(list, "gone", "source");
  }
  if (isAddressLost) keep("email", "taken", "source");
  const losesCustody = isOwned && isInCustody(archived);
  if (losesCustody) keep("permissions", "changed", "source");
  if (facts.isKnownElsewhere) keep("summary", "known-elsewhere", "source");
  else if (facts.isSummaryGone) keep("summary", "gone", "source");
  if (facts.hasOtherSources) keep("dataSources", "known-elsewhere", "source");
  restores.push({ record: "source", field: "record" });
  const still = (list: "tags" | "sites") => {
    const ids = listOf(archived[list]);
    const left = ids.filter((id) => facts.existing.has(id));
    return left.length === ids.length ? archived[list] : JSON.stringify(left);
  };
  return {
    document: { allowed: facts.blocks.length === 0, errors: [...facts.blocks], restores, notRestored },
    target: undone,
    source: {
      ...archived,
      mrn: isMrnTaken ? null : archived.mrn,
      mrnUnique: holder > 1 ? 0 : Math.min(archived.mrnUnique, facts.mrnUnique),
      email:
        facts.sourceAddress !== null && facts.sourceAddress !== before.address
          ? facts.sourceAddress
          : isAddressLost && archived.email === before.address
            ? null
            : archived.email,
      tags: still("tags"),
      sites: still("sites"),
      ehrSubscriptions: orders.source,
      permissions: losesCustody ? archived.permissions! & ~PERMISSION_BITS.custodian : archived.permissions,
    },
    movedMessages: orders.moved,
    isAddressGivenBack: undone.email !== now.email,
    sourceAddress: isAddressGone && !isAddressLost ? before.address : null,
    forgotten: TOLD.filter(([column]) => undone[column] === null && now[column] !== null).map(([, name]) => name),
    takesSummaryFromElsewhere: facts.isKnownElsewhere,
    takesSourcesFromElsewhere: facts.hasOtherSources,
  };
}

/** A plan of what can't be undone. */
export const impossibleUndo = (errors: readonly UndoBlock[]): UnmergePlan => ({
  allowed: false,
  errors: [...errors],
  restores: [],
  notRestored: [],
});
