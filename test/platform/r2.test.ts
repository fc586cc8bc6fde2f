import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";

/** What the code relies on of the object store, and what it does itself because of it (docs/platform.md). */

const KEY = "platform/object";
const BYTES = new TextEncoder().encode("0123456789");
beforeAll(() => env.REPORTS.put(KEY, BYTES));
const bodyOf = async (object: R2ObjectBody | R2Object | null) =>
  object && "body" in object ? new TextDecoder().decode(await object.arrayBuffer()) : object;

describe("R2", () => {
  test("gives the part that offset and length name", async () => {
    expect(await bodyOf(await env.REPORTS.get(KEY, { range: { offset: 2, length: 3 } }))).toBe("234");
  });

  test.each(["bytes=100-", "bytes=0-1,4-5"])("gives the whole object for the range header %s", async (range) => {
    expect(await bodyOf(await env.REPORTS.get(KEY, { range: new Headers({ range }) }))).toBe("0123456789");
  });

  test("ignores If-Range", async () => {
    const headers = new Headers({ range: "bytes=0-1", "if-range": '"another state"' });
    expect(await bodyOf(await env.REPORTS.get(KEY, { range: headers, onlyIf: headers }))).toBe("01");
  });

  test("throws at an If-None-Match that is malformed", async () => {
    const onlyIf = new Headers({ "if-none-match": "no tag" });
    await expect(env.REPORTS.get(KEY, { onlyIf })).rejects.toThrow();
  });

  test("does not tell a failed If-Match from a matching If-None-Match", async () => {
    const { httpEtag } = (await env.REPORTS.head(KEY))!;
    const unchanged = await env.REPORTS.get(KEY, { onlyIf: new Headers({ "if-none-match": httpEtag }) });
    const other = await env.REPORTS.get(KEY, { onlyIf: new Headers({ "if-match": '"x"' }) });
    for (const object of [unchanged, other]) expect(object !== null && !("body" in object)).toBe(true);
  });

  test("refuses bytes that are not those of the SHA-256", async () => {
    await expect(env.REPORTS.put("platform/other", BYTES, { sha256: "0".repeat(64) })).rejects.toThrow();
    expect(await env.REPORTS.head("platform/other")).toBeNull();
  });

  test("deletes a thousand keys at once, also those that are not there", async () => {
    await env.REPORTS.put("platform/1", BYTES);
    await env.REPORTS.delete(Array.from({ length: 1000 }, (_, i) => `platform/${i}`));
    expect(await env.REPORTS.head("platform/1")).toBeNull();
  });
});
