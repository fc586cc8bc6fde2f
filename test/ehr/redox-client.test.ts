import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { DeliveryError } from "../../src/platform/core/delivery-error.ts";
import { responseOf, retryAfterOf } from "../../src/platform/core/outgoing.ts";
import { forgetRedoxTokens, redoxClient } from "../../src/features/ehr/redox/client.ts";
import { redoxVariables } from "./fake-redox.ts";

const TOKEN_URL = "https://redox.test/token";
const ENDPOINT_URL = "https://redox.test/endpoint";
const UPLOAD_URL = "https://redox.test/upload";

afterEach(() => vi.restoreAllMocks());

/** A client of a Redox that accepts everything unless told otherwise, and what it was asked. */
async function given({
  expiresIn = 600,
  audience,
  answer = () => Response.json({ URI: "https://blob.redox.test/1" }, { status: 202 }),
}: {
  expiresIn?: number;
  audience?: string | undefined;
  answer?: () => Response;
} = {}) {
  forgetRedoxTokens();
  const asked: { url: string; headers: Headers; text: string }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    asked.push({
      url: request.url,
      headers: request.headers,
      text: new TextDecoder().decode(await request.arrayBuffer()),
    });
    if (request.url === TOKEN_URL) return Response.json({ access_token: `t${asked.length}`, expires_in: expiresIn });
    return answer();
  });
  const { REDOX_PRIVATE_KEY } = await redoxVariables();
  const client = redoxClient({
    tokenUrl: TOKEN_URL,
    endpointUrl: ENDPOINT_URL,
    uploadUrl: UPLOAD_URL,
    clientId: "client-1",
    keyId: "key-1",
    privateKey: REDOX_PRIVATE_KEY!.replaceAll("\\n", "\n"),
    audience,
    source: { id: "s", name: "n" },
  });
  return { client, of: (url: string) => asked.filter((request) => request.url === url) };
}

describe("a token of Redox", () => {
  test.each([
    [600, 1],
    [61, 1],
    [60, 3],
    [0, 3],
  ])("that is valid for %i s is fetched %i times for three messages", async (expiresIn, times) => {
    const { client, of } = await given({ expiresIn });
    for (let i = 0; i < 3; i++) await client.send("{}");
    expect([of(TOKEN_URL).length, of(ENDPOINT_URL).length]).toEqual([times, 3]);
  });

  test.each([undefined, "https://api.redoxengine.com/v2/auth/token"])(
    "is asked for with a signed assertion for the audience %s",
    async (audience) => {
      const { client, of } = await given({ audience });
      await client.send("{}");
      const assertion = new URLSearchParams(of(TOKEN_URL)[0]!.text).get("client_assertion")!;
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS384", kid: "key-1", typ: "JWT" });
      const { iat, exp, jti, ...claims } = decodeJwt(assertion);
      expect(claims).toEqual({ iss: "client-1", sub: "client-1", ...(audience && { aud: audience }) });
      expect([exp! - iat!, jti]).toEqual([300, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    },
  );
});

test("a message is sent as JSON with the token", async () => {
  const { client, of } = await given();
  await client.send("{}");
  const [{ headers, text }] = of(ENDPOINT_URL) as [ReturnType<typeof of>[number]];
  expect([headers.get("authorization"), headers.get("content-type"), text]).toEqual([
    "Bearer t1",
    "application/json",
    "{}",
  ]);
});

test("an upload is a PDF with the name report.pdf in a form", async () => {
  const { client, of } = await given();
  expect(await client.upload(new Uint8Array([1, 2, 3]))).toBe("https://blob.redox.test/1");
  const { text } = of(UPLOAD_URL)[0]!;
  expect(text).toMatch(/name="file"; filename="report\.pdf"/);
  expect(text).toContain("application/pdf");
});

describe("an answer whose connection is closed before its body ends", () => {
  const brokenOff = (status: number) =>
    new Response(new ReadableStream({ start: (it) => it.error(new Error("connection closed")) }), { status });

  test.each([
    [202, undefined],
    [400, "redox_400"],
    [503, "redox_503"],
  ])("is what its status %i says", async (status, reason) => {
    const { client } = await given({ answer: () => brokenOff(status) });
    const failed = await client.send("{}").then(
      () => undefined,
      (error: DeliveryError) => error.reason,
    );
    expect(failed).toBe(reason);
  });
});

describe("Retry-After", () => {
  const DAY = 24 * 3600;
  const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();
  test.each([
    ["0", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["retry in 45", undefined],
    ["2 hours", undefined],
    ["120, 240", undefined],
    ["7", 7],
    [" 7 ", 7],
    ["86401", DAY],
    ["9999999999", DAY],
    ["9".repeat(400), DAY],
    [inAMinute(), 60],
    ["Sun, 06 Nov 2094 08:49:37 GMT", DAY],
    ["Sun, 06 Nov 1994 08:49:37 GMT", undefined],
    ["Sun Nov  6 08:49:37 2094", DAY],
  ])("%j is %j seconds", async (value, seconds) => {
    vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response(null, { headers: { "retry-after": value } }));
    const { retryAfterSeconds } = retryAfterOf(await responseOf("x", "https://x.test", { timeoutMs: 1000 }));
    expect(Math.abs((retryAfterSeconds ?? -9) - (seconds ?? -9))).toBeLessThanOrEqual(1);
  });
});
