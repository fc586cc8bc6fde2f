import { generateKeyPair } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  askToken,
  assertion,
  base64,
  clearFailures,
  flowsheet,
  FORM,
  GRANT,
  heads,
  note,
  PDF,
  post,
  results,
  send,
  served,
  setFailures,
  stored,
  token,
  upload,
} from "./redox-served.ts";

beforeEach(clearFailures);
afterEach(() => vi.useRealTimers());

const stranger = await generateKeyPair("RS384");
const weaker = await generateKeyPair("RS256");

const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const json = <T>({ text }: { text: string }): T => JSON.parse(text) as T;

describe("the token endpoint", () => {
  test("200 gives a token for an assertion, which the endpoint takes", async () => {
    const answer = await askToken({ ...GRANT, client_assertion: await assertion() });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(json(answer)).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 300 });
    expect((await send(flowsheet())).status).toBe(200);
  });

  const now = () => Math.floor(Date.now() / 1000);
  test.each<[string, () => Promise<string>]>([
    ["that is none", async () => "nonsense"],
    ["of another key", () => assertion({}, { key: stranger.privateKey })],
    ["of another algorithm", () => assertion({}, { key: weaker.privateKey, header: { alg: "RS256" } })],
    ["with another kid", () => assertion({}, { header: { kid: "key-2" } })],
    ["without kid", () => assertion({}, { header: { kid: undefined } })],
    ["of another iss", () => assertion({ iss: "other" })],
    ["of another sub", () => assertion({ sub: "other" })],
    ["without sub", () => assertion({ sub: undefined })],
    ["without exp", () => assertion({ exp: undefined })],
    ["without iat", () => assertion({ iat: undefined })],
    ["without jti", () => assertion({ jti: undefined })],
    ["with an empty jti", () => assertion({ jti: "" })],
    ["with a long jti", () => assertion({ jti: "j".repeat(201) })],
    ["that has expired", () => assertion({ iat: now() - 120, exp: now() - 60 })],
    ["from the future", () => assertion({ iat: now() + 60, exp: now() + 120 })],
    ["for more than five minutes", () => assertion({ exp: now() + 301 })],
  ])("401 for an assertion %s", async (_, given) => {
    const answer = await askToken({ ...GRANT, client_assertion: await given() });
    expect([answer.status, json(answer)]).toEqual([
      401,
      { error: "invalid_client", error_description: expect.any(String) },
    ]);
  });

  test("401 for one that was used before, of parallel uses for all but one", async () => {
    const fields = { ...GRANT, client_assertion: await assertion() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => askToken(fields)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 401),
    ]);
    expect(json(await askToken(fields))).toMatchObject({ error_description: "the assertion was used before" });
  });

  test.each([
    ["invalid_request", { grant_type: "" }],
    ["unsupported_grant_type", { grant_type: "password" }],
    ["invalid_request", { client_assertion_type: "" }],
    ["invalid_request", { client_assertion_type: "urn:other" }],
    ["invalid_request", { client_assertion: "" }],
  ])("400 %s for %j", async (error, replaced) => {
    const answer = await askToken({ ...GRANT, client_assertion: await assertion(), ...replaced });
    expect([answer.status, json<{ error: string }>(answer).error]).toEqual([400, error]);
  });

  test("400 for anything but a form", async () => {
    const body = JSON.stringify({ ...GRANT, client_assertion: await assertion() });
    expect((await post("/token", "application/json", body)).status).toBe(400);
  });
});

describe("the endpoint", () => {
  test.each([
    [flowsheet(), "Flowsheet", "New", ""],
    [results(), "Results", "New", ""],
    [note(), "Notes", "New", "660000000000000000000002"],
    [note({}, "Replace"), "Notes", "Replace", "660000000000000000000002"],
  ])("200 keeps a message as it came", async (message, model, event, documentId) => {
    const answer = await send(message);
    expect([answer.status, answer.body.errorDetail]).toEqual([200, undefined]);
    const [head] = await heads();
    expect(head).toMatchObject({ model, event, documentId, patient: "Eve <b> O’Hara", orderId: "ord-1", isTest: 1 });
    const kept = json<{ message: unknown }>(await served(`/messages/${head!.id}.json`));
    expect(kept).toEqual({ ...head, message });
  });

  test("200 for the least a message can have", async () => {
    const { Visit: _, ...rest } = flowsheet();
    const { Identifiers } = rest.Patient;
    expect((await send({ ...rest, Patient: { Identifiers } })).status).toBe(200);
    expect((await heads())[0]).toMatchObject({ patient: "M-1", orderId: "" });
    const [answered] = results().Orders;
    const anonymous = { ...results(), Patient: { Identifiers: [] }, Orders: [{ ...answered, ID: "" }] };
    expect((await send(anonymous)).status).toBe(200);
    expect((await heads())[0]).toMatchObject({ patient: "not named", orderId: "" });
  });

  const withMeta = (replaced: object) => ({ ...flowsheet(), Meta: { ...flowsheet().Meta, ...replaced } });
  const withObservation = (replaced: object) => ({
    ...flowsheet(),
    Observations: [{ ...flowsheet().Observations[0], ...replaced }],
  });
  const withOrder = (replaced: object) => ({ ...results(), Orders: [{ ...results().Orders[0], ...replaced }] });
  test.each<[string, unknown]>([
    ["the body", "{"],
    ["the body", "null"],
    ["the body", "[]"],
    ["the body", "\u0000"],
    ["Meta", {}],
    ["Meta", withMeta({ DataModel: "Order" })],
    ["Meta", withMeta({ EventType: "Replace" })],
    ["Meta.EventDateTime", withMeta({ EventDateTime: "2026-03-02" })],
    ["Meta.EventDateTime", withMeta({ EventDateTime: "2026-03-02T08:00:00.123Z" })],
    ["Meta.Source", withMeta({ Source: undefined })],
    ["Meta.Destinations", withMeta({ Destinations: [] })],
    ["Meta.Destinations.0.ID", withMeta({ Destinations: [{ ID: null }] })],
    ["Patient.Identifiers", { ...flowsheet(), Patient: {} }],
    ["Patient.Identifiers.0.IDType", { ...flowsheet(), Patient: { Identifiers: [{ ID: "1" }] } }],
    ["Visit.Extensions.additional-identifier.identifier", visitWith({ "additional-identifier": { url: "u" } })],
    ["Visit.Extensions.additional-provider-info.participants", visitWith({ "additional-provider-info": { url: "u" } })],
    ["Observations", { ...flowsheet(), Observations: [] }],
    ["Observations.0.Code", withObservation({ Code: "" })],
    ["Observations.0.Value", withObservation({ Value: 144.1 })],
    ["Observations.0.Value", withObservation({ Value: "NaN" })],
    ["Observations.0.Value", withObservation({ ValueType: "DateTime" })],
    ["Observations.0.ValueType", withObservation({ ValueType: "Text" })],
    ["Observations.0.DateTime", withObservation({ DateTime: null })],
    ["Orders", { ...results(), Orders: [] }],
    ["Orders.0.ID", withOrder({ ID: undefined })],
    ["Orders.0.Status", withOrder({ Status: null })],
    ["Orders.0.Results", withOrder({ Results: [] })],
    ["Orders.0.Results.0.Code", withOrder({ Results: [{ Value: "SUCCESS", ValueType: "String" }] })],
    ["Note.DocumentID", note({ DocumentID: "" })],
    ["Note.OriginalDocumentID", note({ OriginalDocumentID: undefined }, "Replace")],
    ["Note.OriginalDocumentID", note({ OriginalDocumentID: "660000000000000000000001" })],
    ["Note.Provider.ID", note({ Provider: {} })],
    ["Note.ContentType", note({ ContentType: "RTF" })],
    ["Note.FileContents", note({ FileContents: "%PDF" })],
    ["Note.FileContents", note({ FileContents: base64(new TextEncoder().encode("no report")) })],
    ["Note.FileContents", note({ FileContents: base64(PDF).slice(0, -1) })],
    [
      "Note.FileContents",
      note({ ContentType: "Plain Text", FileContents: "http://localhost/sandbox/redox/uploads/x" }),
    ],
    ["Note.FileContents", note({ ContentType: "Plain Text", FileContents: "no address" })],
    ["Note.Components.0.Value", note({ Components: [{ ID: "GMI", Value: 6.9 }] })],
  ])("400 naming %s, and keeps nothing", async (path, message) => {
    const before = await stored("messages");
    const answer = await send(message);
    expect([answer.status, answer.body.errorDetail?.split(": ")[0]]).toEqual([400, path]);
    expect(await stored("messages")).toBe(before);
  });

  test.each(["", "Bearer", "Bearer unknown", "Basic dTpw"])("401 with %j", async (authorization) => {
    const answer = await send(flowsheet(), { authorization });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(answer.body.errorDetail).toBeDefined();
  });

  test("401 once the token has run out", async () => {
    const authorization = `Bearer ${await token()}`;
    const ask = () => post("/endpoint", "application/json", JSON.stringify(flowsheet()), { authorization });
    later(295_000);
    expect((await ask()).status).toBe(200);
    later(6_000);
    expect((await ask()).status).toBe(401);
  });

  test("413 for a message of more than 12 MB, 415 for what a page elsewhere could send", async () => {
    const large = { ...flowsheet(), more: "x".repeat(12 * 1024 * 1024) };
    const authorization = `Bearer ${await token()}`;
    expect((await post("/endpoint", "application/json", JSON.stringify(large), { authorization })).status).toBe(413);
    expect((await post("/endpoint", "text/plain", JSON.stringify(flowsheet()), { authorization })).status).toBe(415);
  });
});

describe("reports", () => {
  const hash = async (bytes: Uint8Array<ArrayBuffer>) =>
    base64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  const large = new Uint8Array(2_500_000);
  large.set(PDF);
  large.fill(7, 2_000_000);

  test.each([
    ["a small", PDF],
    ["a large", large],
  ])("%s one comes back byte for byte", async (_, bytes) => {
    expect((await send(note({ FileContents: base64(bytes) }))).status).toBe(200);
    const report = await served(`/messages/${(await heads())[0]!.id}/report.pdf`);
    expect([report.status, report.headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(report.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(await hash(report.bytes)).toBe(await hash(bytes));
  });

  test("one that was uploaded belongs to the note that names it", async () => {
    const uploaded = await upload(large);
    expect(uploaded.status).toBe(200);
    const { URI } = json<{ URI: string }>(uploaded);
    const answer = await send(note({ ContentType: "Plain Text", FileContents: URI }));
    expect([answer.status, answer.body.errorDetail]).toEqual([200, undefined]);
    const report = await served(`/messages/${(await heads())[0]!.id}/report.pdf`);
    expect([report.status, report.bytes.length]).toEqual([200, large.length]);
    expect(await hash(report.bytes)).toBe(await hash(large));
  });

  test("an upload is refused without a token, a file, or its type", async () => {
    const form = new FormData();
    form.set("file", new File([PDF], "report.pdf"));
    expect((await served("/upload", { method: "POST", body: form })).status).toBe(401);
    expect((await upload(PDF, "other")).status).toBe(400);
    expect((await upload(new Uint8Array())).status).toBe(400);
    const authorization = `Bearer ${await token()}`;
    expect((await post("/upload", "application/pdf", "x", { authorization })).status).toBe(415);
    expect((await post("/upload", "multipart/form-data", "x", { authorization })).status).toBe(400);
  });

  test("404 for the report of a message without one", async () => {
    await send(flowsheet());
    expect((await served(`/messages/${(await heads())[0]!.id}/report.pdf`)).status).toBe(404);
  });
});

describe("failures", () => {
  test("a status comes as often as it was set, keeps nothing, and says when to try again", async () => {
    const set = { kind: "status", on: "endpoint", status: 429, retryAfterSeconds: 7, times: 2 };
    expect((await setFailures(set)).status).toBe(204);
    const before = await stored("messages");
    const answers = [await send(flowsheet()), await send(flowsheet())];
    expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
      [429, "7"],
      [429, "7"],
    ]);
    expect(await stored("messages")).toBe(before);
    expect((await send(flowsheet())).status).toBe(200);
  });

  test("a message can be kept although the answer is an error", async () => {
    await setFailures({ kind: "drop-after", on: "endpoint" });
    const before = await stored("messages");
    expect((await send(results())).status).toBe(500);
    expect(await stored("messages")).toBe(before + 1);
    await setFailures({ kind: "drop-after", on: "endpoint" });
    expect((await send("{")).status).toBe(400);
  });

  test("an answer can come late", async () => {
    await setFailures({ kind: "delay", on: "endpoint", delayMs: 300 });
    const begin = performance.now();
    expect((await send(flowsheet())).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(250);
  });

  test("each target fails by itself, one instruction after the other", async () => {
    await setFailures([
      { kind: "status", on: "upload", status: 401 },
      { kind: "status", on: "upload", status: 503, times: 2 },
      { kind: "status", on: "token", status: 502 },
    ]);
    expect((await askToken({})).status).toBe(502);
    expect((await send(flowsheet())).status).toBe(200);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await upload(PDF)).status);
    expect(statuses).toEqual([401, 503, 503, 200]);
  });

  test("setting replaces, clearing removes", async () => {
    await setFailures({ kind: "status", on: "endpoint" });
    await setFailures({ kind: "delay", on: "token", delayMs: 1 });
    const listed = async () => json(await served("/failures.json"));
    expect(await listed()).toEqual([{ kind: "delay", on: "token", delayMs: 1, times: 1 }]);
    expect((await clearFailures()).status).toBe(204);
    expect(await listed()).toEqual([]);
  });

  test.each([
    null,
    {},
    { kind: "other", on: "token" },
    { kind: "status", on: "mailbox" },
    { kind: "status", on: "token", status: 200 },
    { kind: "status", on: "token", times: 0 },
    { kind: "delay", on: "token" },
    { kind: "delay", on: "token", delayMs: 9_999_999 },
    Array.from({ length: 21 }, () => ({ kind: "status", on: "token" })),
  ])("400 for %j", async (given) => {
    expect((await setFailures(given)).status).toBe(400);
    expect((await served("/failures.json")).text).toBe("[]");
  });

  test("the form adds one and clears all", async () => {
    const own = { "sec-fetch-site": "same-origin" };
    for (const times of ["1", "3"]) {
      const fields = new URLSearchParams({
        kind: "status",
        on: "endpoint",
        times,
        status: "503",
        retryAfterSeconds: "",
      });
      expect((await post("/failures", FORM, fields.toString(), own)).status).toBe(303);
    }
    const page = await served("");
    expect(page.text).toContain("The next message: refused with 503");
    expect(page.text).toContain("The next 3 messages: refused with 503");
    expect((await post("/failures", FORM, "kind=delay&on=token", own)).status).toBe(400);
    expect((await post("/failures/clear", FORM, "", own)).status).toBe(303);
    expect((await served("")).text).toContain("every call goes well");
  });
});

test("the newest 500 messages and files are kept, and nothing of those before", async () => {
  const authorization = `Bearer ${await token()}`;
  const body = JSON.stringify(results());
  for (let i = 0; i < 505; i++) await post("/endpoint", "application/json", body, { authorization });
  const form = () => {
    const form = new FormData();
    form.set("file", new File([PDF], "report.pdf"));
    return form;
  };
  for (let i = 0; i < 502; i++) await served("/upload", { method: "POST", headers: { authorization }, body: form() });
  expect([await stored("messages"), await stored("uploads"), await stored("parts")]).toEqual([500, 500, 1000]);
  const all = await heads();
  expect(all[0]!.id - all.at(-1)!.id).toBe(499);
  expect((await served(`/messages/${all.at(-1)!.id - 1}.json`)).status).toBe(404);
  const after = await served(`/messages.json?after=${all[1]!.id}`);
  expect(json<{ id: number }[]>(after).map(({ id }) => id)).toEqual([all[0]!.id]);
}, 120_000);

/** A flowsheet with extensions of its visit. */
function visitWith(Extensions: object) {
  return { ...flowsheet(), Visit: { ...flowsheet().Visit, Extensions } };
}
