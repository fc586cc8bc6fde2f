import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeXealth, type FakeXealth, somebody, statesOf, xealthClinic } from "../../../../test/ehr/fake-xealth.ts";
import { countRows, rows } from "../../../../test/harness.ts";

let xealth: FakeXealth;
beforeEach(() => {
  xealth = fakeXealth();
});
afterEach(() => xealth.restore());

describe("an event", () => {
  test("of an order is stored, and answered before it is applied", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const answer = await xealth.notify("new", clinic, person, "o1");
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 2]);
    expect(await statesOf(clinic)).toEqual(["queued"]);
    expect(xealth.asked).toEqual([]);
    const [entry] = await rows<{ variables: string }>(
      "SELECT variables FROM outbox WHERE kind = 'xealth_order' ORDER BY created_at DESC, id DESC LIMIT 1",
    );
    expect(Object.keys(JSON.parse(entry!.variables))).toEqual(["messageId"]);
    expect(xealth.queued.filter(({ queue }) => queue === "ehr")).toHaveLength(1);
  });

  test.each([
    ["of another type", { eventType: "patient" }],
    ["that updates", { eventContext: "update" }],
    ["that deletes", { eventContext: "delete" }],
    ["without a kind", { eventContext: undefined }],
    ["of another program", { programId: "P2" }],
    ["without a program", { programId: undefined }],
    ["without a health system", { deployment: undefined }],
    ["of an unknown health system", { deployment: "unknown" }],
  ])("%s is ignored", async (_, fields) => {
    const clinic = await xealthClinic();
    const before = await countRows("ehr_messages");
    const answer = await xealth.notify("new", clinic, somebody(), "o1", fields);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(await countRows("ehr_messages")).toBe(before);
  });

  test.each([undefined, 7, "", ".", "..", "x".repeat(257)])(
    "that says it is of the order %j is refused",
    async (orderId) => {
      const answer = await xealth.notify("new", await xealthClinic(), somebody(), "", { orderId });
      expect([answer.status, answer.body.message]).toEqual([400, "bad request: orderId is required"]);
    },
  );

  test("that is ignored is nobody's, also where a clinic's EHR has no name", async () => {
    const clinic = await xealthClinic();
    await xealthClinic({ sourceId: "" });
    await xealthClinic({ sourceId: "" });
    for (const fields of [{ eventContext: "update" }, { eventType: "patient_card" }, { deployment: "" }]) {
      expect((await xealth.notify("new", clinic, somebody(), "o1", fields)).status).toBe(200);
    }
    expect(await statesOf(clinic)).toEqual([]);
  });

  test("is told apart from one of another health system", async () => {
    const { deployment } = await xealthClinic();
    const [one, other] = [
      await xealthClinic({ sourceId: `${deployment}:x` }),
      await xealthClinic({ sourceId: `x:${deployment}` }),
    ];
    const [first, second] = [
      { ...one, deployment: `${deployment}:x` },
      { ...other, deployment: `x:${deployment}` },
    ];
    await xealth.notify("new", first, somebody(), "o1", { eventId: "1" });
    await xealth.notify("new", second, somebody(), "o1", { eventId: "1" });
    expect([await statesOf(first), await statesOf(second)]).toEqual([["queued"], ["queued"]]);
  });

  test("is kept as far as it is used", async () => {
    const clinic = await xealthClinic();
    await xealth.notify("new", clinic, somebody(), "o1", {
      eventId: "e1",
      eventTimeStamp: "2026-05-01T00:00:00Z",
      more: "x",
    });
    const [stored] = await rows<{ message: string }>(
      "SELECT message FROM ehr_messages WHERE source_id = ?",
      clinic.deployment,
    );
    expect(JSON.parse(stored!.message)).toEqual({
      eventNotification: {
        eventId: "e1",
        eventType: "order",
        eventContext: "new",
        eventTimeStamp: "2026-05-01T00:00:00Z",
        orderId: "o1",
        deployment: clinic.deployment,
        programId: "P1",
      },
    });
  });

  test("for a clinic that has no program is ignored", async () => {
    const clinic = await xealthClinic({ procedureCodes: {} });
    expect((await xealth.notify("new", clinic, somebody(), "o1")).status).toBe(200);
    expect(await statesOf(clinic)).toEqual([]);
  });

  test("of a health system with several clinics is refused", async () => {
    const clinic = await xealthClinic();
    await xealthClinic({ sourceId: clinic.deployment });
    const answer = await xealth.notify("new", clinic, somebody(), "o1");
    expect([answer.status, answer.body.message]).toEqual([409, "duplicate: found multiple matching clinics"]);
    expect(await statesOf(clinic)).toEqual([]);
  });

  test("of the far future is one of five minutes ahead", async () => {
    const clinic = await xealthClinic();
    await xealth.notify("new", clinic, somebody(), "o1", { eventTimeStamp: "3026-01-01T00:00:00Z" });
    await xealth.notify("new", clinic, somebody(), "o2", { eventTimeStamp: "no time" });
    const stored = await rows<{ eventAt: number | null }>(
      "SELECT event_at AS eventAt FROM ehr_messages WHERE source_id = ? ORDER BY id",
      clinic.deployment,
    );
    expect(stored[0]!.eventAt).toBeLessThanOrEqual(Date.now() + 300_000);
    expect(stored[1]!.eventAt).toBeNull();
  });

  test("waits while the integration is not enabled", async () => {
    const clinic = await xealthClinic();
    await xealth.notify("new", clinic, somebody(), "o1");
    const off = fakeXealth({ XEALTH_ENABLED: "" });
    off.queued.push(...xealth.queued.splice(0));
    await off.run();
    off.restore();
    expect(await statesOf(clinic)).toEqual(["queued"]);
  });
});
