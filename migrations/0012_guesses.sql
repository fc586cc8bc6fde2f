-- What a person, or a network, owes for wrong guesses of codes and keys: a guess costs the milliseconds of an hour, and each
-- millisecond gives back as much as guesses are allowed in one. After an hour nothing is owed, and the row is removed.
CREATE TABLE IF NOT EXISTS guesses (
  who TEXT PRIMARY KEY,
  owed INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS guesses_by_age ON guesses (at);
