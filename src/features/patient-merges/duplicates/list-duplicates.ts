import type { Ctx } from "../../../platform/context/context.ts";
import { badRequest } from "../../../platform/core/errors.ts";
import { findMarks } from "../marks-store.ts";
import { likenessOf, type Likeness } from "../rules.ts";
import { findCandidates } from "./candidates-store.ts";
import {
  type Group,
  LIKELY_ENOUGH,
  type Pair,
  PAIRED_AT_MOST,
  pairOf,
  pairsOf,
  phasesFor,
  SHARED_IN,
} from "./pairs.ts";
import { findGroups, findMembers } from "./scan-store.ts";
import { type DuplicatePatients, toAlikePair, toCrowd } from "./schema.ts";

export interface Asked {
  readonly likeness?: readonly Likeness[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly marked: boolean;
}

/** How many phases one page looks through, from where it begins: each may read all of the clinic. */
const SCANS_MAX = 2;
const CROWD_SHOWN = 3;
/** A phase and a record's key; of marked pairs, which have phase 0, both keys. */
const CURSOR = /^(\d)\.(\d{1,15})(?:\.(\d{1,15}))?$/;
const MARKED_PHASE = 0;

/**
 * A page of the pairs of a clinic's records that may be one person, in two round trips. Whole groups of equal keys: all
 * pages together have each pair once.
 */
export async function listDuplicates(ctx: Ctx, clinicId: string, asked: Asked): Promise<DuplicatePatients> {
  const page = await (asked.marked ? markedPage : alikePage)(ctx, clinicId, asked);
  ctx.auditRead(clinicId, [
    ...new Set([
      ...page.data.flatMap(({ patients }) => patients.map(({ id }) => id)),
      ...page.crowds.flatMap((it) => it.ids),
    ]),
  ]);
  return page;
}

/** Where a page begins; a refusal that is told to those alone who may ask. */
async function placeOf(ctx: Ctx, cursor: string, isPhase: (phase: number) => boolean): Promise<number[]> {
  const [phase, ...keys] = (CURSOR.exec(cursor)?.slice(1) ?? []).flatMap((it) =>
    it === undefined ? [] : [Number(it)],
  );
  if (phase !== undefined && isPhase(phase) && keys.length === (phase === MARKED_PHASE ? 2 : 1))
    return [phase, ...keys];
  await ctx.read({});
  throw invalidCursor();
}
const invalidCursor = () => badRequest("invalid cursor");

async function alikePage(ctx: Ctx, clinicId: string, it: Asked): Promise<DuplicatePatients> {
  const asked = new Set(it.likeness ?? LIKELY_ENOUGH);
  const all = phasesFor(asked);
  const [first, after] = it.cursor
    ? await placeOf(ctx, it.cursor, (phase) => all.some((one) => one === phase))
    : [all[0], 0];
  const ahead = all.filter((phase) => phase >= first!);
  const phases = ahead.slice(0, SCANS_MAX);
  const { groups } = await ctx.read({ groups: findGroups(phases, clinicId, after, it.limit) });
  if (!groups) throw invalidCursor();
  const shown = asManyAs(groups, it.limit);
  const isCut = shown.length < groups.length || groups.length === it.limit;
  const last = shown.at(-1);
  const next = isCut && last ? `${last.phase}.${last.key}` : ahead[SCANS_MAX] && `${ahead[SCANS_MAX]}.0`;
  if (!last) return { data: [], crowds: [], meta: { next } };
  const isCrowd = ({ patients }: Group) => patients > PAIRED_AT_MOST;
  const found = await ctx.read(
    Object.fromEntries(
      phases.flatMap((phase) => {
        const own = shown.filter((group) => group.phase === phase);
        return [
          [
            `pairs${phase}`,
            findMembers(
              phase,
              clinicId,
              own.filter((group) => !isCrowd(group)),
              PAIRED_AT_MOST,
            ),
          ],
          [`crowds${phase}`, findMembers(phase, clinicId, own.filter(isCrowd), CROWD_SHOWN)],
        ];
      }),
    ),
  );
  const members = (group: Group) =>
    found[`${isCrowd(group) ? "crowds" : "pairs"}${group.phase}`]!.filter((one) => one.group === group.key);
  return {
    data: shown
      .filter((group) => !isCrowd(group))
      .flatMap((group) => pairsOf(group.phase, members(group), asked))
      .map(toAlikePair),
    crowds: shown.filter(isCrowd).map((group) => toCrowd(SHARED_IN[group.phase], group.patients, members(group))),
    meta: { next },
  };
}

/** The first groups, until they can have `limit` pairs: how many they have is known once their records are read. */
function asManyAs(groups: readonly Group[], limit: number): readonly Group[] {
  let pairs = 0;
  const end = groups.findIndex(({ patients }) => {
    pairs += patients > PAIRED_AT_MOST ? 0 : (patients * (patients - 1)) / 2;
    return pairs >= limit;
  });
  return end < 0 ? groups : groups.slice(0, end + 1);
}

/** A page of the pairs that somebody has marked, whether the mark still keeps them off the list or not. */
async function markedPage(ctx: Ctx, clinicId: string, { likeness, limit, cursor }: Asked): Promise<DuplicatePatients> {
  const [, lower, higher] = cursor ? await placeOf(ctx, cursor, (phase) => phase === MARKED_PHASE) : [0, 0, 0];
  const { marks } = await ctx.read({ marks: findMarks(clinicId, [lower!, higher!], limit) });
  const last = marks.length === limit ? marks.at(-1) : undefined;
  const next = last && `${MARKED_PHASE}.${last.lowerKey}.${last.higherKey}`;
  if (marks.length === 0) return { data: [], crowds: [], meta: {} };
  const keys = [...new Set(marks.flatMap((it) => [it.lowerKey, it.higherKey]))];
  const { candidates } = await ctx.read({ candidates: findCandidates(clinicId, keys) });
  const byKey = new Map(candidates.map((it) => [it.key, it]));
  const pairs = marks.flatMap((mark): Pair[] => {
    const [a, b] = [byKey.get(mark.lowerKey), byKey.get(mark.higherKey)];
    return a && b ? [pairOf(a, b, mark)] : [];
  });
  const isAsked = ({ shared }: Pair) => !likeness || likeness.includes(likenessOf(shared));
  return { data: pairs.filter(isAsked).map(toAlikePair), crowds: [], meta: { next } };
}
