#!/usr/bin/env bash
# polars 2.1.0, Python 3.11, seen on 2026-11-29.
#
# Expected: sensor readings in a time zone, taken together by "1d", are those of the local days, as their dates are: each reading in one day,
# whichever of group_by_dynamic and truncate does it.
# Seen: in Chile and in Egypt clocks go forward at midnight, so that a day begins at 1. In data that begin a day earlier group_by_dynamic has
# that day begin at 23 hours of the one before, and end at 23: what is measured from 23 to 24 hours is in no day, here an hour of
# 50 mg/dL. In Cuba clocks go back to midnight: truncate makes two days of that day, one of an hour. Each of the two is right about the
# day on which the other is wrong; neither warns.
#
# For Clinics Edge: days of reports are those of the local date (src/features/reports/model/local-days.ts, its test has Havana and Beirut).
# Who computes with the readings by day takes their dates (dt.date()), and compares the number of readings with that of the data.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check polars==2.1.0
cat >days.py <<'PY'
from datetime import datetime, timedelta, timezone

import polars as pl

READINGS = [pl.len().alias("readings"), (pl.col("glucose") < 54).sum().alias("low")]
# Where, the first midnight in UTC, how many hours the days have, and when a low of an hour begins.
DAYS = {
    "Africa/Cairo": ("2026-04-22T22:00", 24 + 23 + 24, "2026-04-24T20:00"),
    "America/Santiago": ("2026-09-05T04:00", 24 + 23 + 24, "2026-09-07T02:00"),
    "America/Havana": ("2026-11-01T04:00", 25 + 24, "2026-11-01T04:00"),
}
utc = lambda text: datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
for zone, (first, hours, low) in DAYS.items():
    times = [utc(first) + timedelta(minutes=5 * i) for i in range(hours * 12)]
    glucose = [50 if utc(low) <= time < utc(low) + timedelta(hours=1) else 120 for time in times]
    data = pl.DataFrame({"time": times, "glucose": glucose}).with_columns(pl.col("time").dt.convert_time_zone(zone))
    ways = {
        "dates": data.group_by(pl.col("time").dt.date(), maintain_order=True).agg(READINGS),
        "truncate": data.group_by(pl.col("time").dt.truncate("1d"), maintain_order=True).agg(READINGS),
        "dynamic": data.group_by_dynamic("time", every="1d").agg(READINGS),
    }
    for name, days in ways.items():
        found = "; ".join(f"{readings} ({low} low)" for _, readings, low in days.rows())
        print(f"{zone} {name}: {found}; of {len(data)}")
PY
seen=$(tools/bin/python days.py 2>&1)
expected='Africa/Cairo dates: 288 (0 low); 276 (12 low); 288 (0 low); of 852
Africa/Cairo truncate: 288 (0 low); 276 (12 low); 288 (0 low); of 852
Africa/Cairo dynamic: 276 (0 low); 276 (0 low); 288 (0 low); of 852
America/Santiago dates: 288 (0 low); 276 (12 low); 288 (0 low); of 852
America/Santiago truncate: 288 (0 low); 276 (12 low); 288 (0 low); of 852
America/Santiago dynamic: 276 (0 low); 276 (0 low); 288 (0 low); of 852
America/Havana dates: 300 (12 low); 288 (0 low); of 588
America/Havana truncate: 12 (12 low); 288 (0 low); 288 (0 low); of 588
America/Havana dynamic: 300 (12 low); 288 (0 low); of 588'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
