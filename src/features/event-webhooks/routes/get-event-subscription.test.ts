import { beforeEach, describe, expect, test } from "vitest";
import { givenSubscription } from "../../../../test/events/receiver.ts";
import { type GivenClinic, givenClinic, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const get = (id: string, caller = clinic.admin) => caller.get(`${clinic.path}/event_subscriptions/${id}`);

describe("GetEventSubscription", () => {
  test("200 shows it without its secret, in one round trip", async () => {
    const { secret: _, ...rest } = await givenSubscription(clinic);
    const answer = await get(rest.id);
    expect([answer.status, answer.calls, answer.body]).toEqual([200, 1, rest]);
  });

  test("403 for a plain member, 404 for another clinic's", async () => {
    const { id } = await givenSubscription(await givenClinic());
    expect((await get(id, clinic.member)).status).toBe(403);
    expect([(await get(id)).status, (await get(UNKNOWN_ID)).status]).toEqual([404, 404]);
  });
});
