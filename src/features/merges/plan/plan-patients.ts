import type { Reason } from "./blocking.ts";
import type { ClinicForMerge, PatientForMerge } from "./clinic-for-merge.ts";
import { hasMrn, type Likeness, type Likes, LIKENESSES, Lookalikes, type Traits, traitsOf } from "./duplicates.ts";

/**
 * MOVE: a source patient goes to the target; MERGE: the target has the same account already, whose record stays and gains
 * tags and sites; MERGE_INTO: that record; RETAIN: any other patient of the target.
 */
export type PatientAction = "MOVE" | "MERGE" | "MERGE_INTO" | "RETAIN";

/** Why a source patient can't be moved. */
type PatientReason = Extract<Reason, "mrn-missing" | "mrn-taken" | "mrn-repeated">;
const REASONS = [undefined, "mrn-missing", "mrn-taken", "mrn-repeated"] as const;

export interface PatientPlan {
  readonly action: PatientAction;
  readonly source: PatientForMerge | undefined;
  readonly target: PatientForMerge | undefined;
  readonly error: PatientReason | undefined;
  /** Whether the target's rule of unique MRNs will bind the moved record. */
  readonly mrnUniqueAfterwards: boolean;
}

/** How many pairs of a source and a target patient may be of one person. `account`: the same account. */
export type ConflictTotals = Readonly<Record<Likeness | "account", number>>;

/** What becomes of every patient, as numbers: a plan for each is made when it is asked for. */
export class PatientsPlan implements Iterable<PatientPlan> {
  readonly #source: readonly PatientForMerge[];
  readonly #target: readonly PatientForMerge[];
  readonly #isMrnUnique: boolean;
  /** For every source patient the position of the target's record of the same account; -1 for none. */
  readonly #counterparts: Int32Array;
  readonly #isMergedInto: Uint8Array;
  /** For every source patient a position in REASONS. */
  readonly #errors: Uint8Array;
  readonly #traits: readonly [source: Traits, target: Traits];
  #likenesses: { readonly ofSource: Lookalikes; readonly ofTarget: Lookalikes } | undefined;
  #conflictTotals: ConflictTotals | undefined;

  constructor(source: ClinicForMerge, target: ClinicForMerge) {
    this.#source = source.patients;
    this.#target = target.patients;
    this.#isMrnUnique = target.mrnUnique;
    const [sourceTraits, targetTraits] = traitsOf(source.patients, target.patients);
    this.#traits = [sourceTraits!, targetTraits!];

    const positions = new Map(target.patients.map(({ userId }, at) => [userId, at]));
    this.#counterparts = Int32Array.from(source.patients, ({ userId }) => positions.get(userId) ?? -1);
    this.#isMergedInto = new Uint8Array(target.patients.length);
    for (const counterpart of this.#counterparts) if (counterpart >= 0) this.#isMergedInto[counterpart] = 1;

    this.#errors = new Uint8Array(source.patients.length);
    const mrnsOfTarget = new Set(targetTraits!.mrns);
    const sharers = new Int32Array(
      1 +
        Math.max(
          0,
          sourceTraits!.mrns.reduce((a, b) => Math.max(a, b), 0),
        ),
    );
    for (const mrn of sourceTraits!.mrns) sharers[mrn]! += 1;
    for (let at = 0; at < source.patients.length; at++) {
      if (this.#counterparts[at]! >= 0) continue;
      const mrn = sourceTraits!.mrns[at]!;
      if (mrn === 0) this.#errors[at] = target.mrnRequired ? REASONS.indexOf("mrn-missing") : 0;
      else if (!target.mrnUnique) continue;
      else if (sharers[mrn]! > 1) this.#errors[at] = REASONS.indexOf("mrn-repeated");
      else if (mrnsOfTarget.has(mrn)) this.#errors[at] = REASONS.indexOf("mrn-taken");
    }
  }

  /** Only a report shows who is like whom: a merge does not wait for it. */
  get #alike() {
    const [source, target] = this.#traits;
    return (this.#likenesses ??= { ofSource: new Lookalikes(source), ofTarget: new Lookalikes(target) });
  }

  get conflictTotals(): ConflictTotals {
    if (this.#conflictTotals) return this.#conflictTotals;
    const totals = { account: this.#counterpartTotal, likely: 0, nameOnly: 0, mrnOnly: 0 };
    for (let at = 0; at < this.#source.length; at++) {
      const conflicts = this.conflicts(at);
      for (const likeness of LIKENESSES) totals[likeness] += conflicts[likeness];
    }
    return (this.#conflictTotals = totals);
  }

  get #counterpartTotal(): number {
    return this.#counterparts.reduce((n, counterpart) => (counterpart >= 0 ? n + 1 : n), 0);
  }

  /** The source patients, then those of the target, each in the order in which they were made. */
  *[Symbol.iterator](): Generator<PatientPlan> {
    for (let at = 0; at < this.#source.length; at++) yield this.ofSource(at);
    for (let at = 0; at < this.#target.length; at++) {
      const action = this.#isMergedInto[at] === 1 ? "MERGE_INTO" : "RETAIN";
      const target = this.#target[at];
      yield { action, source: undefined, target, error: undefined, mrnUniqueAfterwards: false };
    }
  }

  /** What becomes of the source patient at this position of the clinic's list. */
  ofSource(at: number): PatientPlan {
    const source = this.#source[at]!;
    const target = this.#target[this.#counterparts[at]!];
    return {
      action: target ? "MERGE" : "MOVE",
      source,
      target,
      error: REASONS[this.#errors[at]!],
      mrnUniqueAfterwards: !target && this.#isMrnUnique && hasMrn(source.mrn),
    };
  }

  /** How many patients of the target are like a source patient, other than the one of the same account. */
  conflicts(at: number): Readonly<Record<Likeness, number>> {
    return this.#alike.ofTarget.totals(this.#alike.ofSource.inside(at), this.#counterparts[at]);
  }

  /** Who they are, at most `limit` of each likeness; positions in the target's list. */
  conflicting(at: number, limit: number): Likes {
    return this.#alike.ofTarget.likes(this.#alike.ofSource.inside(at), limit, this.#counterparts[at]);
  }

  /** The groups of patients within one clinic that may be the same person; positions in its list. */
  clusters(of: "source" | "target"): readonly (readonly number[])[] {
    return of === "source" ? this.#alike.ofSource.clusters(this.#source) : this.#alike.ofTarget.clusters(this.#target);
  }

  /** Who within the same clinic is like one of its patients, at most `limit` of each likeness. */
  linked(of: "source" | "target", at: number, limit: number): Likes {
    const clinic = of === "source" ? this.#alike.ofSource : this.#alike.ofTarget;
    return clinic.likes(clinic.inside(at), limit, at);
  }

  /** How many source patients can't be moved for each of the reasons. */
  errorTotals(): Readonly<Record<PatientReason, number>> {
    const totals = { "mrn-missing": 0, "mrn-taken": 0, "mrn-repeated": 0 };
    for (const error of this.#errors) {
      const reason = REASONS[error];
      if (reason) totals[reason] += 1;
    }
    return totals;
  }

  /** How many patients the target will have. */
  get total(): number {
    return this.#source.length + this.#target.length - this.#counterpartTotal;
  }
}
