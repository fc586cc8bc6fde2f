import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { ObjectSql } from "./object-sql.ts";

let last = 0;
/** Works in an object of its own. */
const inObject = <T>(work: (sql: ObjectSql, storage: DurableObjectStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(env.DEVICE_DATA.getByName(`object-sql ${++last}`), async (_, { storage }) => {
    const sql = new ObjectSql(storage);
    sql.run("CREATE TABLE IF NOT EXISTS it (a ANY) STRICT");
    return work(sql, storage);
  });

test("what RETURNING gives is read to its end, so that the writes of the event are kept", async () => {
  const found = await inObject((sql) => {
    expect(sql.first("INSERT INTO it VALUES (1), (2), (3) RETURNING a")).toEqual({ a: 1 });
    expect(sql.run("INSERT INTO it VALUES (4) RETURNING a")).toBe(1);
    return sql.all<{ a: number }>("SELECT a FROM it ORDER BY a");
  });
  expect(found.map(({ a }) => a)).toEqual([1, 2, 3, 4]);
});

test("what was found stays as it was, whatever is written after it", async () => {
  await inObject((sql) => {
    sql.run("INSERT INTO it VALUES (1), (2), (3)");
    const [rows, lists] = [sql.all("SELECT a FROM it"), sql.lists("SELECT a FROM it")];
    sql.run("DELETE FROM it");
    sql.run("INSERT INTO it VALUES (4)");
    expect(rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(lists).toEqual([[1], [2], [3]]);
  });
});

test("of several statements in a text the first stay where a later one fails, but not in a transaction", async () => {
  await inObject((sql) => {
    const both = () => sql.run("INSERT INTO it VALUES (1); INSERT INTO nothing VALUES (1)");
    expect(both).toThrow(/nothing/);
    expect(sql.lists("SELECT a FROM it")).toEqual([[1]]);
    expect(() => sql.transaction(both)).toThrow(/nothing/);
    expect(sql.lists("SELECT a FROM it")).toEqual([[1]]);
  });
});

test.each([
  "SELECT sqlite_version()",
  "CREATE TEMP TABLE other (a ANY)",
  "SAVEPOINT one",
  "PRAGMA user_version = 2",
  `SELECT ${Array.from({ length: 101 }, () => "?").join(", ")}`,
  Array.from({ length: 6 }, () => "SELECT 1").join(" UNION ALL "),
  `SELECT 1 WHERE 'a' LIKE '${"a".repeat(51)}'`,
])("an object refuses %s", async (text) => {
  await inObject((sql) => {
    const values = text.includes("?") ? Array<number>(101).fill(1) : [];
    expect(() => sql.all(text, ...values)).toThrow(Error);
  });
});

test.each([
  ["a boolean", true],
  ["a date", new Date(0)],
  ["an object", {}],
  ["nothing", undefined],
  ["no number", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a text that the platform refuses", "x".repeat(2_000_001)],
  ["bytes that the platform refuses", new Uint8Array(2_000_001)],
])("refuses to bind %s, which would be stored as something else", async (_, value) => {
  await inObject((sql) => {
    expect(() => sql.run("INSERT INTO it VALUES (?)", value as string)).toThrow(TypeError);
    expect(sql.all("SELECT a FROM it")).toEqual([]);
  });
});

test.each([["text"], [1], [0.1], [-0.5], [2 ** 52], [null]])("stores %s as it is", async (value) => {
  await inObject((sql) => {
    sql.run("INSERT INTO it VALUES (?)", value);
    expect(sql.lists("SELECT a FROM it")).toEqual([[value]]);
  });
});

test("stores bytes as they are", async () => {
  await inObject((sql) => {
    sql.run("INSERT INTO it VALUES (?)", new Uint8Array([1, 0, 255]));
    expect(new Uint8Array(sql.first<{ a: ArrayBuffer }>("SELECT a FROM it")!.a)).toEqual(new Uint8Array([1, 0, 255]));
  });
});

test("an exception undoes what its transaction has written, the alarm and the named values included", async () => {
  await inObject(async (sql, storage) => {
    expect(() =>
      sql.transaction(() => {
        sql.run("INSERT INTO it VALUES (1)");
        storage.kv.put("a", 1);
        void storage.setAlarm(Date.now() + 3_600_000);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(sql.all("SELECT a FROM it")).toEqual([]);
    expect(storage.kv.get("a")).toBeUndefined();
    expect(await storage.getAlarm()).toBeNull();
  });
});

test("counts the rows that are read and written", async () => {
  await inObject((sql) => {
    const before = { ...sql.usage };
    sql.run("INSERT INTO it VALUES (1), (2)");
    sql.all("SELECT a FROM it");
    expect(sql.usage.rowsWritten - before.rowsWritten).toBe(2);
    expect(sql.usage.rowsRead - before.rowsRead).toBe(2);
  });
});

test("what is remembered is found once, until something is written or a transaction fails", async () => {
  await inObject((sql) => {
    let [found, count] = [0, 0];
    const remembered = () =>
      sql.remembered("count", () => {
        found++;
        return sql.first<{ n: number }>("SELECT count(*) AS n FROM it")!.n;
      });
    const expectFoundAgain = (n: number) => {
      expect([remembered(), remembered(), found]).toEqual([n, n, ++count]);
    };
    expectFoundAgain(0);
    sql.run("INSERT INTO it VALUES (1)");
    expectFoundAgain(1);
    sql.first("INSERT INTO it VALUES (2) RETURNING a");
    expectFoundAgain(2);
    sql.lists("DELETE FROM it WHERE a = 1 RETURNING a");
    expectFoundAgain(1);
    sql.transaction(() => sql.all("SELECT a FROM it"));
    expect([remembered(), found]).toEqual([1, count]);
    expect(() =>
      sql.transaction(() => {
        sql.run("INSERT INTO it VALUES (3)");
        expectFoundAgain(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expectFoundAgain(1);
    sql.forget();
    expectFoundAgain(1);
  });
});

test("what is not to be kept is found each time", async () => {
  await inObject((sql) => {
    let found = 0;
    const next = () =>
      sql.remembered(
        "number",
        () => ++found,
        (it) => it > 2,
      );
    expect([next(), next(), next(), next()]).toEqual([1, 2, 3, 3]);
  });
});
