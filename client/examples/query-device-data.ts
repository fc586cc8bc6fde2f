import { type Client, cursorPages, queryData } from "../index.ts";

const LOW_MMOL_PER_L = 3.9;

/** Counts the readings of a sensor since a time, and those that were low. */
export async function countReadings(client: Client, userId: string, since: Date) {
  const count = { readings: 0, low: 0 };
  const query = { type: "cbg", startDate: since.toISOString() };
  for await (const datum of cursorPages(queryData, { client, path: { userId }, query })) {
    if (datum.type !== "cbg") continue;
    count.readings += 1;
    if (datum.value < LOW_MMOL_PER_L) count.low += 1;
  }
  return count;
}
