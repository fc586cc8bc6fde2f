import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { givenSubscription } from "../../../../test/events/receiver.ts";
import { everythingStored, type GivenClinic, givenClinic, send, UNKNOWN_ID } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const rotate = (id: string, variables = {}) =>
  send("POST", `${clinic.path}/event_subscriptions/${id}/secret`, {
    token: clinic.service.token,
    headers: { "idempotency-key": crypto.randomUUID() },
    through: servedIn(variables),
  });

describe("RotateEventSubscriptionSecret", () => {
  test("200 shows another secret each time, in two round trips, and stores none", async () => {
    const made = await givenSubscription(clinic);
    const answers = [await rotate(made.id), await rotate(made.id)];
    expect(answers.map(({ status, calls, body }) => [status, calls, body.secretVersion])).toEqual([
      [200, 2, 2],
      [200, 2, 3],
    ]);
    const secrets = [made.secret, ...answers.map(({ body }) => body.secret)];
    expect(new Set(secrets).size).toBe(3);
    const all = await everythingStored();
    for (const secret of secrets) expect(all).not.toContain(secret.slice("whsec_".length));
    expect(Date.parse(answers[1]!.body.previousSecretUntil) - Date.now()).toBeGreaterThan(86_000_000);
  });

  test("of eight at the same time each is another", async () => {
    const { id } = await givenSubscription(clinic);
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(id)));
    expect(answers.map(({ body }) => body.secretVersion).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(answers.map(({ body }) => body.secret)).size).toBe(8);
  });

  test("200 makes it from the newest key, so that an older one can be taken away", async () => {
    const { id, secretKeyId } = await givenSubscription(clinic);
    const newest = "another-key-of-at-least-32-characters";
    const both = { EVENT_KEYS: `${newest}, ${(env as any).EVENT_KEYS}` };
    const changed = await rotate(id, both);
    expect(changed.body.secretKeyId).not.toBe(secretKeyId);
    expect((await rotate(id, { EVENT_KEYS: newest })).body.secretKeyId).toBe(changed.body.secretKeyId);
  });

  test("403 for an admin, 404 for another clinic's, 422 without a key", async () => {
    const { id } = await givenSubscription(clinic);
    expect((await clinic.admin.post(`${clinic.path}/event_subscriptions/${id}/secret`)).status).toBe(403);
    const { id: other } = await givenSubscription(await givenClinic());
    expect([(await rotate(other)).status, (await rotate(UNKNOWN_ID)).status]).toEqual([404, 404]);
    expect((await rotate(id, { EVENT_KEYS: "" })).status).toBe(422);
  });
});
