#!/usr/bin/env bash
# SQLite 3.51.3, 3.53.1 and 3.53.4 by apsw 3.51.3.0, 3.53.1.0 and 3.53.4.0, Python 3.11, seen on 2026-11-29.
#
# Expected: a number that is stored as REAL and read through a JSON function is the number that is read from its column; JSON has room for
# all digits, and JavaScript and Python write the shortest text that is read back as the same number.
# Seen: readings in mg/dL are kept in mmol/L, with all digits of a division by 18.01559. Up to 3.53.1 json_group_array writes 15 of them,
# and of the 361 readings from 40 to 400 mg/dL 18 come back as they are stored; from 3.53.0 on the operator || writes 17, so that in
# 3.53.0 and 3.53.1 the two disagree. From 3.53.2 on both write 17. A reading compared by its value with itself is another one until then.
#
# For Clinics Edge: readings are written by printf('%!.17g'), which is exact in all of them (src/features/device-data/owner/columns.ts).
# The statistics of lists go through json_array: test/platform/text-and-numbers.test.ts fails on a runtime that shortens them, and a copy
# of the database opened with an older sqlite3 shows them with 15 digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >digits.py <<'PY'
import json
import apsw

READINGS = [mg / 18.01559 for mg in range(40, 401)]
database = apsw.Connection(":memory:")
database.execute("CREATE TABLE readings (value REAL)")
for reading in READINGS:
    database.execute("INSERT INTO readings VALUES (?)", (reading,))
WAYS = {
    "column": "SELECT value FROM readings",
    "JSON": "SELECT json_group_array(value) FROM readings",
    "||": "SELECT '[' || group_concat(value || '') || ']' FROM readings",
    "printf": "SELECT '[' || group_concat(printf('%!.17g', value)) || ']' FROM readings",
}
same = []
for way, text in WAYS.items():
    rows = [row[0] for row in database.execute(text)]
    read = rows if way == "column" else json.loads(rows[0])
    same.append(f"{way} {sum(a == b for a, b in zip(READINGS, read))}")
print(f"SQLite {apsw.sqlite_lib_version()}, of {len(READINGS)} readings the same: {', '.join(same)}")
PY
seen=""
for package in apsw==3.51.3.0 apsw==3.53.1.0 apsw==3.53.4.0; do
  python3 -m venv "tools-$package"
  "tools-$package/bin/pip" install --quiet --disable-pip-version-check "$package"
  seen+="$("tools-$package/bin/python" digits.py)"$'\n'
done
expected='SQLite 3.51.3, of 361 readings the same: column 361, JSON 18, || 18, printf 361
SQLite 3.53.1, of 361 readings the same: column 361, JSON 18, || 361, printf 361
SQLite 3.53.4, of 361 readings the same: column 361, JSON 361, || 361, printf 361
'
printf '%s' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  printf '%s' "$expected" >&2
  exit 1
fi
