import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { coordinatorOf } from "../../../src/features/merges/coordinator/bindings.ts";
import { ELODIE, HARBOR } from "./people.ts";
import type { Stage } from "./stage.ts";

/** A clinic that is merged into the first, and is itself again. */
export async function playMerges({ recorder, backend, ana, service, harbor: path }: Stage): Promise<void> {
  const { id: sourceId } = await ana("CreateClinic", { body: { ...HARBOR, name: "Harbor North" } });
  const ofSource = { clinicId: sourceId };
  await service("UpdateMRNSettings", { path: ofSource, body: { required: false, unique: true } });
  const { id: patientId } = await ana("CreatePatientAccount", {
    path: ofSource,
    body: { ...ELODIE, email: undefined },
  });
  const inJson = recorder.as({ token: backend.token, headers: { accept: "application/json" } });
  await inJson("GenerateMergeReport", { path, body: { sourceId } });
  const { location } = await service("MergeClinic", {
    path,
    body: { sourceId },
    headers: { prefer: "respond-async" },
  });
  await carryOut(sourceId);
  const here = { ...path, mergeId: location.split("/").at(-1) };
  await service("GetMerge", { path: here });
  await service("UndoMerge", { path: here });
  await carryOut(sourceId);
  await ana("DeletePatient", { path: { ...ofSource, patientId } });
  await ana("DeleteClinic", { path: ofSource });
}

/** Two records of one person: looked at, merged, and parted again. */
export async function playPatientMerges({ ana, harbor: path }: Stage): Promise<void> {
  const { email: _, ...elodie } = ELODIE;
  const add = (more: object) => ana("CreatePatientAccount", { path, body: { ...elodie, ...more } });
  const { id: sourceId } = await add({ mrn: "B-2071" });
  const { id: patientId } = await add({ mrn: undefined });
  const here = { ...path, patientId };
  await ana("ListDuplicatePatients", { path });
  const pair = { ...here, otherPatientId: sourceId };
  await ana("MarkPatientsDistinct", { path: pair });
  await ana("UnmarkPatientsDistinct", { path: pair });
  const { id: mergeId } = await ana("MergePatient", { path: here, body: { sourceId } });
  await ana("GetPatientMerge", { path: { ...path, mergeId } });
  await ana("ListPatientMerges", { path: here });
  await ana("UndoPatientMerge", { path: { ...path, mergeId } });
  for (const id of [sourceId, patientId]) await ana("DeletePatient", { path: { ...path, patientId: id } });
}

/** Has the coordinator of a merge do all that is left to do. */
async function carryOut(sourceId: string): Promise<void> {
  const coordinator = coordinatorOf(env, sourceId);
  while (await runDurableObjectAlarm(coordinator));
}
