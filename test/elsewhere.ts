import { type GivenClinic, givenClinic } from "./harness.ts";
import { statsWith } from "./summaries.ts";

/** What the records of a user in other clinics know, as far as a new record is to start with it. */
export interface Known {
  readonly summary: Record<string, unknown>;
  readonly dataSources: Record<string, unknown>[];
}

/** Makes a record of the user in another clinic that knows summaries and data sources; changed now, so the latest. */
export async function givenRecordElsewhere(userId: string): Promise<Known & { clinic: GivenClinic }> {
  const clinic = await givenClinic();
  const path = `${clinic.path}/patients/${userId}`;
  const made = await clinic.service.post(path, {});
  if (made.status !== 200) throw new Error(`CreatePatientFromUser answered ${made.status}: ${made.text}`);
  const dataSources = [
    { state: "disconnected", providerName: "dexcom", modifiedTime: "2026-01-05T10:00:00.000Z" },
    { state: "connected", providerName: "twiist" },
  ];
  const cgmStats = await statsWith("cgm", { timeInTargetPercent: 1 / 3 });
  const period = cgmStats.periods!["14d"]!;
  const summary = {
    cgmStats: { ...cgmStats, periods: { "14d": period, weekend: { ...period, min: 0.1 } } },
    bgmStats: await statsWith("bgm", { totalRecords: 17 }, { period: "7d" }),
  };
  const told = await clinic.service.post(`/v1/patients/${userId}/summary`, summary);
  if (told.status !== 200) throw new Error(`UpdatePatientSummary answered ${told.status}: ${told.text}`);
  const person = { fullName: "Ada Elsewhere", birthDate: "1980-01-31", dataSources };
  const updated = await clinic.member.put(path, person);
  if (updated.status !== 200) throw new Error(`UpdatePatient answered ${updated.status}: ${updated.text}`);
  return { clinic, summary, dataSources };
}

/** The clinic's numbers of patients and data sources as they are kept, and as a recount has them. */
export async function keptAndCounted(clinic: GivenClinic) {
  const kept = (await clinic.member.get(`${clinic.path}/patient_count`)).body;
  await clinic.service.post(`${clinic.path}/patient_count/refresh`);
  return { kept, counted: (await clinic.member.get(`${clinic.path}/patient_count`)).body };
}
