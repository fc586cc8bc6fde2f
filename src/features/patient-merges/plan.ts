import { derivedColumns, newestReviews, type Review } from "../patients/model/record.ts";
import { TAKEABLE, type Takeable, WRITTEN, type Written } from "../patients/model/merged-fields.ts";
import type { PatientRow } from "../tables/patients.ts";
import { sha256 } from "../../platform/core/ids.ts";
import { parsedJson, toDateTime } from "../../platform/core/wire.ts";
import { PARKED_MS } from "../accounts/rules.ts";
import type { Facts } from "./facts-read.ts";
import {
  ACCEPTABLE,
  type Acceptable,
  type EhrPlan,
  FINAL,
  isBlank,
  type Likeness,
  likenessOf,
  planSubscriptions,
  type Reason,
  type Side,
  sharedTraits,
  type Subscriptions,
  type Trait,
  union,
} from "./rules.ts";

/** After how long what an undo needs is erased and the old account closed. */
export const ERASED_AFTER_MS = PARKED_MS;

export interface PlanError {
  readonly reason: Reason;
  readonly message: string;
  readonly count: number;
  readonly acceptable: boolean;
  readonly swap?: boolean;
  readonly ids?: readonly string[];
}

export interface FieldPlan {
  readonly field: Takeable;
  readonly target?: unknown;
  readonly source?: unknown;
  readonly result?: unknown;
  readonly from: Side | "both";
  readonly becomesFormer?: string;
}

/** What a merge would do, as it is shown and kept (`patientMergePlan.v1`). */
export interface PlanDocument {
  readonly plan: string;
  readonly targetId: string;
  readonly sourceId: string;
  readonly likeness: Likeness;
  readonly shared: readonly Trait[];
  readonly allowed: boolean;
  readonly errors: readonly PlanError[];
  readonly fields: readonly FieldPlan[];
  readonly tags: { readonly result: readonly string[]; readonly added: readonly string[] };
  readonly sites: { readonly result: readonly string[]; readonly added: readonly string[] };
  readonly reviews: readonly Review[];
  readonly account: {
    readonly custodial: boolean;
    readonly source: "parked" | "elsewhere";
    readonly closesTime?: string;
  };
  readonly ehr: readonly EhrPlan[];
  readonly leftBehind: Facts["leftBehind"];
  readonly mails: readonly "account_claim"[];
}

export interface Asked {
  readonly take: readonly Takeable[];
  readonly accept: readonly Acceptable[];
}

export const writtenOf = (row: PatientRow): Written =>
  Object.fromEntries(WRITTEN.map((column) => [column, row[column]])) as unknown as Written;

export interface Plan {
  readonly document: PlanDocument;
  readonly after: Written;
  readonly isParked: boolean;
  readonly hasNewAddress: boolean;
  readonly isToldOtherwise: boolean;
  /** MRNs by which the survivor is found from now on, besides its own. */
  readonly former: readonly { readonly mrn: string; readonly key: string }[];
}

const isJson = (field: Takeable) => field === "targetDevices" || field === "glycemicRanges";
const shown = (field: Takeable, value: string | null): unknown =>
  isBlank(value) ? undefined : isJson(field) ? JSON.parse(value!) : value;
const listOf = (text: string | null): string[] => parsedJson<string[]>(text) ?? [];
const subscriptionsOf = (row: PatientRow): Subscriptions => parsedJson<Subscriptions>(row.ehrSubscriptions) ?? {};

/** What the account of a custodial patient repeats of the record. */
const TOLD = ["fullName", "birthDate", "email", "mrn", "targetDevices", "diagnosisType"] as const;

/** Plans a merge of two records as they were read; the rules of every column and every refusal. */
export async function planMerge(facts: Facts, asked: Asked, callerId: string, now: number): Promise<Plan> {
  const { target, source } = facts;
  const isElsewhere = facts.elsewhere > 0;
  const fromSource = (field: Takeable): boolean => {
    if (isBlank(source[field])) return false;
    if (field === "email" && (!facts.isTargetKept || !facts.isSourceKept || isElsewhere || facts.isAddressTaken))
      return false;
    return asked.take.includes(field) || isBlank(target[field]);
  };
  const taken = new Set(TAKEABLE.filter(fromSource));
  const values = Object.fromEntries(
    TAKEABLE.map((field) => [field, (taken.has(field) ? source : target)[field]]),
  ) as Pick<PatientRow, Takeable>;
  const { mrnKey } = derivedColumns(values);
  const former = [target, source].flatMap(({ mrn, mrnKey: key }) =>
    mrn !== null && key !== null && key !== mrnKey ? [{ mrn, key }] : [],
  );
  const fields = TAKEABLE.flatMap((field): FieldPlan[] => {
    const [own, other] = [target[field], source[field]];
    if (isBlank(own) && isBlank(other)) return [];
    const from =
      own === other ? "both" : taken.has(field) || (isBlank(own) && !isBlank(values[field])) ? "source" : "target";
    const lost = field === "mrn" ? former[0]?.mrn : undefined;
    return [
      {
        field,
        target: shown(field, own),
        source: shown(field, other),
        result: shown(field, values[field]),
        from,
        ...(lost !== undefined && { becomesFormer: lost }),
      },
    ];
  });
  const ofMrn =
    target.mrnKey !== null && target.mrnKey === source.mrnKey ? "both" : taken.has("mrn") ? "source" : "target";
  const ehr = planSubscriptions(subscriptionsOf(target), subscriptionsOf(source), ofMrn);
  const joined = (list: "tags" | "sites") => {
    const own = listOf(target[list]);
    const result = union(own, listOf(source[list]));
    return { result, added: result.slice(new Set(own).size) };
  };
  const [tags, sites] = [joined("tags"), joined("sites")];
  const reviews = newestReviews(JSON.parse(target.reviews) as Review[], JSON.parse(source.reviews) as Review[]);
  const hasNewAddress = facts.isTargetKept && values.email !== target.email;
  const shared = sharedTraits(target, source);
  const likeness = likenessOf(shared);
  const ends = ehr.plan.reduce((n, it) => n + it.ends.length, 0);
  const allErrors = errorsOf(facts, asked, taken, likeness, ends);
  const errors = allErrors.filter(({ reason }) => !asked.accept.includes(reason as Acceptable));
  const account = { custodial: facts.isTargetKept, source: isElsewhere ? ("elsewhere" as const) : ("parked" as const) };
  const decidedBy = {
    account,
    ehr: ehr.plan,
    fields,
    reasons: allErrors.map(({ reason }) => reason),
    sites,
    tags,
    take: TAKEABLE.filter((field) => asked.take.includes(field)),
  };
  const legacy = union(listOf(target.legacyClinicianIds), listOf(source.legacyClinicianIds));
  return {
    document: {
      plan: await sha256(canonical(decidedBy)),
      targetId: target.userId,
      sourceId: source.userId,
      likeness,
      shared,
      allowed: errors.length === 0,
      errors,
      fields,
      tags,
      sites,
      reviews,
      account: { ...account, ...(!isElsewhere && { closesTime: toDateTime(now + ERASED_AFTER_MS) }) },
      ehr: ehr.plan,
      leftBehind: {
        ...facts.leftBehind,
        jobs: facts.leftBehind.jobs + (mrnKey === target.mrnKey ? 0 : facts.targetJobs),
      },
      mails: hasNewAddress && values.email !== null ? ["account_claim"] : [],
    },
    after: {
      ...values,
      mrnUnique: taken.has("mrn") ? facts.mrnUnique : target.mrnUnique,
      tags: tags.added.length > 0 ? JSON.stringify(tags.result) : target.tags,
      sites: sites.added.length > 0 ? JSON.stringify(sites.result) : target.sites,
      reviews: JSON.stringify(reviews),
      lastReviewedAt: reviews[0] ? Date.parse(reviews[0].time) : null,
      ehrSubscriptions:
        canonical(ehr.result) === canonical(subscriptionsOf(target))
          ? target.ehrSubscriptions
          : Object.keys(ehr.result).length > 0
            ? JSON.stringify(ehr.result)
            : null,
      isMigrated: target.isMigrated || source.isMigrated,
      legacyClinicianIds: legacy.length > 0 ? JSON.stringify(legacy) : target.legacyClinicianIds,
      invitedBy: hasNewAddress ? callerId : target.invitedBy,
    },
    isParked: !isElsewhere,
    hasNewAddress,
    isToldOtherwise: facts.isTargetKept && TOLD.some((field) => values[field] !== target[field]),
    former,
  };
}

/** JSON with the members of objects by name, so that equal values have one text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, it: unknown) =>
    it && typeof it === "object" && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );

const MESSAGES: Readonly<Record<Reason, string>> = {
  "demo-patient": "the demo patient can't be merged",
  "both-claimed": "both accounts belong to their owners",
  "source-claimed": "the account of the source belongs to its owner: merge the other way round",
  "mrn-taken": "another patient of the clinic has the MRN",
  "email-not-free": "the e-mail address belongs to an account that stays",
  "take-not-possible": "a field can't be taken from the source",
  "not-alike": "the records share fewer than two of MRN, name and birth date",
  "marked-distinct": "somebody has marked the two as distinct",
  "data-stays": "the device data of the source stays with its account",
  "connection-stays": "connected accounts of the source go on sending data to its account",
  "orders-end": "active orders of an EHR end",
  "records-elsewhere": "the source is a patient of other clinics, whose records stay",
};

function errorsOf(
  facts: Facts,
  { take }: Asked,
  taken: ReadonlySet<Takeable>,
  likeness: Likeness,
  ends: number,
): PlanError[] {
  const { target, source } = facts;
  const { isTargetKept, isSourceKept } = facts;
  const impossible = take.filter((field) => isBlank(source[field]) || (field === "email" && !isTargetKept)).length;
  const isAddressBound =
    take.includes("email") && (facts.elsewhere > 0 || facts.isAddressTaken) && !isBlank(source.email);
  const sources = parsedJson<{ state: string }[]>(source.dataSources) ?? [];
  const counts: Record<Reason, number> = {
    "demo-patient": target.isDemo + source.isDemo,
    "both-claimed": !isTargetKept && !isSourceKept ? 2 : 0,
    "source-claimed": isTargetKept && !isSourceKept ? 1 : 0,
    "mrn-taken": taken.has("mrn") && facts.mrnUnique ? facts.othersWithMrn.length : 0,
    "email-not-free": isAddressBound ? 1 : 0,
    "take-not-possible": impossible,
    "not-alike": likeness === "likely" ? 0 : 1,
    "marked-distinct": facts.isMarked ? 1 : 0,
    "data-stays": facts.hasSourceData ? 1 : 0,
    "connection-stays": sources.filter(({ state }) => state === "connected" || state === "pendingReconnect").length,
    "orders-end": ends,
    "records-elsewhere": facts.elsewhere,
  };
  const about = (reason: Reason): string =>
    reason === "data-stays"
      ? `${MESSAGES[reason]}; the target has ${facts.hasTargetData ? "data of its own" : "none"}`
      : MESSAGES[reason];
  return [...FINAL, ...ACCEPTABLE]
    .filter((reason) => counts[reason] > 0)
    .map((reason) => ({
      reason,
      message: about(reason),
      count: counts[reason],
      acceptable: (ACCEPTABLE as readonly string[]).includes(reason),
      ...(reason === "source-claimed" && { swap: true }),
      ...(reason === "mrn-taken" && { ids: facts.othersWithMrn }),
    }));
}
