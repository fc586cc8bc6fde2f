import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { forgetRedoxTokens, redoxClient } from "../../src/features/ehr/redox/client.ts";
import { redoxVariables } from "./fake-redox.ts";

const TOKEN_URL = "https://redox.test/token";
const ENDPOINT_URL = "https://redox.test/endpoint";
const UPLOAD_URL = "https://redox.test/upload";

afterEach(() => vi.restoreAllMocks());

/** A client of a Redox that accepts everything, and what it was asked. */
async function given({ expiresIn = 600, audience }: { expiresIn?: number; audience?: string | undefined } = {}) {
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
    return Response.json({ URI: "https://blob.redox.test/1" }, { status: 202 });
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
