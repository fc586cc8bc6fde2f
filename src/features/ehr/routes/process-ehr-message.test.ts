import { described } from "../../../description/describe.ts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectedClinic, type FakeRedox, fakeRedox, orderFor } from "../../../../test/ehr/fake-redox.ts";
import { anyOrder, deepJson, fullOrdersWithOnePartChanged, minimalOrder } from "../../../../test/ehr/orders.ts";
import { description } from "../../../../test/description.ts";
import { countRows, everythingStored, newUserId, rows } from "../../../../test/harness.ts";

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

const somebody = () => ({ fullName: "Ana Gil", birthDate: "1990-02-03", mrn: `M${newUserId()}` });
const TOKEN = { "verification-token": "verify-me" };

describe("ProcessEHRMessage", () => {
  test("stores a message as it is, and does nothing else at once", async () => {
    const order = orderFor(await connectedClinic(), somebody(), "ON");
    const answer = await redox.post(order);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    const stored = await rows<{ id: string; message: string; state: string; event_at: number }>(
      "SELECT id, message, state, event_at FROM ehr_messages WHERE deduplication_key = ?",
      `log:${order.Meta.Logs[0].ID}`,
    );
    expect(stored).toMatchObject([{ state: "queued", event_at: Date.parse("2026-03-01T10:00:00Z") }]);
    expect(JSON.parse(stored[0]!.message)).toEqual(order);
    expect(redox.queued).toEqual([{ queue: "ehr", body: { v: 1, id: expect.any(String) } }]);
    expect(JSON.stringify(redox.queued)).not.toContain(stored[0]!.id);
  });

  test("takes the published example as an order", async () => {
    const { schemas } = described(description).components as { schemas: Record<string, { example?: object }> };
    expect((await redox.post(schemas.redoxMessage!.example as any)).status).toBe(200);
    expect(redox.queued).toMatchObject([{ queue: "ehr" }]);
  });

  test("keeps messages of other kinds and acts on none of them", async () => {
    const order = orderFor(await connectedClinic(), somebody(), "ON", { Meta: { EventType: "Update" } });
    expect((await redox.post(order)).status).toBe(200);
    expect(redox.queued).toEqual([]);
  });

  test.each<[string, (order: any) => unknown]>([
    ["with the same log id and another attempt", (order) => ((order.Meta.Logs[0].AttemptID = "b"), order)],
    ["at once", (order) => order],
  ])("stores a message that comes again %s once", async (_, again) => {
    const order = orderFor(await connectedClinic(), somebody(), "ON");
    const answers = await Promise.all([
      redox.post(order),
      redox.post(again(structuredClone(order))),
      redox.post(order),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await countRows("ehr_messages WHERE deduplication_key = ?", `log:${order.Meta.Logs[0].ID}`)).toBe(1);
    expect(redox.queued).toHaveLength(1);
  });

  test("recognises a message without a log by its id and source, and without both by its text", async () => {
    const { sourceId } = await connectedClinic();
    const bare = { DataModel: "Order", EventType: "New", Source: { ID: sourceId } };
    const count = () => countRows("ehr_messages WHERE source_id = ?", sourceId);
    for (const Test of [false, false, true]) await redox.post({ Meta: { ...bare, Test, Message: { ID: 7 } } });
    expect(await count()).toBe(1);
    for (const Test of [false, false, true]) await redox.post({ Meta: { ...bare, Test } });
    expect(await count()).toBe(3);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ["without a token", {}, 401, "unauthorized: verification token is required"],
    ["with an empty one", { "verification-token": "" }, 401, "unauthorized: verification token is required"],
    ["with another one", { "verification-token": "verify-mE" }, 401, "unauthorized: invalid verification token"],
  ])("refuses a call %s", async (_, headers, status, message) => {
    const before = await everythingStored();
    const answer = await redox.post(minimalOrder(), headers);
    expect([answer.status, answer.body]).toEqual([status, { code: status, message }]);
    expect(await everythingStored()).toBe(before);
  });

  test("refuses every call where no token is configured", async () => {
    for (const REDOX_VERIFICATION_TOKEN of [undefined, ""]) {
      redox.restore();
      redox = await fakeRedox({ REDOX_VERIFICATION_TOKEN });
      expect((await redox.post(minimalOrder(), TOKEN)).status).toBe(401);
    }
  });

  test.each<[string, unknown]>([
    ["no Meta", { Patient: {} }],
    ["no data model", { Meta: { EventType: "New" } }],
    ["an empty event type", { Meta: { DataModel: "Order", EventType: "" } }],
  ])("refuses a message with %s", async (_, message) => {
    const answer = await redox.post(message);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      "bad request: cannot process message with invalid metadata",
    ]);
  });

  test.each<[string, unknown, number]>([
    ["that is no JSON", "{", 400],
    ["that is a list", [], 400],
    ["whose Meta is a text", { Meta: "x" }, 400],
    ["whose data model is a number", { Meta: { DataModel: 1, EventType: "New" } }, 400],
    ["that is too deep", deepJson(2000), 400],
    ["that is too large", { Meta: { DataModel: "Order", EventType: "New" }, x: "x".repeat(2 ** 20) }, 413],
  ])("refuses a body %s, and stores nothing", async (_, body, status) => {
    const before = await everythingStored();
    expect((await redox.post(body)).status).toBe(status);
    expect(await everythingStored()).toBe(before);
  });

  test("never fails over an order, whatever it says, and neither does what is done with it", async () => {
    const clinic = await connectedClinic({ tags: { codes: ["TAGS"], separator: "," } });
    const codes = ["ON", "OFF", "NEW", "NEW-ON"];
    let n = 0;
    const expectTaken = async (given: unknown) => {
      let order: any;
      try {
        order = structuredClone(given);
      } catch {
        // Deeper than can be copied: refused, as is shown above.
        return;
      }
      if (typeof order?.Meta === "object" && order.Meta !== null) {
        order.Meta.Source = { ID: clinic.sourceId };
        order.Meta.Logs = [{ ID: `fuzz-${newUserId()}` }];
      }
      if (typeof order?.Order?.Procedure === "object" && order.Order.Procedure !== null) {
        order.Order.Procedure.Code = codes[n++ % codes.length];
      }
      // Orders of one patient wait for each other: that is tested elsewhere.
      for (const identifier of Array.isArray(order?.Patient?.Identifiers) ? order.Patient.Identifiers : []) {
        if (typeof identifier?.ID === "string" && identifier.ID !== "") identifier.ID = newUserId();
      }
      const demographics = order?.Patient?.Demographics;
      if (typeof demographics?.LastName === "string" && demographics.LastName !== "")
        demographics.LastName = newUserId();
      const { status } = await redox.post(order);
      expect([200, 400]).toContain(status);
    };
    let i = 0;
    for (const order of fullOrdersWithOnePartChanged()) if (i++ % 10 === 0) await expectTaken(order);
    await fc.assert(fc.asyncProperty(anyOrder, expectTaken), { numRuns: 25 });
    await redox.run();
    await redox.runLater();
    await redox.runLater();
    expect(
      await rows(
        "SELECT o.reason FROM outbox o JOIN ehr_messages m ON o.unique_key = 'ehr-order:' || m.id WHERE m.source_id = ? AND o.state NOT IN ('sent', 'failed')",
        clinic.sourceId,
      ),
    ).toEqual([]);
    const reasons = await rows<{ reason: string }>(
      "SELECT DISTINCT o.reason FROM outbox o JOIN ehr_messages m ON o.unique_key = 'ehr-order:' || m.id WHERE m.source_id = ? AND o.state = 'failed'",
      clinic.sourceId,
    );
    for (const { reason } of reasons) expect(["date_of_birth_is_missing", "full_name_is_missing"]).toContain(reason);
    expect(redox.messages.length).toBeGreaterThan(20);
  });
});
