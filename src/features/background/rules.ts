/** A place in the list of failed entries: right after this one. */
export interface FailedPlace {
  readonly finishedAt: number;
  readonly id: string;
}

/** When an entry failed, in epoch milliseconds, and its id: the order of the list. */
export const FAILED_CURSOR = /^\d{1,15}-[0-9a-f]{24}$/;
/** Ids of dead letters are counted. */
export const DEAD_LETTER_CURSOR = /^\d{1,15}$/;

/** The place that a cursor of the right form names; before the first entry without one. */
export function failedPlaceOf(cursor: string | undefined): FailedPlace {
  const [finishedAt = "", id = ""] = (cursor ?? "").split("-");
  return { finishedAt: Number(finishedAt), id };
}
