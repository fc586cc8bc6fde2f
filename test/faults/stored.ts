import { env } from "cloudflare:workers";

type Row = Record<string, unknown>;
/** The rows of every table, by its name. */
export type Stored = ReadonlyMap<string, readonly Row[]>;

/** Guards leave nothing; the trail's sealing and wrong guesses are counted on their own. */
const UNTOUCHED = new Set(["_guard", "d1_migrations"]);
const NOT_COMPARED = new Set(["guesses"]);
/** What says how often and when something was tried, not what came of it. */
const BOOKKEEPING: Readonly<Record<string, readonly string[]>> = {
  audit_log: ["id"],
  outbox: ["attempts", "lease_until", "next_attempt_at", "reason", "batch", "finished_at"],
  patient_changes: ["token"],
  // A PDF is as long as its compression makes it.
  reports: ["size", "sha256"],
  // A trigger takes the time of the database.
  waiting_events: ["at"],
};

/** The same in answers, also those that are kept as texts. */
const PDF_SIZE = /\\?"size\\?":\d+,(?=\\?"sha256)/g;

/** Told to the sweep, which looks whether there is a report to remove: an attempt that was interrupted leaves that. */
const isForTheSweep = (table: string, { state }: Row): boolean =>
  table === "reports" && (state === "making" || state === "removed");

const DAY_MS = 86_400_000;
/** What the queue tells late of requests of other files: they are of today, the clock here is of another year. */
const isOfOthers = (table: string, { at }: Row): boolean =>
  table === "trail.accesses" && Number(at) < Date.now() - DAY_MS;

/** The records, and the audit trail, whose tables have this before their names. */
const DATABASES = [
  ["", env.DB],
  ["trail.", env.AUDIT_DB],
] as const;

const tablesOf = async (database: D1Database): Promise<string[]> =>
  (
    await database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%' ORDER BY name",
      )
      .all<{ name: string }>()
  ).results
    .map(({ name }) => name)
    .filter((name) => !UNTOUCHED.has(name));

/** What triggers write, or look at, while the tables they stand on are emptied and filled: restored after those. */
const TRIGGERED = ["event_subscriptions", "patient_changes", "waiting_events"];
const isTriggered = (name: string): boolean => TRIGGERED.includes(name);

const names = new Map<string, string[]>();

const BLOB = "blob:";
/** A row whose bytes are texts, so that it can be compared and put back. */
const readable = (row: Row): Row => {
  for (const [column, value] of Object.entries(row)) {
    if (value === null || typeof value !== "object") continue;
    const bytes = new Uint8Array(value as ArrayBuffer);
    row[column] = BLOB + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return row;
};

/** Everything that is in the databases. */
export async function stored(): Promise<Stored> {
  const found = await Promise.all(
    DATABASES.map(async ([prefix, database]) => {
      const own = names.get(prefix) ?? (await tablesOf(database));
      names.set(prefix, own);
      const results = await database.batch<Row>(own.map((name) => database.prepare(`SELECT * FROM "${name}"`)));
      return results.map(({ results: rows }, i) => [prefix + own[i]!, rows.map(readable)] as const);
    }),
  );
  return new Map(found.flat());
}

/** The rows as statements that put them back. */
function fill(database: D1Database, name: string, rows: readonly Row[]): D1PreparedStatement[] {
  const [first] = rows;
  if (!first) return [];
  const columns = Object.keys(first);
  const picked = columns.map((column) => {
    const value = `value ->> '$."${column}"'`;
    const hasBytes = rows.some((row) => String(row[column]).startsWith(BLOB));
    return hasBytes ? `CASE WHEN ${value} LIKE '${BLOB}%' THEN unhex(substr(${value}, 6)) ELSE ${value} END` : value;
  });
  const listed = columns.map((column) => `"${column}"`).join(", ");
  const text = `INSERT INTO "${name}" (${listed}) SELECT ${picked.join(", ")} FROM json_each(?)`;
  return [database.prepare(text).bind(JSON.stringify(rows))];
}

/** Makes the databases what they were. */
export async function restore(then: Stored): Promise<void> {
  const now = await stored();
  for (const [prefix, database] of DATABASES) {
    const changed = [...then]
      .filter(([name]) => (prefix === "" ? !name.startsWith("trail.") : name.startsWith(prefix)))
      .filter(([name, rows]) => isTriggered(name) || JSON.stringify(rows) !== JSON.stringify(now.get(name)))
      .map(([name, rows]) => [name.slice(prefix.length), rows] as const);
    if (changed.length === 0) continue;
    const [later, others] = [true, false].map((is) => changed.filter(([name]) => isTriggered(name) === is));
    const empty = (some: typeof changed) => some.map(([name]) => database.prepare(`DELETE FROM "${name}"`));
    await database.batch([
      database.prepare("PRAGMA defer_foreign_keys = on"),
      ...empty(later!),
      ...empty(others!),
      ...others!.flatMap(([name, rows]) => fill(database, name, rows)),
      ...empty(later!),
      ...later!.flatMap(([name, rows]) => fill(database, name, rows)),
    ]);
  }
}

const DRAWN =
  /\bwhsec_[\w+/]{43}=|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{24}\b|(?<![\w+/-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32}(?![\w+/=-])|(?<![\w+/=-])[\w+/]{43}=(?![\w+/=-])/g;

/** Columns with numbers that the database counts up: a number that was taken back is not given again. */
const COUNTED: Readonly<Record<string, string>> = {
  key: "patient",
  patient_key: "patient",
  source_key: "patient",
  target_key: "patient",
};
const SEQ = "seq";
const COUNTING = [...Object.keys(COUNTED), SEQ];

/** How a counted number of a row is called; undefined for another column. Each table counts its own rows. */
function countedIn(table: string, column: string, value: unknown): string | undefined {
  const of = column === SEQ ? table.replaceAll(".", "_") : COUNTED[column];
  return of !== undefined && typeof value === "number" ? `${of} ${value}` : undefined;
}

/** What is known of a state before: its text, its rows as texts, and its counted numbers. */
interface Known {
  readonly text: string;
  readonly lines: ReadonlyMap<string, ReadonlySet<string>>;
  readonly numbers: ReadonlySet<string>;
}
const knowns = new WeakMap<Stored, Known>();
function knownOf(then: Stored): Known {
  const found = knowns.get(then);
  if (found) return found;
  const lines = new Map([...then].map(([name, rows]) => [name, new Set(rows.map((row) => JSON.stringify(row)))]));
  const numbers = new Set(
    [...then].flatMap(([name, rows]) =>
      name === "patient_changes"
        ? []
        : rows.flatMap((row) => COUNTING.flatMap((column) => countedIn(name, column, row[column]) ?? [])),
    ),
  );
  const known = { text: [...lines.values()].map((it) => [...it].join("")).join(""), lines, numbers };
  knowns.set(then, known);
  return known;
}

/**
 * What has changed since, and what was answered, so that two runs from the same state are equal when they came to the same: what
 * was drawn by chance since then is named by where it is.
 */
export function comparable(then: Stored, now: Stored, ...said: readonly unknown[]): string[] {
  const known = knownOf(then);
  const isKnown = (it: string) => known.text.includes(it);
  const masked = (line: string) =>
    line.replaceAll(DRAWN, (it) => (isKnown(it) ? it : "?")).replaceAll(/@\w+ \d+@/g, "@");
  const changes = [...now].flatMap(([name, rows]) => {
    if (NOT_COMPARED.has(name)) return [];
    const left = new Set(BOOKKEEPING[name]);
    const shown = (row: Row): string =>
      JSON.stringify([name, row], (column, value) => {
        if (left.has(column)) return undefined;
        const counted = countedIn(name, column, value);
        return counted !== undefined && !known.numbers.has(counted) ? `@${counted}@` : value;
      });
    const [before, after] = [known.lines.get(name), new Set(rows.map((row) => JSON.stringify(row)))];
    const isOurs = (row: Row) => !isForTheSweep(name, row) && !isOfOthers(name, row);
    const added = rows.filter((row) => isOurs(row) && !before?.has(JSON.stringify(row))).map((row) => shown(row));
    const gone = (then.get(name) ?? [])
      .filter((row) => isOurs(row) && !after.has(JSON.stringify(row)))
      .map((row) => shown(row));
    const lines = [
      ...added.filter((line) => !gone.includes(line)).map((line) => `+${line}`),
      ...gone.filter((line) => !added.includes(line)).map((line) => `-${line}`),
    ];
    return lines.map((line) => [masked(line), line] as const).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  });
  const given = new Map<string, string>();
  const named = (it: string) => {
    if (isKnown(it)) return it;
    if (!given.has(it)) given.set(it, `new ${given.size + 1}`);
    return given.get(it)!;
  };
  const lines = [...changes.map(([, line]) => line), ...said.map((it) => JSON.stringify(it) ?? "")];
  return lines.map((line) =>
    line
      .replaceAll(PDF_SIZE, "")
      .replaceAll(DRAWN, named)
      .replaceAll(/@\w+ \d+@/g, named),
  );
}
