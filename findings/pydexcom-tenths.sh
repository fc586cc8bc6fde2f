#!/usr/bin/env bash
# pydexcom 0.5.1, Python 3.11, seen on 2026-11-30.
#
# Expected: a reading in mmol/L with one decimal is the one in mg/dL by 18.0156 (18, if need be), rounded: 100 mg/dL are 5.6 mmol/L.
# Seen: it multiplies by 0.0555, which is less than one by 18: of the 361 values of a sensor eight come out a tenth lower, and 100
# mg/dL are 5.5, 300 are 16.6. The other way round, 5.5 mmol/L are 99 mg/dL.
#
# For Clinics Edge: readings are kept in mmol/L with five decimals by 18.01559 (src/features/device-data/model/glucose.ts) and
# rounded to tenths only where they are shown; a client that uploads what it shows in mmol/L has lost the difference. Shown are the
# usual tenths: src/features/reports/model/figures.test.ts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pydexcom==0.5.1
cat >tenths.py <<'PY'
from pydexcom import GlucoseReading

for value in range(40, 401):
    shown = GlucoseReading({"Value": value, "Trend": "Flat", "DT": "Date(1772445600000+0000)"}).mmol_l
    usual = round(value / 18.01559, 1)
    if shown != usual:
        print(f"{value} mg/dL: {shown} mmol/L, {usual} by 18.01559")
PY
seen=$(tools/bin/python tenths.py)
expected='100 mg/dL: 5.5 mmol/L, 5.6 by 18.01559
109 mg/dL: 6.0 mmol/L, 6.1 by 18.01559
300 mg/dL: 16.6 mmol/L, 16.7 by 18.01559
309 mg/dL: 17.1 mmol/L, 17.2 by 18.01559
318 mg/dL: 17.6 mmol/L, 17.7 by 18.01559
327 mg/dL: 18.1 mmol/L, 18.2 by 18.01559
336 mg/dL: 18.6 mmol/L, 18.7 by 18.01559
345 mg/dL: 19.1 mmol/L, 19.2 by 18.01559'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
