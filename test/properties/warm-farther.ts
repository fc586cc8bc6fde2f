import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { hasEnded } from "../../src/features/merges/plan/rules.ts";
import { standingOf, takeStep } from "../../src/features/merges/steps/advance.ts";
import { Db } from "../../src/platform/db/client.ts";
import { cbg, objectOf } from "../device-data.ts";
import { summaryOf } from "../examples/scenario/patients.ts";
import { HARBOR } from "../examples/scenario/people.ts";
import { givenAccount, rows, service as givenService } from "../harness.ts";
import { sweep } from "../mail/post-office.ts";
import { beginUndo, lockPair, workWith } from "../merge-rows.ts";
import type { Call } from "../examples/recorder.ts";
import type { WarmRecorder } from "./warm-recorder.ts";

/** Takes every step of a merge of clinics by itself. */
async function carryOut(recorder: WarmRecorder, mergeId: string, what: string): Promise<void> {
  const work = () => ({ ...workWith(new Db(env.DB)), patientsPerStep: 1 });
  for (let standing = await standingOf(work(), mergeId); standing && !hasEnded(standing.merge.phase); ) {
    const { phase } = standing.merge;
    standing = await takeStep(work(), standing);
    await recorder.compare(`${what}, ${phase}`);
  }
}

/**
 * What the scenario of the examples leaves out: people who are patients of both clinics of a merge, which is undone and done
 * again after everything about them has changed, and chains of merged records.
 */
export async function playFarther(recorder: WarmRecorder): Promise<void> {
  const [admin, rosa, leo] = [await givenAccount(), await givenAccount(), await givenAccount()];
  const [ana, service] = [recorder.as(admin), recorder.as(await givenService("farther"))];
  const asRosa = recorder.as(rosa);
  const clinic = async (name: string) => {
    const { id } = await ana("CreateClinic", { body: { ...HARBOR, name } });
    const path = { clinicId: id as string };
    const site = await ana("CreateSite", { path, body: { name: "Main" } });
    const tag = await ana("CreatePatientTag", { path, body: { name: "Wears" } });
    return { path, site, tag };
  };
  const [north, south] = [await clinic("North"), await clinic("South")];
  const own = (fullName: string) => ({
    fullName,
    birthDate: "1990-01-31",
    permissions: { view: {}, upload: {}, note: {} },
  });
  for (const { path, site, tag } of [north, south]) {
    for (const { id } of [rosa, leo])
      await service("CreatePatientFromUser", { path: { ...path, patientId: id }, body: own("Rosa") });
    for (const name of ["Ed", "Ana"])
      await ana("CreatePatientAccount", {
        path,
        body: { fullName: name, birthDate: "1980-01-31", tags: [tag.id], sites: [site] },
      });
  }
  const told = async (mark: string, { path, site, tag }: typeof north) => {
    const ofRosa = { ...path, patientId: rosa.id };
    await service("UpdatePatientSummary", { path: { patientId: rosa.id }, body: summaryOf(mark) });
    await service("UpdatePatientDataSources", {
      path: { userId: rosa.id },
      body: [{ providerName: "dexcom", state: mark === "first" ? "pending" : "connected" }],
    });
    await ana("UpdatePatient", {
      path: ofRosa,
      body: { fullName: mark, birthDate: "1990-01-31", tags: [tag.id], sites: [site] },
    });
    await ana("UpdatePatientReviews", { path: ofRosa });
    await ana("ConnectProvider", { path: { ...ofRosa, providerId: "dexcom" } });
    await ana("UpdateSite", { path: { ...path, siteId: site.id }, body: { name: `Main ${mark}` } });
    await service("UpdateClinicUserDetails", {
      path: { userId: rosa.id },
      body: { email: `${mark}-${rosa.id}@people.test` },
    });
  };
  await told("first", south);
  await told("second", north);
  const pair = { sourceId: north.path.clinicId, targetId: south.path.clinicId };
  const mergeId = await lockPair(pair);
  await carryOut(recorder, mergeId, "merge");
  await told("third", south);
  await asRosa("UpdatePatientPermissions", { path: { ...south.path, patientId: rosa.id }, body: { view: {} } });
  await ana("DeletePatientReviews", { path: { ...south.path, patientId: rosa.id } });
  await uploads(recorder, recorder.as(leo), leo.id);
  await service("DeleteUserData", { path: { userId: leo.id } });
  await beginUndo(mergeId);
  await carryOut(recorder, mergeId, "undo");
  await told("fourth", north);
  const again = await lockPair(pair);
  await carryOut(recorder, again, "merge again");
  await beginUndo(again);
  await carryOut(recorder, again, "undo again");
  await told("fifth", north);
  await mergeRecords(recorder, ana, service, north);
  await service("UpdateTier", { path: north.path, body: { tier: "tier0100" } });
  await passDays(recorder, 40);
  await ana("DeletePatient", { path: { ...south.path, patientId: leo.id } });
  await service("DeleteUserFromClinics", { path: { userId: rosa.id } });
}

async function uploads(recorder: WarmRecorder, leo: Call, userId: string): Promise<void> {
  const { data: set } = await leo("OpenDataSet", { path: { userId }, body: {} });
  await leo("AddData", { path: { dataSetId: set.id }, body: [cbg(Date.now() - 3_600_000)] });
  await leo("UpdateDataSet", { path: { dataSetId: set.id }, body: { state: "closed" } });
  while (await runDurableObjectAlarm(objectOf(userId))) await recorder.compare("device data");
}

/** Merges records of a chain, changes them, and has them part in the order in which they can. */
async function mergeRecords(
  recorder: WarmRecorder,
  ana: Call,
  service: Call,
  { path, site, tag }: { path: { clinicId: string }; site: object; tag: { id: string } },
): Promise<void> {
  const made: string[] = [];
  for (const mrn of ["A-1", "A-2", "A-3"]) {
    const body = {
      fullName: "Twice",
      birthDate: "1970-01-01",
      mrn,
      email: mrn === "A-2" ? "twice@people.test" : undefined,
      sites: [site],
      tags: [tag.id],
    };
    made.push((await ana("CreatePatientAccount", { path, body })).id);
  }
  for (const id of made) await service("UpdatePatientSummary", { path: { patientId: id }, body: summaryOf(id) });
  const merge = (target: number, source: number) =>
    ana("MergePatient", {
      path: { ...path, patientId: made[target]! },
      body: { sourceId: made[source], accept: ["data-stays", "records-elsewhere"] },
    });
  const undo = (it: { id: string }) => ana("UndoPatientMerge", { path: { ...path, mergeId: it.id } });
  for (let round = 0; round < 2; round++) {
    const [first, second] = [await merge(1, 0), await merge(2, 1)];
    await service("UpdatePatientSummary", { path: { patientId: made[2]! }, body: summaryOf(`merged ${round}`) });
    await ana("UpdateSite", {
      path: { ...path, siteId: (site as { id: string }).id },
      body: { name: `Round ${round}` },
    });
    await undo(second);
    await undo(first);
  }
  await merge(2, 0);
  await passDays(recorder, 35);
  await ana("DeletePatient", { path: { ...path, patientId: made[2]! } });
}

/** What the cron does so much later, and the jobs it leads to. */
async function passDays(recorder: WarmRecorder, days: number): Promise<void> {
  await rows("UPDATE outbox SET next_attempt_at = 0 WHERE state = 'queued' RETURNING 1");
  await sweep({ ...env, ...recorder.variables }, Date.now() + days * 86_400_000);
  await recorder.deliverAll("the cron");
  await recorder.compare("the cron");
}
