import { beforeEach, describe, expect, test } from "vitest";
import { givenSubscription, waitingFor } from "../../../../test/events/receiver.ts";
import { type GivenClinic, givenClinic, givenPatient, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const BODY = { url: "https://receiver.example/other", events: ["patient.removed"], active: true };
const update = (id: string, body: unknown = BODY, caller = clinic.service) =>
  caller.put(`${clinic.path}/event_subscriptions/${id}`, body);

describe("UpdateEventSubscription", () => {
  test("204 replaces url and events, and keeps the secret", async () => {
    const made = await givenSubscription(clinic);
    expect((await update(made.id)).status).toBe(204);
    const { body } = await clinic.service.get(`${clinic.path}/event_subscriptions/${made.id}`);
    expect(body).toMatchObject({ ...BODY, secretVersion: 1, secretKeyId: made.secretKeyId });
    await givenPatient(clinic);
    expect(await waitingFor(made.id)).toEqual([]);
  });

  test("204 inactive: what waited is dropped, and nothing waits until it is active again", async () => {
    const { id } = await givenSubscription(clinic);
    await givenPatient(clinic);
    expect(await waitingFor(id)).toHaveLength(1);
    const events = ["patient.created"];
    await update(id, { ...BODY, events, active: false });
    await givenPatient(clinic);
    expect(await waitingFor(id)).toEqual([]);
    await update(id, { ...BODY, events });
    await givenPatient(clinic);
    expect(await waitingFor(id)).toHaveLength(1);
  });

  test("400 for an address inside, 403 for an admin, 404 for another clinic's, 409 for the url of another", async () => {
    const [one, two] = [await givenSubscription(clinic), await givenSubscription(clinic)];
    expect((await update(one.id, { ...BODY, url: "https://10.0.0.7/" })).status).toBe(400);
    expect((await update(one.id, BODY, clinic.admin)).status).toBe(403);
    const elsewhere = await givenSubscription(await givenClinic());
    expect([(await update(elsewhere.id)).status, (await update(UNKNOWN_ID)).status]).toEqual([404, 404]);
    expect((await update(one.id, { ...BODY, url: two.url })).status).toBe(409);
    expect((await update(one.id, { ...BODY, url: one.url })).status).toBe(204);
  });
});
