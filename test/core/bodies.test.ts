import { beforeAll, describe, expect, test } from "vitest";
import { BODY_BYTES_MAX } from "../../src/platform/request/validate.ts";
import { everythingStored, type GivenClinic, givenClinic, newUserId, send } from "../harness.ts";
import { servedIn } from "../served-in.ts";

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});
const createSite = (body: unknown, headers?: Record<string, string>) =>
  clinic.admin.post(`${clinic.path}/sites`, body, headers);
const site = () => JSON.stringify({ name: `Site ${newUserId()}` });
const streamOf = (...chunks: (string | Uint8Array)[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      controller.close();
    },
  });

describe("a body", () => {
  test.each(["{", "[1,]", "undefined", "{'name':'x'}", '{"name":"x"} x', "\u0000"])(
    "400 when it is not JSON: %j, and nothing is stored",
    async (body) => {
      const before = await everythingStored();
      const answer = await createSite(body);
      expect(answer.status).toBe(400);
      expect(answer.body.message).toMatch(/^request body has an error: failed to decode request body/);
      expect(await everythingStored()).toBe(before);
    },
  );

  test.each(["null", "[]", '"text"', "7", "true"])("400 when it is JSON but no object: %s", async (body) => {
    const answer = await createSite(body);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      expect.stringMatching(/doesn't match schema #\/components\/schemas\/siteCreation\.v1: Error at "": /),
    ]);
  });

  test.each(["", "   \n"])("400 when it is needed and empty: %j", async (body) => {
    const answer = await createSite(body);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      "request body has an error: value is required but missing",
    ]);
  });

  test("400 when there is none at all", async () => {
    expect((await createSite(undefined)).body.message).toMatch(/value is required but missing/);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"])(
    "415 when it says it is %s",
    async (type) => {
      const answer = await createSite(site(), { "content-type": type });
      expect([answer.status, answer.body.code]).toEqual([415, 415]);
    },
  );

  test.each(["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"])(
    "200 when it says it is %s",
    async (type) => {
      expect((await createSite(site(), { "content-type": type })).status).toBe(200);
    },
  );

  test("200 when it does not say what it is", async () => {
    expect((await createSite(streamOf(site()))).status).toBe(200);
  });

  test("200 when an empty one is labelled as a form where none is needed, and when a stray one comes along", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const path = `${clinic.path}/clinicians/`;
    expect((await clinic.service.send("DELETE", path + clinic.prescriber.id, "", form)).status).toBe(200);
    expect((await clinic.service.send("DELETE", path + clinic.member.id, { 404: {} })).status).toBe(200);
  });

  test("400 when it is not UTF-8", async () => {
    const broken = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
    const answer = await createSite(streamOf(broken), { "content-type": "application/json" });
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringMatching(/UTF-8/)]);
    expect((await createSite(streamOf(new Uint8Array([0x22, 0xe2, 0x82])))).status).toBe(400);
  });

  test("200 when a letter is cut in two on the way, or a byte order mark comes first", async () => {
    const name = `Ünît ß ${newUserId()}`;
    const bytes = new TextEncoder().encode(JSON.stringify({ name }));
    const chunks = [...bytes].map((byte) => new Uint8Array([byte]));
    // Straight to the application: on a wire chunks are joined as they come.
    const { token } = clinic.admin;
    const answer = await send("POST", `${clinic.path}/sites`, {
      token,
      body: streamOf(...chunks),
      through: servedIn({}),
    });
    expect([answer.status, answer.body.name]).toEqual([200, name]);
    expect((await createSite(streamOf(new Uint8Array([0xef, 0xbb, 0xbf]), site()))).status).toBe(200);
  });

  test("413 above 1 MiB, whether its length is declared or not, and nothing is stored", async () => {
    const before = await everythingStored();
    const large = JSON.stringify({ name: "x".repeat(BODY_BYTES_MAX) });
    const declared = await createSite(large);
    expect([declared.status, declared.body.code]).toEqual([413, 413]);
    const chunk = "x".repeat(256 * 1024);
    expect((await createSite(streamOf('{"name":"', chunk, chunk, chunk, chunk, '"}'))).status).toBe(413);
    expect(await everythingStored()).toBe(before);
  });

  test("200 at exactly 1 MiB", async () => {
    const body = site();
    expect((await createSite(body + " ".repeat(BODY_BYTES_MAX - body.length))).status).toBe(200);
  });

  test("403, not 413 or 415, for a refused caller", async () => {
    const large = "x".repeat(BODY_BYTES_MAX + 1);
    expect((await clinic.outsider.post(`${clinic.path}/sites`, large)).status).toBe(403);
    const headers = { "content-type": "text/plain" };
    expect((await clinic.outsider.post(`${clinic.path}/sites`, "x", headers)).status).toBe(403);
  });

  test("names in it that mean something to the language mean nothing here", async () => {
    const name = `Proto ${newUserId()}`;
    const answer = await createSite(`{"__proto__":{"name":"x"},"constructor":{"prototype":{}},"name":"${name}"}`);
    expect([answer.status, answer.body.name]).toEqual([200, name]);
    expect((await createSite('{"__proto__":{"name":"x"}}')).status).toBe(400);
  });

  test("400 or better for JSON nested ten thousand deep", async () => {
    expect((await createSite("[".repeat(10_000))).status).toBe(400);
    expect((await createSite(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`)).status).toBe(400);
  });
});

describe("a body with a Content-Encoding", () => {
  const sent = (body: BodyInit, encoding: string) =>
    clinic.admin.post(`${clinic.path}/sites`, body, {
      "content-type": "application/json",
      "content-encoding": encoding,
    });
  const zipped = () =>
    new Blob([JSON.stringify({ name: "Zipped" })]).stream().pipeThrough(new CompressionStream("gzip"));

  test("415 naming the encoding, whether the body is encoded or only says so", async () => {
    for (const answer of [await sent(zipped(), "gzip"), await sent('{"name":"Plain"}', "gzip")]) {
      expect([answer.status, answer.body.message]).toEqual([
        415,
        expect.stringContaining('Content-Encoding has "gzip"'),
      ]);
    }
    expect((await sent('{"name":"Plain"}', "x".repeat(500))).body.message).not.toContain("xxx");
  });

  test("200 for identity, and for an empty body where none is needed", async () => {
    expect((await sent(`{"name":"Site ${newUserId()}"}`, "identity")).status).toBe(200);
    const details = `/v1/users/${newUserId()}/clinics`;
    expect((await clinic.service.post(details, "", { "content-encoding": "gzip" })).status).toBe(200);
  });
});

describe("JSON", () => {
  test("400 for more levels than any description has; brackets in a text are none", async () => {
    const nested = (levels: number) => `${'{"name":'.repeat(levels)}"x"${"}".repeat(levels)}`;
    // The longest one is not even parsed; the last one is no JSON either.
    for (const deep of [nested(33), nested(1_000), nested(100_000), "[".repeat(33)]) {
      const answer = await clinic.admin.post(`${clinic.path}/sites`, deep);
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining("more than 32 levels")]);
    }
    const shallow = await clinic.admin.post(`${clinic.path}/sites`, nested(32));
    expect([shallow.status, shallow.body.message]).toEqual([400, expect.stringContaining("doesn't match schema")]);
    expect((await clinic.admin.post(`${clinic.path}/sites`, `{"name":"${"[{".repeat(40)}"}`)).status).toBe(200);
  });
});

const list = (query: string) => clinic.service.get(`${clinic.path}/clinicians?${query}`);

describe("a query", () => {
  test("400 for a repeated or an empty parameter, which is named", async () => {
    const repeated = await list("role=a&role=b");
    expect([repeated.status, repeated.body.message]).toEqual([
      400,
      expect.stringMatching(/^Invalid format for parameter role: /),
    ]);
    for (const query of ["search=", "search", "limit="]) {
      const empty = await list(query);
      expect([empty.status, empty.body.message]).toEqual([400, expect.stringMatching(/empty value is not allowed/)]);
    }
  });

  test.each(["limit=1.5", "limit=0", "limit=1e2", "limit=%2B1", "limit=99999999999999999999", "offset=-1", "offset=x"])(
    "400 for ?%s",
    async (query) => {
      expect((await list(query)).status).toBe(400);
    },
  );

  test("200 for unknown parameters, also repeated and empty ones, and names that mean something to the language", async () => {
    expect((await list("unknown=1&unknown=2&empty=&__proto__=x&constructor=y&toString=z")).status).toBe(200);
  });

  test("400 or better for a query that can't be decoded", async () => {
    expect(
      (await send("GET", `${clinic.path}/clinicians?search=%E0%A4%A`, { token: clinic.service.token })).status,
    ).toBe(200);
  });
});
