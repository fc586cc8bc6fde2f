/** What waits for a clinic that is deleted is still sent for this long. */
export const ENDING_MS = 7 * 24 * 3_600_000;
