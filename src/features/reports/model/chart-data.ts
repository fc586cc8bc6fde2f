/** Times in epoch milliseconds, oldest first, and the glucose value of each in mmol/L. */
export interface TimedValues {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export const MARK_KINDS = ["prime-cannula", "prime-tubing", "reservoir"] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

/** Device data of the reporting period, oldest first; glucose in mmol/L. */
export interface ChartData {
  /** Epoch milliseconds of the days that are drawn: a day of which no instant lies in between is not. */
  readonly from: number;
  readonly to: number;
  /** Continuous glucose monitoring. */
  readonly sensor: TimedValues;
  /** Self-monitored blood glucose. */
  readonly fingersticks: TimedValues;
  readonly marks: readonly { readonly time: number; readonly kind: MarkKind }[];
}
