import { beforeEach, describe, expect, test } from "vitest";
import { tellOfPatientMerge } from "../../src/features/event-webhooks/model/events-store.ts";
import { Db } from "../../src/platform/db/client.ts";
import { env } from "cloudflare:workers";
import { countRows, type GivenClinic, givenClinic, givenPatient, rows } from "../harness.ts";
import { beginUndo, carryOut, lockPair } from "../merge-rows.ts";
import { deliverEvents, forgetWaiting, givenSubscription, receiver, sweepEvents, waitingFor } from "./receiver.ts";

/** The demo patient comes and goes with a clinic. */
const DEMO = "de30de30de";
const DAY_MS = 24 * 3_600_000;
beforeEach(forgetWaiting);
const exists = (id: string) => countRows("event_subscriptions WHERE id = ?", id);
const list = async ({ service, path }: GivenClinic) => (await service.get(`${path}/event_subscriptions`)).status;

describe("when a clinic goes", () => {
  test("by DeleteClinic, what waits is still told for a week", async () => {
    const clinic = await givenClinic();
    const subscription = await givenSubscription(clinic);
    const { id } = await givenPatient(clinic);
    await clinic.admin.delete(`${clinic.path}/patients/${id}`);
    expect((await clinic.admin.delete(clinic.path)).status).toBe(204);
    expect(await list(clinic)).toBe(404);
    const there = receiver();
    await deliverEvents(await sweepEvents());
    there.close();
    const told = there.received
      .map(({ body }) => JSON.parse(body))
      .map(({ type, data }) => `${type} ${data.patientId}`);
    expect(told.toSorted()).toEqual([
      `patient.created ${id}`,
      ...[id, DEMO].map((it) => `patient.removed ${it}`).toSorted(),
    ]);
    await sweepEvents(Date.now() + 6 * DAY_MS);
    expect(await exists(subscription.id)).toBe(1);
    await sweepEvents(Date.now() + 8 * DAY_MS);
    expect(await exists(subscription.id)).toBe(0);
  });

  test("by a merge, both are told where its patients are, and the undo brings its subscriptions back", async () => {
    const [source, target] = [await givenClinic(), await givenClinic()];
    const [ofSource, ofTarget] = [await givenSubscription(source), await givenSubscription(target)];
    const { id } = await givenPatient(source);
    await forgetWaiting();
    const mergeId = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
    expect(await carryOut(mergeId)).toBe("done");
    expect(await waitingFor(ofSource.id)).toEqual([id, DEMO].map((it) => `patient.removed ${it}`).toSorted());
    expect(await waitingFor(ofTarget.id)).toEqual([`patient.created ${id}`]);
    expect(await list(source)).toBe(404);
    await sweepEvents(Date.now() + 36 * DAY_MS);
    expect(await exists(ofSource.id)).toBe(1);
    await beginUndo(mergeId);
    expect(await carryOut(mergeId)).toBe("undone");
    expect(await waitingFor(ofSource.id)).toEqual([id, DEMO].map((it) => `patient.created ${it}`).toSorted());
    expect(await waitingFor(ofTarget.id)).toEqual([`patient.removed ${id}`]);
    expect(await list(source)).toBe(200);
    await sweepEvents(Date.now() + 40 * DAY_MS);
    expect(await exists(ofSource.id)).toBe(1);
  });

  test("by a merge that is not undone, its subscriptions end a week after it could be", async () => {
    const [source, target] = [await givenClinic(), await givenClinic()];
    const { id } = await givenSubscription(source);
    expect(await carryOut(await lockPair({ sourceId: source.clinicId, targetId: target.clinicId }))).toBe("done");
    await sweepEvents(Date.now() + 38 * DAY_MS);
    expect(await exists(id)).toBe(0);
  });
});

test("a merge of two records is told with both of them, in the batch of the merge", async () => {
  const clinic = await givenClinic();
  const [all, some] = [await givenSubscription(clinic), await givenSubscription(clinic, ["patient.changed"])];
  const merge = {
    clinicId: clinic.clinicId,
    mergeId: "65f0c1d2e3a4b5c6d7e8f9b1",
    patientId: "aaaaaaaaaa",
    sourceId: "bbbbbbbbbb",
  };
  await new Db(env.DB).batch([tellOfPatientMerge("patient.merged", merge, Date.now())]);
  await new Db(env.DB).batch([tellOfPatientMerge("patient.unmerged", merge, Date.now())]);
  expect([await waitingFor(all.id), await waitingFor(some.id)]).toEqual([
    ["patient.merged aaaaaaaaaa", "patient.unmerged aaaaaaaaaa"],
    [],
  ]);
  const there = receiver();
  await deliverEvents(await sweepEvents());
  there.close();
  expect(there.received.map(({ body }) => JSON.parse(body)).toSorted((a, b) => (a.type < b.type ? -1 : 1))).toEqual(
    ["patient.merged", "patient.unmerged"].map((type) => ({ type, timestamp: expect.any(String), data: merge })),
  );
  expect(
    await rows("SELECT 1 FROM outbox WHERE kind = 'event' AND variables ->> 'subscriptionId' = ?", all.id),
  ).toEqual([]);
});
