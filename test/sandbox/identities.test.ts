import { expect, test } from "vitest";
import { send } from "../harness.ts";
import { sandboxed } from "./served.ts";

const ask = (body: string, type = "application/json") =>
  sandboxed("/sandbox/identities/token", { method: "POST", headers: { "content-type": type }, body });

test("the people of the demo data and a service are listed, without tokens", async () => {
  const { status, text } = await sandboxed("/sandbox/identities.json");
  expect([status, JSON.parse(text)]).toEqual([
    200,
    [
      { who: "a1b2c3d4e5", name: "Ana Ruiz", is: "admin" },
      { who: "service", name: "Sandbox", is: "backend service" },
    ],
  ]);
});

test.each(["a1b2c3d4e5", "service"])("the API takes the token of %s", async (who) => {
  const { status, headers, text } = await ask(JSON.stringify({ who }));
  expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
  const { token } = JSON.parse(text) as { token: string };
  expect((await send("GET", "/v1/nothing", { token })).status).toBe(404);
});

test.each(["", "{", "null", "{}", '{"who":7}', '{"who":"5a5a5a5a5a"}', '{"who":""}'])("400 for %j", async (body) => {
  expect((await ask(body)).status).toBe(400);
});

test.each(["text/plain", "application/x-www-form-urlencoded"])(
  "415 for what a page elsewhere can send: %s",
  async (type) => {
    expect((await ask('{"who":"service"}', type)).status).toBe(415);
  },
);

test("403 under a name that is not the machine's", async () => {
  expect((await sandboxed("http://evil.example/sandbox/identities.json")).status).toBe(403);
});
