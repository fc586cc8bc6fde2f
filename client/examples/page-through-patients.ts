import { type Client, listPatients, pages } from "../index.ts";

/** Patients who were below 3 mmol/L for more than 1 % of the last 14 days, worst first: as many as asked for. */
export async function findLows(client: Client, clinicId: string, howMany: number) {
  const query = {
    "cgm.timeInVeryLowPercent": ">0.01",
    sort: "-timeInVeryLowPercent",
    sortType: "cgm",
    period: "14d",
  } as const;
  const found = [];
  for await (const patient of pages(listPatients, { client, path: { clinicId }, query })) {
    found.push({ id: patient.id, name: patient.fullName });
    // Nothing more is asked for.
    if (found.length === howMany) break;
  }
  return found;
}
