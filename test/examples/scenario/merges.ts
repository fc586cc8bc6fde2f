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

/** Has the coordinator of a merge do all that is left to do. */
async function carryOut(sourceId: string): Promise<void> {
  const coordinator = coordinatorOf(env, sourceId);
  while (await runDurableObjectAlarm(coordinator));
}
