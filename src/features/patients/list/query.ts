import type { SummaryType } from "../../summaries/model/statistics.ts";

/** One condition on one statistic of the asked period. */
export interface StatisticFilter {
  readonly type: SummaryType;
  readonly field: string;
  readonly comparator: ">=" | ">" | "<=" | "<";
  readonly value: number;
}

/** Half-open range of instants, epoch milliseconds. */
export interface InstantRange {
  readonly from: number | undefined;
  readonly before: number | undefined;
}

/** Conditions on the patients of a clinic; all of them must hold. */
export interface PatientFilter {
  readonly search: string | undefined;
  /** Undefined: not asked. Empty: patients without tags. Otherwise: with all of them. */
  readonly tags: readonly string[] | undefined;
  /** Undefined: not asked. Empty: patients without sites. Otherwise: with any of them. */
  readonly sites: readonly string[] | undefined;
  readonly reviewedUntil: number | undefined;
  readonly onlyStandardRanges: boolean;
  readonly lastData: Readonly<Record<SummaryType, InstantRange>>;
  readonly period: string;
  readonly statistics: readonly StatisticFilter[];
}

/** Where the value to sort by stands, and which values count as missing. */
export type SortSource =
  | { readonly kind: "name" }
  /** A column of the patient; missing values come first ascending, last descending. */
  | { readonly kind: "column"; readonly column: string }
  /** A date of the summary's head, present when its flag is set; missing values come last. */
  | { readonly kind: "date"; readonly type: SummaryType; readonly column: string; readonly flag: number }
  /** A statistic of the period, present when its flag is set or, without one, when it is there; missing values come last. */
  | {
      readonly kind: "statistic";
      readonly type: SummaryType;
      readonly column: string;
      readonly flagBit: number | undefined;
    };

export interface PatientOrder {
  readonly descending: boolean;
  readonly source: SortSource;
}
