import { beforeEach, describe, expect, test } from "vitest";
import { emptyMailbox, kept, sandboxed } from "./served.ts";

beforeEach(emptyMailbox);

const MAIL = { reference: "r1", from: "a@s.example", to: "b@s.example", subject: "S", html: "<p>x</p>", text: "x" };

const post = (path: string, type: string, body: string) =>
  sandboxed(path, { method: "POST", headers: { "content-type": type }, body });
const mail = (body: string, type = "application/json") => post("/sandbox/mailbox", type, body);
const login = (fields: { [field: string]: string | undefined }) =>
  post(
    "/sandbox/login",
    "application/x-www-form-urlencoded",
    new URLSearchParams(fields as Record<string, string>).toString(),
  );

describe("the mailbox", () => {
  test("202 keeps a mail, also when its type names a charset", async () => {
    for (const [i, type] of ["application/json", "Application/JSON; charset=utf-8"].entries()) {
      const { status } = await mail(JSON.stringify({ ...MAIL, reference: `kept ${i}` }), type);
      expect(status).toBe(202);
    }
    expect(kept().map(({ reference }) => reference)).toEqual(["kept 0", "kept 1"]);
  });

  test.each(["null", "", "{", "7", '"text"', "[]", "{}", JSON.stringify({ ...MAIL, html: 7 }), "\u0000"])(
    "400 for %j, and keeps nothing",
    async (body) => {
      expect((await mail(body)).status).toBe(400);
      expect(kept()).toEqual([]);
    },
  );

  test.each(["reference", "from", "to", "subject"])("400 for a %s that would burden every list", async (field) => {
    expect((await mail(JSON.stringify({ ...MAIL, [field]: "x".repeat(2_000) }))).status).toBe(400);
    expect(kept()).toEqual([]);
  });

  test("413 for a mail larger than any the service writes", async () => {
    expect((await mail(JSON.stringify({ ...MAIL, html: "x".repeat(1_100_000) }))).status).toBe(413);
    expect(kept()).toEqual([]);
  });

  test.each(["text/plain", "application/jsonp", "multipart/form-data"])("415 for %s", async (type) => {
    expect((await mail(JSON.stringify(MAIL), type)).status).toBe(415);
  });

  test.each(["9".repeat(15), "9".repeat(16), "9".repeat(400), "0x1", "-1"])("404 for the mail %s", async (id) => {
    expect((await sandboxed(`/sandbox/mailbox/${id}`)).status).toBe(404);
  });
});

describe("the sign-in", () => {
  test("200 signs for a demo user, a service, and anybody else", async () => {
    const answers = [
      await login({ who: "a1b2c3d4e5" }),
      await login({ who: "service" }),
      await login({ who: "other", userId: "5a5a5a5a5a", email: "eve@s.example", name: "Eve" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { text } of answers) expect(text).toMatch(/>eyJ[\w-]+\.[\w-]+\.[\w-]+</);
  });

  test("200 signs for a patient, whose id is a UUID; but none is a legacy clinic", async () => {
    const userId = "cda5b543-a2d3-45c4-8b74-20c16bea9eeb";
    expect((await login({ who: "other", userId })).status).toBe(200);
    const legacy = await login({ who: "other", userId, legacy: "on" });
    expect([legacy.status, legacy.text.includes("has ten hex digits")]).toEqual([400, true]);
    const asked = await post("/sandbox/legacy-accounts", "application/json", JSON.stringify({ userId }));
    expect([asked.status, asked.text]).toEqual([400, expect.stringContaining("has ten hex digits")]);
  });

  test.each([
    ["multipart/form-data", "who=service"],
    ["multipart/form-data; boundary=", "who=service"],
    ["multipart/form-data; boundary=x", "--x\r\nno part"],
    ["multipart/form-data; boundary=x", ""],
    ["application/json", '{"who":"service"}'],
    ["text/plain", "who=service"],
    ["application/x-www-form-urlencoded", ""],
    ["application/x-www-form-urlencoded", "%"],
  ])("400 for a body of type %s: %j", async (type, body) => {
    expect((await post("/sandbox/login", type, body)).status).toBe(400);
  });

  test.each([
    { userId: "" },
    { userId: "AAAAAAAAAA" },
    { email: "nobody" },
    { email: `${"x".repeat(300)}@s.example` },
    { name: "x".repeat(300) },
  ])("400 for somebody else with %j", async (fields) => {
    expect((await login({ who: "other", userId: "5a5a5a5a5a", ...fields })).status).toBe(400);
  });

  test("400 says what to change, and shows the form again", async () => {
    const unnamed = await login({ who: "ffffffffff" });
    const unreachable = await login({ who: "other", userId: "5a5a5a5a5a", email: "nobody" });
    expect([unnamed.status, unreachable.status]).toEqual([400, 400]);
    expect(unnamed.text).toContain("Choose who you are.");
    expect(unreachable.text).toContain("The address is none that could get mail.");
    for (const { text } of [unnamed, unreachable]) expect(text).toContain("<form");
  });

  test("413 for a form larger than its fields", async () => {
    expect((await login({ who: "service", name: "x".repeat(70_000) })).status).toBe(413);
  });
});

test("403 under a name that is not this machine's", async () => {
  expect((await sandboxed("http://elsewhere.example/sandbox/")).status).toBe(403);
});

test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("404 for %s anywhere", async (method) => {
  for (const path of ["/sandbox/", "/sandbox/login", "/sandbox/mailbox"]) {
    expect((await sandboxed(path, { method })).status).toBe(404);
  }
});
