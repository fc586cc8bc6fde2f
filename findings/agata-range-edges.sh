#!/usr/bin/env bash
# py_agata 0.0.8 beside iglu-python 0.4.3, Python 3.11, seen on 2026-11-30.
#
# Expected: time in range counts readings from 70 to 180 mg/dL, both included, tight range those to 140, as the consensus (Battelino
# 2019) and every report says; above 250 is level 2.
# Seen: py_agata includes neither end. A reading of 70 is hypoglycemia, one of 180 hyperglycemia, one of 140 not in tight range,
# and 250 is level 2 already, though it names the consensus of 2022 as its source. Sensors report whole numbers: a quarter of a day at 180
# was 25 % above range.
# iglu-python includes both.
#
# For Clinics Edge: ranges are compared in mmol/L with 3.9 and 10.0 included (src/features/summaries/compute/bucket.ts), and
# bucket.test.ts has each end in both units: 180 mg/dL is in range, and 250 is no level 2. Figures of py_agata are no model for them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check py_agata==0.0.8 iglu-python==0.4.3 pandas==2.2.3 numpy==2.2.3
cat >edges.py <<'PY'
import iglu_python
import pandas as pd
from py_agata import time_in_ranges as agata

TIMES = pd.date_range("2026-03-02", periods=288, freq="5min")
for edge in (70, 140, 180, 250):
    glucose = [float(edge)] * 72 + [120.0] * 216
    day = pd.DataFrame({"t": TIMES, "glucose": glucose})
    names = ("hypoglycemia", "tight_target", "target", "hyperglycemia", "l2_hyperglycemia")
    of_agata = ", ".join(f"{name} {getattr(agata, 'time_in_' + name)(day):.0f}" for name in names)
    of_iglu = iglu_python.in_range_percent(glucose, target_ranges=[[70, 180]])["in_range_70_180"]
    print(f"a quarter at {edge}: {of_agata}; iglu in range {of_iglu:.0f}")
PY
seen=$(tools/bin/python -W ignore edges.py)
expected='a quarter at 70: hypoglycemia 25, tight_target 75, target 75, hyperglycemia 0, l2_hyperglycemia 0; iglu in range 100
a quarter at 140: hypoglycemia 0, tight_target 75, target 100, hyperglycemia 0, l2_hyperglycemia 0; iglu in range 100
a quarter at 180: hypoglycemia 0, tight_target 75, target 75, hyperglycemia 25, l2_hyperglycemia 0; iglu in range 100
a quarter at 250: hypoglycemia 0, tight_target 75, target 75, hyperglycemia 25, l2_hyperglycemia 25; iglu in range 75'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
