import { describe, expect, test } from "vitest";
import { readDataQuery, readDataSetFilters } from "./query.ts";

const query = (text: string) => readDataQuery(new URLSearchParams(text));
const filters = (text: string, list: "current" | "older" = "current") =>
  readDataSetFilters(new URLSearchParams(text), list);
const errorsOf = (result: object) =>
  ("errors" in result ? (result.errors as any[]) : []).map(({ source, code, detail }) => [
    source.parameter,
    code,
    detail,
  ]);
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

/** A query, the parameter that is wrong, code and detail. */
type Refused = [query: string, parameter: string, code: string, detail: string];

describe("a query of data", () => {
  test("may ask for everything", () => {
    expect(query("")).toEqual({ query: { latest: false } });
  });

  test("says what it asks for", () => {
    const text =
      "type=cbg,smbg&subType=prime&startDate=2024-05-01T13:15:30-07:00&endDate=2024-05-02T00:00:00Z&latest=1" +
      "&uploadId=u&deviceId=d&carelink=false&limit=10000&cursor=-5.c.d&sampleIntervalMinimum=60000&cbgFilter=f&dexcom=t" +
      "&medtronic=0&dosingDecision.reason=loop,watch&subtype=ignored&other=1";
    expect(query(text)).toEqual({
      query: {
        types: ["cbg", "smbg"],
        subTypes: ["prime"],
        startDate: Date.parse("2024-05-01T20:15:30Z"),
        endDate: Date.parse("2024-05-02T00:00:00Z"),
        latest: true,
        uploadId: "u",
        deviceId: "d",
        carelink: false,
        limit: 10_000,
        cursor: { time: -5, id: "c.d" },
      },
    });
  });

  test("takes an empty parameter for absent", () => {
    const text = "type=&subType=&startDate=&endDate=&uploadId=&deviceId=&limit=&cursor=&sampleIntervalMinimum=";
    expect(query(text)).toEqual({ query: { latest: false } });
  });

  test.each(["latest", "carelink"])("has %s in twelve spellings, of which the last counts", (name) => {
    for (const text of TRUE) expect(query(`${name}=false&${name}=${text}`)).toMatchObject({ query: { [name]: true } });
    for (const text of FALSE) expect(query(`${name}=true&${name}=${text}`)).toMatchObject({ query: { [name]: false } });
  });

  const notParsable = (text: string) =>
    `value "${text}" is not a parsable time of format "2006-01-02T15:04:05.999999999Z07:00"`;
  test.each<Refused>([
    ["startDate=2024-05-01", "startDate", "value-not-parsable", notParsable("2024-05-01")],
    ["endDate=2024-05-01T20:15:30", "endDate", "value-not-parsable", notParsable("2024-05-01T20:15:30")],
    ...["latest", "carelink", "cbgFilter", "dexcom", "medtronic"].flatMap((name) =>
      ["yes", "", "TrUe"].map(
        (text): Refused => [`${name}=${text}`, name, "type-not-bool", "type is not bool, but string"],
      ),
    ),
    ["sampleIntervalMinimum=1.5", "sampleIntervalMinimum", "type-not-int", "type is not int, but string"],
    ["limit=x", "limit", "type-not-int", "type is not int, but string"],
    ["limit=1e3", "limit", "type-not-int", "type is not int, but string"],
    ["limit=0", "limit", "value-out-of-range", "value 0 is not between 1 and 10000"],
    ["limit=10001", "limit", "value-out-of-range", "value 10001 is not between 1 and 10000"],
    [`cursor=${"c".repeat(201)}`, "cursor", "length-out-of-range", "length 201 is not less than or equal to 200"],
    [`type=${"a,".repeat(100)}`, "type", "length-out-of-range", "length 101 is not less than or equal to 100"],
    [
      `deviceId=${"d".repeat(4097)}`,
      "deviceId",
      "length-out-of-range",
      "length 4097 is not less than or equal to 4096",
    ],
  ])("%s is refused", (text, ...error) => {
    expect(errorsOf(query(text))).toEqual([error]);
  });

  test("has all its errors reported", () => {
    expect(errorsOf(query("latest=x&limit=x&startDate=x")).map(([name]) => name)).toEqual([
      "startDate",
      "latest",
      "limit",
    ]);
  });
});

describe("filters of data sets", () => {
  test("have defaults", () => {
    for (const list of ["current", "older"] as const) {
      expect(filters("", list)).toEqual({ filters: { deleted: false, page: 0, size: 100 } });
    }
  });

  test("say what is listed", () => {
    expect(filters("client.name=a&deviceId=d&deleted=true&page=3&size=1000")).toEqual({
      filters: { clientName: "a", deviceId: "d", deleted: true, page: 3, size: 1000 },
    });
  });

  test.each([
    ["client.name=", "client.name", "value-empty", "value is empty"],
    ["deviceId=", "deviceId", "value-empty", "value is empty"],
    ["deleted=yes", "deleted", "type-not-bool", "type is not bool, but string"],
    ["page=x", "page", "type-not-int", "type is not int, but string"],
    ["page=-1", "page", "value-out-of-range", `value -1 is not between 0 and ${Number.MAX_SAFE_INTEGER}`],
    ["size=0", "size", "value-out-of-range", "value 0 is not between 1 and 1000"],
    ["size=1001", "size", "value-out-of-range", "value 1001 is not between 1 and 1000"],
    ["other=1", "other", "not-parsed", "not parsed"],
  ])("%s is refused", (text, ...error) => {
    expect(errorsOf(filters(text))).toEqual([error]);
  });

  test("are fewer of the older list", () => {
    expect(filters("deleted=true&page=3&size=1", "older")).toEqual({ filters: { deleted: true, page: 3, size: 1 } });
    expect(errorsOf(filters("client.name=a&deviceId=d", "older")).map(([name]) => name)).toEqual([
      "client.name",
      "deviceId",
    ]);
  });
});
