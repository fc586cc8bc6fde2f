import { beforeEach, describe, expect, test } from "vitest";
import {
  clearFailures,
  EHR,
  flowsheet,
  FORM,
  heads,
  note,
  ordered,
  post,
  results,
  send,
  served,
  serviceAnswers,
} from "./redox-served.ts";

beforeEach(() => serviceAnswers(() => new Response(null)));

const STRICT = /^default-src 'none'; script-src 'self'; style-src 'self'; /;
const own = { "sec-fetch-site": "same-origin" };
const order = (fields: Record<string, string>, headers: Record<string, string> = own) =>
  post("/orders", FORM, new URLSearchParams(fields).toString(), headers);

describe("the order form", () => {
  test("is filled in for a patient with data, or for somebody else each time", async () => {
    const { status, text } = await served("");
    expect(status).toBe(200);
    for (const value of Object.values(EHR.patient)) expect(text).toContain(`value="${value}"`);
    expect(text).toContain("Clinic &lt;One&gt;");
    const strangers = [await served("?patient=new"), await served("?patient=new")];
    const mrns = strangers.map((page) => /name="mrn"[^>]*value="(NEW-\d+)"/.exec(page.text)?.[1]);
    expect(mrns).toEqual([expect.any(String), expect.any(String)]);
    expect(strangers[0]!.text).toMatch(/value="createAccountAndEnableReports" checked/);
  });

  test("shows the verification token, and a command that sends an order with it", async () => {
    const { text } = await served("");
    expect(text).toContain("<code>vt-1</code>");
    const [, command = ""] = /<pre>(curl [^<]*)<\/pre>/.exec(text) ?? [];
    const plain = command.replaceAll("&#39;", "'").replaceAll("&quot;", '"');
    expect(plain).toContain("curl -i -X POST http://localhost:8787/v1/redox \\\n  -H 'verification-token: vt-1' ");
    const [, body = ""] = /-d '([^]*)'$/.exec(plain) ?? [];
    expect(JSON.parse(body.replace("'$(date +%s)'", "1"))).toMatchObject({
      Meta: { DataModel: "Order", EventType: "New", Source: { ID: "ehr-1" }, Logs: [{ ID: "by-hand-1" }] },
      Patient: { Identifiers: [{ ID: "M-1", IDType: "MRN" }], Demographics: { LastName: "O’Hara" } },
      Order: { Procedure: { Code: "P-ON" } },
    });
  });

  test("sends the order as Redox does, and leads to what comes back", async () => {
    const answer = await order({ procedure: "enableSummaryReports", ...EHR.patient });
    const [sent] = ordered();
    expect([sent!.method, new URL(sent!.url).pathname]).toEqual(["POST", "/v1/redox"]);
    expect(sent!.headers.get("verification-token")).toBe("vt-1");
    const message = await sent!.json<ReturnType<typeof Object>>();
    expect(message).toMatchObject({
      Meta: {
        DataModel: "Order",
        EventType: "New",
        Test: true,
        Source: { ID: "ehr-1", Name: "EHR One" },
        Logs: [{ ID: expect.any(String), AttemptID: expect.any(String) }],
      },
      Patient: {
        Identifiers: [{ ID: "M-1", IDType: "MRN" }],
        Demographics: {
          FirstName: "Eve",
          LastName: "O’Hara",
          DOB: "1980-01-02",
          EmailAddresses: ["eve@s.example"],
        },
      },
      Visit: { Guarantor: { EmailAddresses: ["eve@s.example"] } },
      Order: { Procedure: { Code: "P-ON" }, ClinicalInfo: [{ Code: "TAGS", Value: "Tag one" }] },
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      303,
      `/sandbox/redox/messages?order=${message.Order.ID}`,
    ]);
    const page = await served(`/messages?order=${message.Order.ID}`);
    expect(page.text).toContain(`The service took the order <code>${message.Order.ID}</code>`);
    expect((await served("/messages?order=%3Cb%3E")).text).not.toContain("The service took");
  });

  test.each(Object.entries(EHR.procedureCodes))("%s has the code %s", async (procedure, code) => {
    await order({ procedure });
    expect(await ordered()[0]!.json()).toMatchObject({
      Patient: { Identifiers: [], Demographics: { FirstName: null, DOB: null, EmailAddresses: [] } },
      Order: { Procedure: { Code: code }, ClinicalInfo: [] },
    });
  });

  test("two orders share neither id nor log", async () => {
    for (let i = 0; i < 2; i++) await order({ procedure: "createAccount" });
    const [one, two] = await Promise.all(ordered().map((sent) => sent.json<ReturnType<typeof Object>>()));
    expect(one.Order.ID).not.toBe(two.Order.ID);
    expect(one.Meta.Logs[0].ID).not.toBe(two.Meta.Logs[0].ID);
  });

  test("says what the service refused, and keeps what was filled in", async () => {
    serviceAnswers(() => Response.json({ message: "<no>" }, { status: 401 }));
    const answer = await order({ procedure: "createAccount", lastName: "Kept" });
    expect(answer.status).toBe(502);
    expect(answer.text).toContain(
      "The service refused the order with 401: {&quot;message&quot;:&quot;&lt;no&gt;&quot;}",
    );
    expect(answer.text).toMatch(/name="lastName"[^>]*value="Kept"/);
    expect(answer.text).toMatch(/value="createAccount" checked/);
  });

  test.each([{}, { procedure: "other" }, { procedure: "createAccount", mrn: "x".repeat(301) }])(
    "400 for %j, and sends nothing",
    async (fields) => {
      expect((await order(fields as Record<string, string>)).status).toBe(400);
      expect(ordered()).toEqual([]);
    },
  );

  test.each(["/orders", "/failures", "/failures/clear"])("403 when a page elsewhere sends it to %s", async (path) => {
    const headers = { "sec-fetch-site": "cross-site", origin: "https://elsewhere.example" };
    expect((await post(path, FORM, "procedure=createAccount", headers)).status).toBe(403);
    expect(ordered()).toEqual([]);
  });
});

describe("the messages", () => {
  test("each is listed with model, event, patient and order, as text", async () => {
    await send(note({}, "Replace"));
    const [head] = await heads();
    const { text, headers } = await served("/messages");
    expect(text).toContain(`<a href="/sandbox/redox/messages/${head!.id}">Notes / Replace</a>`);
    expect(text).toContain("Eve &lt;b&gt; O’Hara");
    expect(text).toContain("ord-1 · test");
    expect(headers.get("content-security-policy")).toMatch(STRICT);
    expect(headers.get("content-security-policy")).toContain("connect-src 'self'");
  });

  test("a flowsheet is a table", async () => {
    await send(flowsheet());
    const { text } = await served(`/messages/${(await heads())[0]!.id}`);
    expect(text).toContain("<td>144.1247 mg/dL</td>");
    expect(text).toContain("CGM Average Glucose during reporting period");
    expect(text).toContain("2 figures");
    expect(text).toContain("AVERAGE_<wbr>CGM");
    expect(text).not.toContain("report.js");
  });

  test("a result is a sentence", async () => {
    await send(results());
    const { text } = await served(`/messages/${(await heads())[0]!.id}`);
    expect(text).toContain(
      "Matching the patient for the order ord-1, P-ON succeeded: Patient was successfully matched.",
    );
  });

  test("a note shows its report with a viewer of this server alone, and the JSON without it", async () => {
    const FileContents = btoa(`%PDF-1.7${" ".repeat(3_000)}`);
    await send(note({ FileContents }, "Replace"));
    const [head] = await heads();
    const { text, headers } = await served(`/messages/${head!.id}`);
    expect(text).toContain(`data-url="/sandbox/redox/messages/${head!.id}/report.pdf"`);
    expect(text).toContain(`<a href="/sandbox/redox/messages/${head!.id}/report">Open full size</a>`);
    const full = await served(`/messages/${head!.id}/report`);
    expect(full.text).toContain(`class="full" role="region" aria-label="The report" tabindex="0" data-url="/sandbox`);
    expect(full.headers.get("content-security-policy")).toBe(headers.get("content-security-policy"));
    expect(text).toContain("GMI of the period");
    expect(text).toContain("660000000000000000000001");
    expect(text).toContain(`… (${FileContents.length} characters)`);
    expect(text).not.toContain(FileContents);
    const policy = headers.get("content-security-policy")!;
    expect(policy).toMatch(STRICT);
    expect(policy).toContain("connect-src 'self'; worker-src 'self'");
    expect(policy).not.toContain("unsafe");
  });

  test("only a note has a report", async () => {
    await send(results());
    expect((await served(`/messages/${(await heads())[0]!.id}/report`)).status).toBe(404);
  });

  test.each([
    "/messages/0",
    "/messages/0.json",
    "/messages/0/report",
    "/messages/0/report.pdf",
    "/messages/999999999999999",
    "/messages/x",
  ])("404 for %s", async (path) => {
    expect((await served(path)).status).toBe(404);
  });

  test("the list can be asked to wait for the next message", async () => {
    await send(results());
    const [newest] = await heads();
    const begin = Date.now();
    const waiting = served(`/messages.json?wait=20&after=${newest!.id}`);
    await scheduler.wait(500);
    await send(flowsheet());
    expect(JSON.parse((await waiting).text)).toMatchObject([{ model: "Flowsheet" }]);
    expect(Date.now() - begin).toBeLessThan(10_000);
    const last = (await heads())[0]!.id;
    expect((await served(`/messages.json?wait=1&after=${last}`)).text).toBe("[]");
  });

  test.each(["after=x", "after=-1", "wait=26", "wait=x"])("400 for %s", async (query) => {
    expect((await served(`/messages.json?${query}`)).status).toBe(400);
  });
});

test("every page and script is served under a strict policy, and no page has a script or style of its own", async () => {
  await clearFailures();
  for (const path of ["", "?patient=new", "/messages", "/failures.js", "/list.js", "/report.js"]) {
    const { status, text, headers } = await served(path);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get("content-security-policy")).toMatch(STRICT);
    expect(text).not.toMatch(/<script>|<style| style="| on[a-z]+="/);
  }
});
