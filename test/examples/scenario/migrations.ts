import { putAccount } from "../../accounts.ts";
import { type Caller, person } from "../../harness.ts";
import { COMPLETE_PROFILE, givenSharing } from "../../legacy-accounts.ts";
import { ANA, OLD_TOWN } from "./people.ts";
import type { Stage } from "./stage.ts";

const TURNS_MAX = 200;
const TURN_MS = 100;

/** A legacy account becomes a clinic, with the patients who share their data with it. */
export async function playMigrations({ recorder, service, harbor }: Stage): Promise<void> {
  const { id: userId, email, name } = OLD_TOWN;
  const caller = await person({ sub: userId, email, name });
  await putAccount({ id: userId, email, profile: { fullName: name }, roles: ["clinic"], isCustodial: false });
  await givenSharing(userId);
  const legacy = recorder.as(caller);
  const { id: clinicId } = await service("EnableNewClinicExperience", { path: { userId } });
  const path = { clinicId };
  const here = { clinicId, userId };
  await legacy("UpdateClinic", { path, body: COMPLETE_PROFILE });
  await legacy("TriggerInitialMigration", { path, body: { attestationSubmitted: true } });
  await untilCompleted(caller, `/v1/clinics/${clinicId}/migrations/${userId}`);
  await legacy("GetMigration", { path: here });
  await legacy("ListMigrations", { path });
  await service("UpdateMigration", { path: here, body: { status: "COMPLETED" } });
  await service("MigrateLegacyClinicianPatients", { path: harbor, body: { userId: ANA.id } });
}

/** Waits for the job, which a queue begins; the clock stands, so that its times are those of the request. */
async function untilCompleted(caller: Caller, path: string): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if ((await caller.get(path)).body.status === "COMPLETED") return;
    await scheduler.wait(TURN_MS);
  }
  throw new Error("the migration does not end");
}
