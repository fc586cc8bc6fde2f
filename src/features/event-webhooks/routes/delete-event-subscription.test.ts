import { beforeEach, describe, expect, test } from "vitest";
import {
  deliverEvents,
  givenSubscription,
  receiver,
  sweepEvents,
  waitingFor,
} from "../../../../test/events/receiver.ts";
import { countRows, type GivenClinic, givenClinic, givenPatient } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (id: string, caller = clinic.service) => caller.delete(`${clinic.path}/event_subscriptions/${id}`);

describe("DeleteEventSubscription", () => {
  test("204 ends it with what waits; what is on its way is not sent", async () => {
    const { id } = await givenSubscription(clinic);
    await givenPatient(clinic);
    const [entry] = await sweepEvents();
    await givenPatient(clinic);
    const answer = await remove(id);
    expect([answer.status, answer.calls, await waitingFor(id)]).toEqual([204, 1, []]);
    const there = receiver();
    await deliverEvents([entry!]);
    there.close();
    expect([there.received, await countRows("outbox WHERE id = ?", entry)]).toEqual([[], 0]);
  });

  test("403 for an admin, 404 for another clinic's and the second time", async () => {
    const [own, other] = [await givenSubscription(clinic), await givenSubscription(await givenClinic())];
    expect((await remove(own.id, clinic.admin)).status).toBe(403);
    expect([(await remove(other.id)).status, (await remove(own.id)).status, (await remove(own.id)).status]).toEqual([
      404, 204, 404,
    ]);
  });
});
