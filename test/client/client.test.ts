import { describe, expect, test } from "vitest";
import * as everything from "../../client/index.ts";
import {
  createClient,
  createSite,
  deleteSite,
  findPatients,
  getTime,
  inviteClinician,
  listClinics,
  listPatients,
  mergePatient,
  processEhrMessage,
  queryData,
  xealthGetPrograms,
  withResponse,
} from "../../client/index.ts";
import { errorOf, json, scripted } from "./scripted.ts";

const files = import.meta.glob<string>(["../../client/generated/description.sha256", "../../public/openapi.json"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const digest = files["../../client/generated/description.sha256"]!;
const text = files["../../public/openapi.json"]!;

const CLINIC = { path: { clinicId: "0123456789abcdef01234567" } };

describe("client/generated", () => {
  test("is of this public/openapi.json; `npm run client` writes it", async () => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    expect(Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")).toBe(digest.trim());
  });

  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, { operationId: string }>> };
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => [operationId, method.toUpperCase(), path] as const),
  );
  const functions = new Map(Object.entries(everything).map(([name, value]) => [name.toLowerCase(), value]));

  test.each(operations)("has a function for %s that sends it", async (operationId, method, path) => {
    const call = functions.get(operationId.toLowerCase()) as (options: object) => Promise<unknown>;
    expect(call, operationId).toBeTypeOf("function");
    const { client, sent } = scripted([json({})]);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, `a ${name}`]);
    await call({ client, path: Object.fromEntries(named) });
    expect(sent).toMatchObject([{ method, path: path.replaceAll(/\{(\w+)\}/g, "a%20$1") }]);
  });

  test("has operations to compare with", () => expect(operations.length).toBeGreaterThan(100));
});

describe("a request", () => {
  test("has the token, as a text or from a function, once a request", async () => {
    let made = 0;
    const token = () => Promise.resolve(`token-${++made}`);
    const { client, sent } = scripted([json({}, 503), json([]), json([])], { token });
    await listClinics({ client });
    await listClinics({ client });
    const tokens = sent.map(({ headers }) => headers.get("x-tidepool-session-token"));
    expect(tokens).toEqual(["token-1", "token-1", "token-2"]);
  });

  test("has none where none is taken, or none is there", async () => {
    const { client, sent } = scripted([json({}), json({}), json({})]);
    await getTime({ client });
    await processEhrMessage({ client, body: {}, headers: { "verification-token": "of-redox" } });
    await xealthGetPrograms({ client, body: {}, headers: { authorization: "Bearer of-xealth" } });
    expect(sent.map(({ headers }) => headers.get("x-tidepool-session-token"))).toEqual([null, null, null]);
    expect(sent[2]!.headers.get("authorization")).toBe("Bearer of-xealth");
    expect(sent[1]!.headers.get("verification-token")).toBe("of-redox");
    const without = scripted([json([])], { token: undefined });
    await queryData({ client: without.client, path: { userId: "a1b2c3d4e5" }, query: { restricted_token: "r" } });
    expect(without.sent[0]).toMatchObject({ path: "/data/a1b2c3d4e5?restricted_token=r" });
  });

  test("has the headers of the client and of the call", async () => {
    const { client, sent } = scripted([json([])], { headers: { "x-tidepool-trace-session": "s" } });
    await listClinics({ client, headers: { "x-request-id": "r" } });
    expect(sent[0]!.headers.get("x-tidepool-trace-session")).toBe("s");
    expect(sent[0]!.headers.get("x-request-id")).toBe("r");
  });

  test("has lists in its query separated by commas", async () => {
    const { client, sent } = scripted([json({ data: [], meta: {} }), json([])]);
    await listPatients({ client, ...CLINIC, query: { tags: ["a1", "b2"], sort: "+fullName" } });
    await findPatients({ client, query: { workspaceId: "ü&?" } });
    expect(sent[0]!.path).toMatch(/tags=a1,b2&sort=%2BfullName$/);
    expect(sent[1]!.path).toBe("/v1/patients?workspaceId=%C3%BC%26%3F");
  });
});

describe("the bookmark of an answer", () => {
  const OLDER = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";
  const NEWER = "00000086-00000001-00004c6d-8e61117bf38d7adb71b934ebbf891683";
  const withBookmark = (bookmark: string, status = 200) => json([], status, { "x-d1-bookmark": bookmark });

  test("is sent with the requests after it, also that of a refusal; an older one does not replace it", async () => {
    const script = [withBookmark(OLDER), withBookmark(NEWER, 404), withBookmark(OLDER), json([])];
    const { client, sent } = scripted(script);
    for (const _ of script) await listClinics({ client }).catch(() => undefined);
    expect(sent.map(({ headers }) => headers.get("x-d1-bookmark"))).toEqual([null, OLDER, NEWER, NEWER]);
  });
});

describe("an answer", () => {
  test("is its body; nothing that matters where there is none", async () => {
    const { client } = scripted([json([{ id: "a" }]), new Response(null, { status: 204 })]);
    expect(await listClinics({ client })).toEqual([{ id: "a" }]);
    expect(await deleteSite({ client, path: { ...CLINIC.path, siteId: "b" } })).toBeNull();
  });

  test("comes with its response when it is asked for that", async () => {
    const { client } = scripted([json([{ id: "a" }], 200, { "x-request-id": "r" })]);
    const { data, response } = await withResponse(listClinics, { client });
    expect(data).toEqual([{ id: "a" }]);
    expect(response.headers.get("x-request-id")).toBe("r");
    const refusing = scripted([json({ code: 403, message: "no" }, 403)]).client;
    await expect(withResponse(listClinics, { client: refusing })).rejects.toMatchObject({ status: 403 });
  });
});

describe("what is no answer of the service", () => {
  test("a page of what stands before it is an error and no success", async () => {
    const page = () =>
      new Response("<html>Please sign in</html>", { headers: { "content-type": "text/html; charset=utf-8" } });
    expect(await errorOf(listClinics({ client: scripted([page()]).client }))).toMatchObject({ code: "unreadable" });
    const post = inviteClinician({
      ...CLINIC,
      body: { email: "a@b.test", roles: [] },
      client: scripted([page()]).client,
    });
    expect(await errorOf(post)).toMatchObject({ code: "unreadable" });
  });

  test("where it leads to is not followed: the token is for the service alone", async () => {
    const modes: string[] = [];
    const client = createClient({
      baseUrl: "https://clinics.test",
      token: "token-1",
      fetch: async ({ redirect }) => {
        modes.push(redirect);
        return new Response(null, { status: 302, headers: { location: "https://elsewhere.test/" } });
      },
    });
    expect(await errorOf(listClinics({ client }))).toMatchObject({ status: 302 });
    expect(modes).toEqual(["manual"]);
  });

  test("where it leads to in a browser, which does not say, is an error at once", async () => {
    // As fetch gives it there: without status, headers and body.
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: "opaqueredirect" },
      status: { value: 0 },
      ok: { value: false },
    });
    const { client, sent } = scripted([opaque, json([])]);
    expect(await errorOf(listClinics({ client }))).toMatchObject({
      status: 0,
      code: "redirect",
      message: "the service answered with a redirect, which is not followed",
    });
    expect(sent).toHaveLength(1);
  });
});

describe("where the service is", () => {
  test.each([
    ["https://clinics.test", "https://clinics.test/v1/clinics"],
    ["https://clinics.test/", "https://clinics.test/v1/clinics"],
    ["https://clinics.test/v1", "https://clinics.test/v1/clinics"],
    ["https://clinics.test/v1/", "https://clinics.test/v1/clinics"],
    ["https://clinics.test//", "https://clinics.test/v1/clinics"],
    ["https://gate.test/clinics", "https://gate.test/clinics/v1/clinics"],
    ["https://v1", "https://v1/v1/clinics"],
  ])("may be said as %s", async (baseUrl, expected) => {
    const asked: string[] = [];
    const fetch = async ({ url }: Request) => {
      asked.push(url);
      return json([]);
    };
    await listClinics({ client: createClient({ baseUrl, fetch }) });
    expect(asked).toEqual([expected]);
  });

  test.each(["", "clinics.test"])("is no address outside of a page: %j, and nothing is sent", async (baseUrl) => {
    const { client, sent } = scripted([json([])], { baseUrl });
    expect(await errorOf(listClinics({ client }))).toMatchObject({ status: 0, code: "unsent" });
    expect(sent).toEqual([]);
  });

  test.each([
    "https://clinics.test?a=b",
    "https://clinics.test/#a",
    "https://me:secret@clinics.test",
    "localhost:8787",
    "ftp://clinics.test",
  ])("can't be %s: no client is made", (baseUrl) => {
    expect(() => createClient({ baseUrl })).toThrow(TypeError);
  });
});

describe("a part of the path", () => {
  test.each(["", ".", "..", undefined, null])(
    "that is %j would be the path of something else: nothing is sent",
    async (id) => {
      const { client, sent } = scripted([json({})]);
      const path = { ...CLINIC.path, patientId: id as string };
      const error = await errorOf(mergePatient({ client, path, body: { sourceId: "a" } }));
      expect(error).toMatchObject({ status: 0, code: "unsent", message: expect.stringContaining("path.patientId") });
      expect(sent).toEqual([]);
    },
  );

  test("may be any other text", async () => {
    const { client, sent } = scripted([json({})]);
    await deleteSite({ client, path: { ...CLINIC.path, siteId: "a/../b?c" } });
    expect(sent).toMatchObject([{ path: `/v1/clinics/${CLINIC.path.clinicId}/sites/a%2F..%2Fb%3Fc` }]);
  });
});

describe("an error", () => {
  const refused = (body: unknown, status: number) => json(body, status, { "x-request-id": "req-1" });
  const about = async (response: Response) => errorOf(listClinics({ client: scripted([response]).client }));

  test("has what the service said, and where", async () => {
    const { client } = scripted([refused({ code: 409, message: "duplicate site name" }, 409)]);
    const error = await errorOf(createSite({ client, ...CLINIC, body: { name: "North" } }));
    expect(error).toMatchObject({
      name: "ClinicsError",
      status: 409,
      code: 409,
      message: "duplicate site name",
      operation: "POST /v1/clinics/{clinicId}/sites",
      requestId: "req-1",
      body: { code: 409, message: "duplicate site name" },
    });
    expect(String(error)).toBe("ClinicsError: duplicate site name");
  });

  test.each([
    [{ status: 403, id: "r", code: "data_cant_view", message: "not authorized" }, "data_cant_view", "not authorized"],
    [{ code: "unauthenticated", title: "token", detail: "token is missing" }, "unauthenticated", "token is missing"],
    [
      { errors: [{ code: "value-not-exists", title: "no", detail: "no value" }], meta: {} },
      "value-not-exists",
      "no value",
    ],
    [{ reason: "only this" }, 403, "the service answered 403"],
    [null, 403, "the service answered 403"],
  ])("is read from %j", async (body, code, message) => {
    expect(await about(refused(body, 403))).toMatchObject({ status: 403, code, message, requestId: "req-1" });
  });

  test.each([
    ["a page of something in between", new Response("<html>Bad gateway</html>", { status: 502 })],
    ["nothing", new Response(null, { status: 502 })],
    ["half of JSON", new Response('{"code":', { status: 502, headers: { "content-type": "application/json" } })],
  ])("is made of %s", async (_, response) => {
    const error = await about(response);
    expect(error).toMatchObject({ status: 502, code: 502, message: "the service answered 502", requestId: undefined });
  });

  test("is what an answer that can't be read becomes", async () => {
    const headers = { "content-type": "application/json", "x-request-id": "r" };
    const error = await about(new Response("[{", { headers }));
    expect(error).toMatchObject({ status: 200, code: "unreadable", requestId: "r" });
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  test("is what a token that is not to be had becomes, and nothing is sent", async () => {
    const token = () => Promise.reject(new Error("signed out"));
    const { client, sent } = scripted([json([])], { token });
    const error = await errorOf(inviteClinician({ client, ...CLINIC, body: { email: "a@b.test", roles: [] } }));
    expect(error).toMatchObject({ status: 0, code: "unsent", message: "the request could not be sent: signed out" });
    expect(sent).toEqual([]);
  });
});
