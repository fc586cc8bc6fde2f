import { z } from "@hono/zod-openapi";
import { BooleanParameter, commaSeparated, DateTime, Paging, toDateTime, UserId } from "../../../platform/core/wire.ts";
import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import { isInCustody } from "../../patients/model/record.ts";
import { PatientParams } from "../../patients/model/schema.ts";
import { likenessOf, TRAITS, type Trait } from "../rules.ts";
import type { Candidate } from "./candidates-store.ts";
import { LIKENESSES, type Pair, traitsIn } from "./pairs.ts";
import { blockedBy, lastDataAt, suggest, WHYS } from "./suggestion.ts";

const PAIRS_DEFAULT = 50;
const PAIRS_MAX = 200;
const CURSOR_LENGTH_MAX = 40;
type Asked = (typeof LIKENESSES)[number];

const Likenesses = commaSeparated(LIKENESSES.length)
  .refine((items): items is Asked[] => items.every((it) => (LIKENESSES as readonly string[]).includes(it)), {
    error: `${LIKENESSES.join(", ")}, separated by commas, are expected`,
  })
  .optional()
  .openapi({
    type: "array",
    items: { type: "string", enum: [...LIKENESSES] },
    minItems: 1,
    maxItems: LIKENESSES.length,
    param: { style: "form", explode: false },
  });

export const DuplicatesQuery = z.object({
  likeness: Likenesses,
  limit: Paging.limit.openapi({
    default: PAIRS_DEFAULT,
    description: `About how many pairs to return. Values above ${PAIRS_MAX} count as ${PAIRS_MAX}.`,
  }),
  // Its form is decided by the verb, which has one answer to all that is no cursor.
  cursor: z.string().min(1).max(CURSOR_LENGTH_MAX).optional(),
  marked: BooleanParameter.optional().openapi({ type: "boolean", default: false }),
});
/** What is asked, with the defaults. */
export const askedOf = ({ limit = PAIRS_DEFAULT, marked = false, ...rest }: z.output<typeof DuplicatesQuery>) => ({
  ...rest,
  limit: Math.min(limit, PAIRS_MAX),
  marked,
});

export const PairParams = PatientParams.extend({ otherPatientId: UserId });

const Shared = z.array(z.enum(TRAITS));
const Alike = z
  .object({
    id: UserId,
    fullName: z.string(),
    birthDate: z.string(),
    mrn: z.string().optional(),
    email: z.string().optional(),
    custodial: z.boolean(),
    createdTime: DateTime,
    lastData: DateTime.optional(),
  })
  .openapi("alikePatient.v1");
const AlikePair = z
  .object({
    likeness: z.enum([...LIKENESSES, "none"]),
    shared: Shared,
    patients: z.array(Alike).length(2),
    suggested: z.object({ targetId: UserId, sourceId: UserId, why: z.enum(WHYS) }),
    blocked: z.array(z.enum(["demo-patient", "both-claimed"])),
    marked: z.object({ by: z.string(), time: DateTime, shared: Shared }).optional(),
  })
  .openapi("alikePatients.v1");
const Crowd = z.object({ shared: Shared, patients: z.int(), ids: z.array(UserId) }).openapi("alikeCrowd.v1");
export const DuplicatePatients = z
  .object({ data: z.array(AlikePair), crowds: z.array(Crowd), meta: z.object({ next: z.string().optional() }) })
  .openapi("duplicatePatients.v1");
export type DuplicatePatients = z.output<typeof DuplicatePatients>;

function toAlike(it: Candidate): z.output<typeof Alike> {
  const at = lastDataAt(it);
  return {
    id: it.userId,
    fullName: it.fullName ?? "",
    birthDate: it.birthDate ?? UNKNOWN_DATE,
    mrn: it.mrn ?? undefined,
    email: it.email ?? undefined,
    custodial: isInCustody(it),
    createdTime: toDateTime(it.createdAt),
    lastData: at > 0 ? toDateTime(at) : undefined,
  };
}

export function toAlikePair({ patients: [a, b], shared, mark }: Pair): z.output<typeof AlikePair> {
  const { target, source, why } = suggest(a, b);
  return {
    likeness: likenessOf(shared),
    shared: [...shared],
    patients: [toAlike(a), toAlike(b)],
    suggested: { targetId: target.userId, sourceId: source.userId, why },
    blocked: blockedBy(a, b),
    marked: mark && { by: mark.markedBy, time: toDateTime(mark.markedAt), shared: traitsIn(mark.shared) },
  };
}
export const toCrowd = (shared: readonly Trait[], patients: number, some: readonly Candidate[]) => ({
  shared: [...shared],
  patients,
  ids: some.map(({ userId }) => userId),
});
