import { reportingPeriodOf } from "../ehr/model/observations.ts";
import { maySeeData } from "../patients/model/record.ts";
import type { ChartData } from "../reports/model/chart-data.ts";
import type { PatientSummary } from "../summaries/schema.ts";
import type { PatientRow } from "../tables/patients.ts";
import { type DataOwners, reach } from "./calls.ts";

const DAY_MS = 86_400_000;

/**
 * What a clinic's report draws of a person's device data: those of the period that it is about, and a day more on both sides,
 * as its days are those of the clinic. Undefined where there is nothing to draw, and where the clinic may not see the data:
 * a report shows nothing that a query would refuse.
 */
export async function chartsOf(
  owners: DataOwners,
  row: Pick<PatientRow, "userId" | "permissions">,
  { hasDataSets, summary }: { readonly hasDataSets: boolean; readonly summary: PatientSummary | undefined },
): Promise<ChartData | undefined> {
  const period = hasDataSets && maySeeData(row) ? reportingPeriodOf(summary) : undefined;
  if (!period) return undefined;
  return reach(owners(row.userId).chart(period.start - DAY_MS, period.end + DAY_MS));
}
