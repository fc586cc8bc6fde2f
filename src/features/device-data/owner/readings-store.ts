import type { ObjectSql } from "../../../platform/objects/object-sql.ts";
import { ACTIVE } from "./sets-store.ts";

/** A reading of a person, visible or not. Times in epoch milliseconds. */
export interface StoredReading {
  readonly time: number;
  /** mmol/L. */
  readonly value: number;
  readonly minutes: number;
  readonly createdTime: number;
  /** When it was added, shown or hidden last. */
  readonly modifiedTime: number;
  readonly isVisible: boolean;
  readonly isContinuous: boolean;
}

interface SetOfReading {
  readonly key: number;
  readonly isActive: number;
  readonly isContinuous: number;
  readonly closedAt: number | null;
}

/** Reads readings by time, as they are when it is made: what all of them need, and what is asked for twice, is read once. */
export class Readings {
  readonly #sql: ObjectSql;
  readonly #minutes: ReadonlyMap<number, number>;
  readonly #sets: ReadonlyMap<number, SetOfReading>;
  readonly #found = new Map<string, readonly StoredReading[]>();

  constructor(sql: ObjectSql) {
    this.#sql = sql;
    this.#minutes = new Map(sql.lists("SELECT key, minutes FROM shapes") as [number, number][]);
    const sets = sql.all<SetOfReading>(
      `SELECT key, ${ACTIVE} AS isActive, is_continuous AS isContinuous, closed_at AS closedAt FROM sets`,
    );
    this.#sets = new Map(sets.map((set) => [set.key, set]));
  }

  get hasContinuousSets(): boolean {
    return [...this.#sets.values()].some(({ isContinuous }) => isContinuous === 1);
  }

  /** All of a type from one time to another, both inclusive, in the order of time, creation and id. */
  between(type: number, from: number, to: number): readonly StoredReading[] {
    const span = `${type} ${from} ${to}`;
    const found = this.#found.get(span) ?? this.#read(type, from, to);
    this.#found.set(span, found);
    return found;
  }

  #read(type: number, from: number, to: number): StoredReading[] {
    const rows = this.#sql.lists(
      `SELECT time, value, shape, set_key, created_at,
         CASE is_archived WHEN 1 THEN (SELECT at FROM archived WHERE archived.key = data.key) END
       FROM data WHERE type = ? AND time BETWEEN ? AND ? ORDER BY time, created_at, id`,
      type,
      from,
      to,
    ) as [number, number, number, number, number, number | null][];
    return rows.map(([time, value, shape, setKey, createdTime, archivedAt]) => {
      const set = this.#sets.get(setKey)!;
      return {
        time,
        value,
        minutes: this.#minutes.get(shape)!,
        createdTime,
        modifiedTime: Math.max(createdTime, archivedAt ?? 0, set.isContinuous === 1 ? 0 : (set.closedAt ?? 0)),
        isVisible: set.isActive === 1 && archivedAt === null,
        isContinuous: set.isContinuous === 1,
      };
    });
  }

  /** When the newest visible reading was taken, among those of these times. */
  newest(type: number, from: number, to: number, onlyContinuous: boolean): number | undefined {
    const hidden = [...this.#sets.values()].filter(
      ({ isActive, isContinuous }) => isActive === 0 || (onlyContinuous && isContinuous === 0),
    );
    return this.#sql.first<{ time: number }>(
      `SELECT time FROM data WHERE type = ? AND time BETWEEN ? AND ? AND is_archived = 0
         AND set_key NOT IN (SELECT value FROM json_each(?)) ORDER BY time DESC LIMIT 1`,
      type,
      from,
      to,
      JSON.stringify(hidden.map(({ key }) => key)),
    )?.time;
  }
}
