import { describe, expect, test } from "vitest";
import manifest from "../../package.json";
import { send, service, UNKNOWN_ID } from "../../test/harness.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const UNKNOWN = ["/nothing", "/v1", "/v1/clinics/", "/v1/nothing/here", "/sandbox/", "/health/x"];
const get = (path: string, accept?: string) => send("GET", path, { headers: accept === undefined ? {} : { accept } });

describe("where no operation is", () => {
  test.each(UNKNOWN)("a browser gets a page that loads and runs nothing of others: %s", async (path) => {
    const answer = await get(path, BROWSER);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'self'; /);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.text).toContain("<h1>There is nothing here</h1>");
    expect(answer.text).not.toMatch(/<script|<style| style=| on\w+=|https?:/);
  });

  test.each(["Text/HTML", "text/*, application/json;q=0.5"])("however a page is asked for: %s", async (accept) => {
    expect((await get("/nothing", accept)).headers.get("content-type")).toBe("text/html; charset=UTF-8");
  });

  test("the page says nothing of the request", async () => {
    const [one, other] = [await get("/nothing", BROWSER), await get("/v1/%3Cb%3E?x=<b>", BROWSER)];
    expect(other.text).toBe(one.text);
  });

  test.each([
    undefined,
    "*/*",
    "application/json",
    "application/json, text/html",
    "text/html;q=0.5, */*",
    "text/plain",
  ])("everybody else gets the refusals of the gates: %s", async (accept) => {
    expect((await get("/v1/nothing", accept)).body).toEqual({ code: 400, message: "session token is missing" });
    const known = await (await service()).get("/v1/nothing", accept === undefined ? {} : { accept });
    expect([known.status, known.body.message]).toEqual([404, "no matching operation was found"]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])("%s gets no page", async (method) => {
    const answer = await send(method, "/v1/nothing", { headers: { accept: BROWSER } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/json"]);
  });
});

describe("where an operation is", () => {
  test.each(["/v1/clinics", `/v1/clinics/${UNKNOWN_ID}`, "/v1/redox", "/v1/clinics/malformed"])(
    "a browser gets the refusals of the gates: %s",
    async (path) => {
      const answer = await get(path, BROWSER);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect([400, 401]).toContain(answer.status);
    },
  );
});

test("/health answers the version of the package", async () => {
  expect((await get("/health")).body).toEqual({ status: "ok", version: manifest.version });
});
