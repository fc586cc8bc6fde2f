import type { Recorder } from "../recorder.ts";
import { playAudit } from "./audit.ts";
import { playClinicians, playInvitations } from "./clinicians.ts";
import { playClinic, playTagsAndSites } from "./clinics.ts";
import { playDeviceData } from "./device-data.ts";
import { playEvents } from "./events.ts";
import { playMerges, playPatientMerges } from "./merges.ts";
import { playMigrations } from "./migrations.ts";
import { playOutbox } from "./outbox.ts";
import { playFarewells, playOwnAccounts, playPatients } from "./patients.ts";
import { BO } from "./people.ts";
import { playRedox } from "./redox.ts";
import { setStage } from "./stage.ts";
import { playXealth } from "./xealth.ts";

/** Calls every operation with a good request, in the clinics of the demo data. */
export async function playScenario(recorder: Recorder): Promise<void> {
  const stage = await setStage(recorder);
  const labels = await playTagsAndSites(stage);
  await playClinicians(stage);
  await playInvitations(stage);
  const patientId = await playPatients(stage, labels);
  await playClinic(stage);
  await playOwnAccounts(stage);
  await playDeviceData(stage);
  await playRedox(stage);
  await playXealth(stage);
  await playMerges(stage);
  await playPatientMerges(stage);
  await playMigrations(stage);
  await playOutbox(stage);
  await playEvents(stage);
  await playAudit(stage, patientId);
  await playFarewells(stage, patientId, BO.id);
}
