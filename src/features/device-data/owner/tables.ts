import type { ObjectSql } from "../../../platform/objects/object-sql.ts";

/**
 * The tables of one person's object. `data` is what grows: a reading takes about a hundred bytes with its indexes, as what
 * is the same in many data (device, units, offsets) is one row of `shapes`, and `guid`, `deviceTime` and `createdTime` are
 * not stored where they follow from other columns.
 */
const TABLES = [
  // A data set. Its data are visible while it is active. `record`: what the client has said of it, as JSON.
  `CREATE TABLE IF NOT EXISTS sets (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL, time INTEGER NOT NULL, is_continuous INTEGER NOT NULL,
    deduplicator TEXT NOT NULL, version TEXT NOT NULL, device_id TEXT, client_name TEXT, opened_by TEXT,
    created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, closed_at INTEGER, deleted_at INTEGER,
    provenance INTEGER NOT NULL) STRICT`,
  // One request that has added data: those with keys from first to last.
  `CREATE TABLE IF NOT EXISTS additions (
    first_key INTEGER PRIMARY KEY, last_key INTEGER NOT NULL, set_key INTEGER NOT NULL, provenance INTEGER NOT NULL) STRICT`,
  `CREATE INDEX IF NOT EXISTS additions_of_set ON additions (set_key)`,
  // Who sent data, by which client and from where; as JSON.
  `CREATE TABLE IF NOT EXISTS provenances (key INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT`,
  // What many data have in common, as members of a JSON object. `minutes`: how long one reading of a sensor counts.
  `CREATE TABLE IF NOT EXISTS shapes (
    key INTEGER PRIMARY KEY, type INTEGER NOT NULL, sub_type TEXT, device_id TEXT, source TEXT, minutes INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL, flags INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (text, flags)) STRICT`,
  // A datum. `rest`: its other members, as JSON behind a comma. `id`: its 16 bytes, or its text where it is no
  // hexadecimal number. `hash`: the first 48 bits of the hash of its identity.
  `CREATE TABLE IF NOT EXISTS data (
    key INTEGER PRIMARY KEY, type INTEGER NOT NULL, time INTEGER NOT NULL, shape INTEGER NOT NULL, set_key INTEGER NOT NULL,
    created_at INTEGER NOT NULL, is_archived INTEGER NOT NULL, value REAL, rest TEXT, hash INTEGER, origin TEXT,
    id ANY NOT NULL) STRICT`,
  `CREATE INDEX IF NOT EXISTS data_by_time ON data (type, time)`,
  `CREATE UNIQUE INDEX IF NOT EXISTS data_by_id ON data (id)`,
  `CREATE INDEX IF NOT EXISTS data_by_hash ON data (hash) WHERE hash IS NOT NULL`,
  `CREATE INDEX IF NOT EXISTS data_by_origin ON data (origin) WHERE origin IS NOT NULL`,
  // A datum that deduplication has hidden, and the set that has replaced it.
  `CREATE TABLE IF NOT EXISTS archived (key INTEGER PRIMARY KEY, at INTEGER NOT NULL, by_set INTEGER) STRICT`,
  `CREATE INDEX IF NOT EXISTS archived_by ON archived (by_set)`,
  // The hourly buckets of a week: what the visible data of each hour come to. Always in step with `data`.
  `CREATE TABLE IF NOT EXISTS buckets (
    kind INTEGER NOT NULL, week INTEGER NOT NULL, hours BLOB NOT NULL, PRIMARY KEY (kind, week)) STRICT, WITHOUT ROWID`,
  // A summary: what it was calculated to, what has made it outdated since (as JSON), when it is to be calculated again.
  `CREATE TABLE IF NOT EXISTS summaries (
    kind TEXT PRIMARY KEY, id TEXT NOT NULL, document TEXT, outdated TEXT NOT NULL, due_at INTEGER) STRICT, WITHOUT ROWID`,
  // What the database is still to be told: audit rows, and whose a data set is.
  `CREATE TABLE IF NOT EXISTS pending (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
  // What the database is being told: kept until it is sure that it knows.
  `CREATE TABLE IF NOT EXISTS push (revision INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT`,
  // Answers to requests with an Idempotency-Key.
  `CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, body TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS answers_by_age ON answers (expires_at)`,
];

/** Creates what is not there yet. */
export function createTables(sql: ObjectSql): void {
  for (const table of TABLES) sql.run(table);
}
