import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { objectOf } from "../../../../test/device-data.ts";
import { person } from "../../../../test/harness.ts";
import { OBJECT_VALUE_BYTES_MAX, ObjectSql } from "../../../platform/objects/object-sql.ts";
import { idAt, kindOf, readColumns, VALUE_UNITS } from "./columns.ts";
import { createTables } from "./tables.ts";

/** The way to a database that remembers the longest text that came from it. */
class Watched extends ObjectSql {
  longest = 0;

  override lists(...statement: Parameters<ObjectSql["lists"]>) {
    const rows = super.lists(...statement);
    for (const value of rows.flat()) {
      if (typeof value === "string") this.longest = Math.max(this.longest, new TextEncoder().encode(value).length);
    }
    return rows;
  }
}

const LIMIT = 10_000;

/** Rows in the order of time; each is a shape, a set, a value, other members and an id. */
type Row = readonly [shape: number, setKey: number, value: number | null, rest: string | null, id: string | Uint8Array];

async function readBack(rows: (at: number) => Row, count: number) {
  const owner = await person();
  return runInDurableObject(objectOf(owner.id), (_, { storage }) => {
    const sql = new Watched(storage);
    createTables(sql);
    for (let at = 0; at < count; at++) {
      const [shape, setKey, value, rest, id] = rows(at);
      sql.run(
        `INSERT INTO data (key, type, time, shape, set_key, created_at, is_archived, value, rest, id)
         VALUES (?, 1, ?, ?, ?, 0, 0, ?, ?, ?)`,
        at + 1,
        1000 * at,
        shape,
        setKey,
        value,
        rest,
        id as Uint8Array<ArrayBuffer>,
      );
    }
    const columns = readColumns(sql, { where: "type = ?1", order: "time, key", limit: LIMIT }, 1);
    const read = columns.times.map((time, at): Row => {
      expect(time).toBe(1000 * at);
      const value = columns.values[at]!;
      const decimal = typeof value === "number" ? value / VALUE_UNITS : value === null ? null : Number(value);
      return [...kindOf(columns, at), decimal, columns.rests.get(at) ?? null, idAt(columns, at)];
    });
    return { read, longest: sql.longest, hasTextIds: columns.hasTextIds };
  });
}

const idOf = (at: number) => at.toString(16).padStart(32, "0");
const bytesOf = (id: string) => Uint8Array.from(id.match(/../g)!, (digits) => Number.parseInt(digits, 16));

/** Other members, all of them letters that are quoted. */
const membersOf = (length: number) => `,"a":"${'\\"'.repeat(length)}"`;

test.each([31, 32, 48, 66, 100])(
  "ten thousand rows with other members are read as they are, in texts that the platform takes: %i quotes",
  async (quotes) => {
    const rowOf = (at: number, id: string | Uint8Array): Row => [
      1_000_000 + (at % 7),
      30_000_000,
      -Math.PI / 1e300,
      membersOf(at % 5_000 === 4_321 ? 500 : quotes),
      id,
    ];
    const { read, longest } = await readBack((at) => rowOf(at, bytesOf(idOf(at))), LIMIT);
    expect(read).toEqual(Array.from({ length: LIMIT }, (_, at) => rowOf(at, idOf(at))));
    expect(longest).toBeLessThanOrEqual(OBJECT_VALUE_BYTES_MAX);
  },
);

test("rows are told apart whatever the first of them is like", async () => {
  const others = [null, ',"note":"x"', `,"note":"${"y".repeat(400)}"`];
  const values = [null, 0, 5.55075, 22.2, 1 / 3, -4.5, 1e21];
  const rowOf = (at: number, id: string | Uint8Array): Row => [
    1 + (at % 3),
    1 + (at % 2),
    values[at % values.length]!,
    others[at % others.length]!,
    id,
  ];
  for (const from of Array.from({ length: 42 }, (_, at) => at)) {
    const textIds = from % 2 === 0;
    const id = (at: number) => (textIds && at % 5 === 3 ? `not hexadecimal, ${at}`.padEnd(32, "z") : idOf(at));
    const stored = (at: number) => (id(at) === idOf(at) ? bytesOf(id(at)) : id(at));
    const { read, hasTextIds } = await readBack((at) => rowOf(from + at, stored(at)), 84);
    expect(read).toEqual(Array.from({ length: 84 }, (_, at) => rowOf(from + at, id(at))));
    expect(hasTextIds).toBe(textIds);
  }
});
