import { reportingPeriodOf } from "../ehr/model/observations.ts";
import type { ChartData } from "../reports/model/chart-data.ts";
import type { PatientSummary } from "../summaries/schema.ts";
import { type DataOwners, reach } from "./calls.ts";

const DAY_MS = 86_400_000;

/**
 * What a report draws of a person's device data: those of the period that it is about, and a day more on both sides, as its
 * days are those of the clinic. Undefined where there is nothing to draw.
 */
export async function chartsOf(
  owners: DataOwners,
  userId: string,
  { hasDataSets, summary }: { readonly hasDataSets: boolean; readonly summary: PatientSummary | undefined },
): Promise<ChartData | undefined> {
  const period = hasDataSets ? reportingPeriodOf(summary) : undefined;
  if (!period) return undefined;
  return reach(owners(userId).chart(period.start - DAY_MS, period.end + DAY_MS));
}
