#!/usr/bin/env bash
# glucostats 1.0.0 and glycosignal 0.2.0 beside iglu-python 0.4.3, Python 3.11, seen on 2026-11-29.
#
# Expected: the glycemia risk index (Klonoff 2022) is one number for one day: 3.0 times the percentage of very low readings, 2.4 times
# the low, 1.6 times the very high and 0.8 times the high ones, each reading in one range.
# Seen: only iglu-python says so. glucostats gives high the weight of very high, and the other way round; to glycosignal a very low
# reading is also low, and a very high one also high, so that it counts 5.4 and 2.4 times. On a day of highs both are 8 above, on
# a day of lows one of the two is right: a test with lows alone doesn't find the exchanged weights.
#
# For Clinics Edge: it has no such index; who makes one of its summaries takes timeInLowPercent and timeInHighPercent, or the components
# of the FHIR view, in which a reading is in one range, and not timeInAnyLowPercent and timeInAnyHighPercent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check glucostats==1.0.0 glycosignal==0.2.0 iglu-python==0.4.3 pandas==2.2.3 numpy==2.2.3
cat >index.py <<'PY'
import pandas as pd
from glucostats.stats.risks_stats import glycemia_risk
from glycosignal import metrics
import iglu_python

# 200 readings in mg/dL: a half percent each.
DAYS = {
    "20 % high, 10 % very high": [120] * 140 + [200] * 40 + [300] * 20,
    "10 % low, 10 % very low": [120] * 160 + [60] * 20 + [45] * 20,
}
TIMES = pd.date_range("2026-03-02", periods=200, freq="5min")
# Of one day alone glucostats makes an error.
frames = [pd.DataFrame({"time": TIMES, "glucose": day}, index=[name] * 200) for name, day in DAYS.items()]
of_glucostats = glycemia_risk(pd.concat(frames))["gri"]
for name, day in DAYS.items():
    of_glycosignal = metrics.gri(pd.DataFrame({"Timestamp": TIMES, "Glucose": day}))
    print(f"{name}: iglu {iglu_python.gri(day):.0f}, glucostats {of_glucostats[name]:.0f}, glycosignal {of_glycosignal:.0f}")
PY
seen=$(tools/bin/python -W ignore index.py)
expected='20 % high, 10 % very high: iglu 32, glucostats 40, glycosignal 40
10 % low, 10 % very low: iglu 54, glucostats 54, glycosignal 78'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
