import { describe, expect, test } from "vitest";
import {
  type Client,
  ClinicsError,
  cursorPages,
  listClinics,
  listDataSets,
  listDuplicatePatients,
  listPatients,
  numberedPages,
  pages,
  queryData,
} from "../../client/index.ts";
import { busy, json, scripted } from "./scripted.ts";

const CLINIC = { path: { clinicId: "0123456789abcdef01234567" } };
const USER = { path: { userId: "a1b2c3d4e5" } };

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ id: String(from + n) }));
async function idsOf(entries: AsyncIterable<unknown>): Promise<string[]> {
  const found = [];
  for await (const entry of entries) found.push((entry as { id: string }).id);
  return found;
}
const ids = (to: number) => numbers(0, to).map(({ id }) => id);
const queries = (sent: readonly { path: string }[]) => sent.map(({ path }) => path.split("?")[1]);

test.each([{ ok: true }, null, "text", {}])("an answer without a list is an error that says so: %j", async (answer) => {
  for (const [all, operation] of [
    [(client: Client) => pages(listClinics, { client }), "GET /v1/clinics"],
    [(client: Client) => numberedPages(listDataSets, { client, ...USER }), "GET /v1/users/{userId}/data_sets"],
    [(client: Client) => cursorPages(queryData, { client, ...USER }), "GET /data/{userId}"],
  ] as const) {
    const { client } = scripted([json(answer, 200, { "x-request-id": "request-1" })]);
    const failed = await idsOf(all(client)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ClinicsError);
    const message = "the answer can't be read";
    expect(failed).toMatchObject({ status: 200, code: "unreadable", message, operation, requestId: "request-1" });
  }
});

describe("a list with offset and limit", () => {
  test("that is empty is asked for once", async () => {
    const { client, sent } = scripted([json([])]);
    expect(await idsOf(pages(listClinics, { client }))).toEqual([]);
    expect(queries(sent)).toEqual(["offset=0&limit=100"]);
  });

  test("ends with a page that is not full", async () => {
    const { client, sent } = scripted([json(numbers(0, 2)), json(numbers(2, 3))]);
    expect(await idsOf(pages(listClinics, { client, query: { limit: 2 } }))).toEqual(ids(3));
    expect(queries(sent)).toEqual(["limit=2&offset=0", "limit=2&offset=2"]);
  });

  test("whose last page is full ends with an empty one", async () => {
    const { client, sent } = scripted([json(numbers(0, 2)), json(numbers(2, 4)), json([])]);
    expect(await idsOf(pages(listClinics, { client, query: { limit: 2 } }))).toEqual(ids(4));
    expect(sent).toHaveLength(3);
  });

  const page = (from: number, to: number, count: number) =>
    json({ data: numbers(from, to), meta: { count, totalCount: 90 } });

  test("that says how many there are ends there", async () => {
    const { client, sent } = scripted([page(0, 2, 4), page(2, 4, 4)]);
    expect(await idsOf(pages(listPatients, { client, ...CLINIC, query: { limit: 2 } }))).toEqual(ids(4));
    expect(sent).toHaveLength(2);
    const empty = scripted([page(0, 0, 0)]);
    expect(await idsOf(pages(listPatients, { client: empty.client, ...CLINIC }))).toEqual([]);
  });

  test("begins where it is told, with the filters on every page", async () => {
    const { client, sent } = scripted([page(4, 6, 7), page(6, 7, 7)]);
    await idsOf(pages(listPatients, { client, ...CLINIC, query: { search: "a", offset: 4, limit: 2 } }));
    expect(queries(sent)).toEqual(["search=a&offset=4&limit=2", "search=a&offset=6&limit=2"]);
  });

  test("has pages no larger than the service gives", async () => {
    const { client, sent } = scripted([json(numbers(0, 1000)), json(numbers(1000, 1001))]);
    expect(await idsOf(pages(listClinics, { client, query: { limit: 5000 } }))).toHaveLength(1001);
    expect(queries(sent)).toEqual(["limit=1000&offset=0", "limit=1000&offset=1000"]);
  });

  test("is asked for as far as it is read", async () => {
    const { client, sent } = scripted([json(numbers(0, 2)), json(numbers(2, 4))]);
    for await (const { id } of pages(listClinics, { client, query: { limit: 2 } })) if (id === "1") break;
    expect(sent).toHaveLength(1);
  });

  test("is asked again for a page that failed; what ends a call ends the list", async () => {
    const script = [json(numbers(0, 2)), busy(), json(numbers(2, 4)), json({ code: 403, message: "no" }, 403)];
    const { client } = scripted(script);
    const seen: string[] = [];
    const reading = async () => {
      for await (const { id } of pages(listClinics, { client, query: { limit: 2 } })) seen.push(id);
    };
    await expect(reading()).rejects.toBeInstanceOf(ClinicsError);
    expect(seen).toEqual(ids(4));
  });
});

test("a list with numbers of pages begins with 0 and ends with a page that is not full", async () => {
  const { client, sent } = scripted([json(numbers(0, 2)), json(numbers(2, 4)), json([])]);
  expect(await idsOf(numberedPages(listDataSets, { client, ...USER, query: { size: 2 } }))).toEqual(ids(4));
  expect(queries(sent)).toEqual(["size=2&page=0", "size=2&page=1", "size=2&page=2"]);
});

test("a list that has its cursor beside the entries goes on after a page without any", async () => {
  const page = (from: number, to: number, next?: string) =>
    json({ data: numbers(from, to), crowds: [], meta: { next } });
  const { client, sent } = scripted([page(0, 2, "1.7"), page(2, 2, "2.0"), page(2, 3)]);
  const pairs = cursorPages(listDuplicatePatients, { client, ...CLINIC, query: { limit: 2 } });
  expect(await idsOf(pairs)).toEqual(ids(3));
  expect(queries(sent)).toEqual(["limit=2", "limit=2&cursor=1.7", "limit=2&cursor=2.0"]);
});

describe("device data", () => {
  test("go on after each cursor, however full a part is, until there is none", async () => {
    const part = (from: number, to: number, cursor?: string) =>
      json(numbers(from, to), 200, cursor === undefined ? {} : { "x-next-cursor": cursor });
    const { client, sent } = scripted([part(0, 2, "c/1"), part(2, 3, "c2"), part(3, 5)]);
    const data = cursorPages(queryData, { client, ...USER, query: { type: "cbg", limit: 2 } });
    expect(await idsOf(data)).toEqual(ids(5));
    expect(queries(sent)).toEqual(["type=cbg&limit=2", "type=cbg&limit=2&cursor=c%2F1", "type=cbg&limit=2&cursor=c2"]);
  });

  test("that are none are asked for once, a thousand at a time unless told otherwise", async () => {
    const { client, sent } = scripted([json([])]);
    expect(await idsOf(cursorPages(queryData, { client, ...USER }))).toEqual([]);
    expect(queries(sent)).toEqual(["limit=1000"]);
  });
});
