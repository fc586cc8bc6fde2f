import { beforeEach, describe, expect, test } from "vitest";
import { act, BEARER, CHART, HOSPITAL, json, readOrder, served, service, token } from "./xealth-served.ts";

beforeEach(() => service.answers(() => Response.json({})));

const STRICT = /^default-src 'none'; script-src 'self'; style-src 'self'; /;
const IDENTITY = { ids: [{ id: "M-1", type: "MRN", origin: "epic" }], historicalIds: [] };
const ASKED = {
  deployment: "hospital-1",
  patientIdentity: IDENTITY,
  datasets: { demographicsV1: { birthDate: "1980-01-02" }, ehrUserV1: { userId: "dr.one" } },
};

describe("the chart", () => {
  test("is of a patient the clinic knows, or of somebody else each time", async () => {
    const { status, text } = await served("");
    expect(status).toBe(200);
    for (const value of Object.values(CHART)) expect(text).toContain(`value="${value}"`);
    expect(text).toContain("Clinic &lt;One&gt;");
    const mrnOf = async (kind: string) =>
      /name="mrn" value="([^"]*)"/.exec((await served(`?patient=${kind}`)).text)?.[1];
    expect(await mrnOf("adult")).toMatch(/^NEW-\d{5}$/);
    expect(await mrnOf("adult")).not.toBe(await mrnOf("adult"));
    expect(await mrnOf("child")).toMatch(/^KID-\d{5}$/);
    expect(await mrnOf("other")).toBe("M-1");
  });

  test("of a child is of somebody under 13", async () => {
    const { text } = await served("?patient=child");
    const born = Number(/name="birthDate" value="(\d{4})-/.exec(text)?.[1]);
    expect(new Date().getUTCFullYear() - born).toBe(8);
    expect(text).toContain('name="email" value=""');
  });
});

describe("an order", () => {
  test("begins with the first question, sent as Xealth does", async () => {
    const form = { dataTrackingId: "t-1", notOrderable: false, preorderFormInfo: {} };
    service.answers(() => Response.json(form));
    const { status, exchanges } = await act("/preorders", { chart: CHART });
    const [sent] = service.asked();
    expect([sent!.method, new URL(sent!.url).pathname]).toEqual(["POST", "/v1/xealth/preorder"]);
    expect(sent!.headers.get("authorization")).toBe(`Bearer ${BEARER}`);
    const request = await sent!.json();
    expect(request).toMatchObject({ eventType: "preorder", eventContext: "initial", programId: "P-1", ...ASKED });
    expect(request).not.toHaveProperty("formData");
    expect(status).toBe(200);
    expect(exchanges).toEqual([{ method: "POST", path: "/v1/xealth/preorder", request, status: 200, response: form }]);
  });

  test("goes on with what was entered, or that the form was closed", async () => {
    const userInput = { patient: { email: "a@s.example", connectDexcom: true }, tags: null };
    const answers = [
      { dataTrackingId: "t-1", formId: "patient_enrollment_form", userInput },
      { dataTrackingId: "t-1", formId: "error_form", canceled: true },
    ];
    for (const answer of answers) await act("/preorders", { chart: CHART, answer });
    const requests = await Promise.all(service.asked().map((sent) => sent.json()));
    expect(requests).toMatchObject(
      answers.map((formData) => ({ eventContext: "subsequent", programId: "P-1", ...ASKED, formData })),
    );
  });

  test("is kept before the service is told of it", async () => {
    let read: Awaited<ReturnType<typeof readOrder>> | undefined;
    service.answers(async (request) => {
      const { deployment, orderId } = await request.json<{ deployment: string; orderId: string }>();
      read = await readOrder(deployment, orderId, await token());
      return new Response(null);
    });
    const { orderId, exchanges } = await act("/orders", { chart: CHART, dataTrackingId: "t-1" });
    expect(read!.status).toBe(200);
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({ path: "/v1/xealth/notification", status: 200, response: "" });
    expect(exchanges[0]!.request).toEqual({
      eventId: expect.any(String),
      eventTimeStamp: expect.stringMatching(/^\d{4}-.*Z$/),
      eventType: "order",
      eventContext: "new",
      orderId,
      deployment: "hospital-1",
      programId: "P-1",
      partnerId: expect.any(String),
      patientIdentity: IDENTITY,
    });
    const { text } = await served("");
    expect(text).toContain(`aria-label="Cancel the order ${orderId} of Eve O’Hara"`);
  });

  test("can be cancelled: another event, later; and again, which says the same of it", async () => {
    const { orderId, exchanges } = await act("/orders", { chart: CHART });
    const cancelled = await act("/cancellations", { orderId });
    const again = await act("/cancellations", { orderId });
    const events = [exchanges, cancelled.exchanges, again.exchanges].map(([exchange]) => exchange!.request);
    expect(events.map(({ eventContext }) => eventContext)).toEqual(["new", "cancel", "cancel"]);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3);
    expect(events[1].eventTimeStamp >= events[0].eventTimeStamp).toBe(true);
    const order = json(await readOrder(HOSPITAL.deployment, orderId, await token()));
    expect(order).toMatchObject({ orderInfo: { orderState: "canceled" } });
    expect((await served("")).text).not.toContain(`data-cancel="${orderId}"`);
  });

  test("404 for cancelling one that nobody placed, and tells nobody", async () => {
    expect((await act("/cancellations", { orderId: "order-00000000" })).status).toBe(404);
    expect(service.asked()).toEqual([]);
  });

  test("the last notification is delivered again as it was", async () => {
    await act("/orders", { chart: CHART });
    await act("/redeliveries", {});
    await act("/redeliveries", {});
    const bodies = await Promise.all(service.asked().map((sent) => sent.text()));
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
  });

  test("can be delivered in the wrong order: the cancel first, although it is later", async () => {
    const { orderId, exchanges } = await act("/orders", { chart: CHART, isReordered: true });
    const events = exchanges.map(({ request }) => request);
    expect(events.map((event) => [event.orderId, event.eventContext])).toEqual([
      [orderId, "cancel"],
      [orderId, "new"],
    ]);
    expect(events[0].eventTimeStamp > events[1].eventTimeStamp).toBe(true);
  });
});

describe("the programs", () => {
  test("are asked for as Xealth does", async () => {
    await act("/programs", { chart: CHART });
    const [sent] = service.asked();
    expect([sent!.method, new URL(sent!.url).pathname]).toEqual(["PUT", "/v1/xealth/programs"]);
    expect(await sent!.json()).toMatchObject({
      eventType: "getPrograms",
      eventContext: "initial",
      ehrView: "encounter",
      ...ASKED,
    });
  });

  test("the link of one opens in a frame of this server alone, and is shown without its token", async () => {
    const url = "http://localhost:8787/v1/xealth/report/web/viewer.html?clinicId=c&restricted_token=abc123";
    service.answers(() => Response.json({ url }));
    const answer = await act("/program", { chart: CHART, programId: "P-1" });
    expect(await service.asked()[0]!.json()).toMatchObject({ eventType: "getProgramUrl", programId: "P-1", ...ASKED });
    expect(answer.url).toBe(url);
    expect(answer.exchanges[0]!.response).toEqual({ url: url.replace("abc123", "…") });
    const { headers } = await served("");
    expect(headers.get("content-security-policy")).toContain("frame-src 'self'; ");
  });

  test("a refusal is shown as it came", async () => {
    service.answers(() => Response.json({ code: 404, message: "not found" }, { status: 404 }));
    const { status, url, exchanges } = await act("/program", { chart: CHART, programId: "P-1" });
    expect([status, url]).toEqual([200, undefined]);
    expect(exchanges[0]).toMatchObject({ status: 404, response: { code: 404, message: "not found" } });
  });
});

test.each<[string, unknown]>([
  ["/preorders", {}],
  ["/preorders", { chart: { mrn: 7 } }],
  ["/preorders", { chart: CHART, answer: { formId: "f" } }],
  ["/orders", { chart: { ...CHART, mrn: "x".repeat(301) } }],
  ["/cancellations", { orderId: "" }],
  ["/program", { chart: CHART }],
  ["/programs", "{"],
])("400 for %s with %j, and asks nobody", async (path, body) => {
  expect((await act(path, body)).status).toBe(400);
  expect(service.asked()).toEqual([]);
});

test.each(["/preorders", "/orders", "/cancellations", "/redeliveries", "/programs", "/program"])(
  "415 for what a page elsewhere could send to %s",
  async (path) => {
    expect((await act(path, JSON.stringify({ chart: CHART }), "text/plain")).status).toBe(415);
    expect(service.asked()).toEqual([]);
  },
);

test("every page and script is served under a strict policy, without the secrets, and no page has a script of its own", async () => {
  for (const path of ["", "?patient=adult", "/ehr.js", "/form-libraries.js", "/failures.js"]) {
    const { status, text, headers } = await served(path);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get("content-security-policy")).toMatch(STRICT);
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    for (const secret of [BEARER, "s3cret"]) expect(text).not.toContain(secret);
    if (!path.endsWith(".js")) expect(text).not.toMatch(/<script>|<style| style="| on[a-z]+="/);
  }
});
