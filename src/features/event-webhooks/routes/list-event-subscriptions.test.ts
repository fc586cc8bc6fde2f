import { beforeEach, describe, expect, test } from "vitest";
import { givenSubscription } from "../../../../test/events/receiver.ts";
import { type GivenClinic, givenClinic, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});

describe("ListEventSubscriptions", () => {
  test("200 lists those of the clinic, the oldest first, without secrets, in one round trip", async () => {
    const made = [await givenSubscription(clinic), await givenSubscription(clinic, ["report.ready"])];
    await givenSubscription(await givenClinic());
    const answer = await clinic.admin.get(`${clinic.path}/event_subscriptions`);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body.map((it: any) => it.id)).toEqual(made.map(({ id }) => id));
    expect(answer.text).not.toContain("whsec_");
  });

  test("403 for a plain member, 404 without the clinic", async () => {
    expect((await clinic.member.get(`${clinic.path}/event_subscriptions`)).status).toBe(403);
    expect((await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/event_subscriptions`)).status).toBe(404);
  });
});
