import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { givenPatient, rows, send, service } from "../harness.ts";
import { servedIn } from "../served-in.ts";
import {
  CODES,
  connectedClinic,
  type FakeRedox,
  fakeRedox,
  orderFor,
  somebody,
  subscribed,
  UPLOADED,
  uploadQuietly,
  VERIFICATION_TOKEN,
} from "./fake-redox.ts";
import type { Json } from "./orders.ts";

/** What MatchClinicAndPatient and the endpoint of Redox do with cases at their edges. */

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

/** Matches an order of the clinic that is stored and not applied. */
async function match(clinic: { sourceId: string }, person: Json, patients?: object) {
  const order = orderFor(clinic, person as never, CODES.enableSummaryReports);
  await redox.post(order);
  redox.queued.length = 0;
  const [message] = await rows<{ id: string }>(
    "SELECT id FROM ehr_messages WHERE deduplication_key = ?",
    `log:${order.Meta.Logs[0].ID}`,
  );
  const messageRef = { dataModel: "Order", eventType: "New", documentId: message!.id };
  return (await service()).post("/v1/redox/match", { messageRef, ...(patients ? { patients } : {}) });
}

describe("a match", () => {
  test("has at most a hundred patients of a criterion, the first by name", async () => {
    const clinic = await connectedClinic();
    const person = somebody();
    for (let i = 101; i >= 0; i--) {
      await givenPatient(clinic, { ...person, fullName: `P ${String(i).padStart(3, "0")}` });
    }
    const { status, body } = await match(clinic, person, { criteria: ["MRN"], onUniqueMatch: "ENABLE_REPORTS" });
    const names = body.patients.map(({ fullName }: Json) => fullName);
    expect([status, names.length, names[0], names.at(-1)]).toEqual([200, 100, "P 000", "P 099"]);
  });

  test.each([
    ["birth date", { birthDate: "" }, "bad request: date of birth is missing"],
    ["name", { fullName: "" }, "bad request: full name is missing"],
  ])("that asks for no patients needs the %s all the same", async (_, missing, message) => {
    const { status, body } = await match(await connectedClinic(), { ...somebody(), ...missing });
    expect([status, body.message]).toEqual([400, message]);
  });

  test("that asks for no patients needs neither where the order has no MRN", async () => {
    const { status } = await match(await connectedClinic(), { fullName: "", birthDate: "", mrn: "" });
    expect(status).toBe(200);
  });

  test("finds the demo patient like any other", async () => {
    const clinic = await connectedClinic();
    const id = env.CLINIC_DEMO_PATIENT_USER_ID;
    const { fullName } = (await clinic.admin.get(`${clinic.path}/patients/${id}`)).body;
    const birthDate = "1990-02-03";
    await rows(
      "UPDATE patients SET birth_date = ? WHERE clinic_id = ? AND user_id = ? RETURNING 1",
      birthDate,
      clinic.clinicId,
      id,
    );
    const { body } = await match(clinic, { fullName, birthDate, mrn: "zz" }, { criteria: ["DOB_FULLNAME"] });
    expect(body.patients?.map((patient: Json) => patient.id)).toEqual([id]);
  });

  test("shows patients with their summary; nothing shows what an EHR has ordered of them", async () => {
    const { clinic, patient } = await subscribed(redox);
    await uploadQuietly(clinic, patient, UPLOADED);
    const matched = await match(clinic, patient, { criteria: ["MRN"] });
    expect(matched.body.patients[0].summary.cgmStats.periods["14d"].averageGlucoseMmol).toBe(8);
    const shown = [
      matched,
      await clinic.admin.get(`${clinic.path}/patients/${patient.id}`),
      await clinic.admin.get(`${clinic.path}/patients`),
    ];
    for (const { text } of shown) expect(text).not.toMatch(/matchedMessages|ehrSubscriptions|summaryAndReports/);
  });
});

describe("a message of Redox", () => {
  test("is stored as it is, whatever its names and values mean to a database, and marked when it is a test", async () => {
    const clinic = await connectedClinic();
    const order = orderFor(clinic, somebody(), CODES.enableSummaryReports, { Meta: { Test: true } });
    order.Extra = { $oid: "650000000000000000000001", $date: 1, "a.b": 1, $set: { x: 1 } };
    expect((await redox.post(order)).status).toBe(200);
    const [stored] = await rows<Json>("SELECT is_test, message FROM ehr_messages WHERE source_id = ?", clinic.sourceId);
    expect([stored!.is_test, JSON.parse(stored!.message)]).toEqual([1, order]);
  });

  test("that is compressed is refused", async () => {
    const order = orderFor(await connectedClinic(), somebody(), CODES.createAccount);
    const headers = { "verification-token": VERIFICATION_TOKEN, "content-encoding": "gzip" };
    expect((await redox.post(order, headers)).status).toBe(415);
  });
});

describe("the verification of the endpoint", () => {
  const verify = (body: unknown, headers: Record<string, string> = {}) =>
    send("POST", "/v1/redox/verify", { body, headers, through: servedIn({ REDOX_VERIFICATION_TOKEN: "s3cret" }) });

  test("answers a call without a challenge with an empty one", async () => {
    const { status, body } = await verify({ "verification-token": "s3cret" });
    expect([status, body]).toEqual([200, { challenge: "" }]);
  });

  test("takes JSON whose character set is named", async () => {
    const text = JSON.stringify({ "verification-token": "s3cret", challenge: "abc" });
    const { status, body } = await verify(text, { "content-type": "application/json; charset=utf-8" });
    expect([status, body]).toEqual([200, { challenge: "abc" }]);
  });
});
