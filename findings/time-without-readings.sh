#!/usr/bin/env bash
# glucostats 1.0.0 and glycosignal 0.2.0 beside iglu-python 0.4.3, Python 3.11, seen on 2026-11-29.
#
# Expected: a sensor's reading counts for as long as its interval. Eight hours in which the sensor was off are no time in any range.
# Seen: glucostats counts them for the reading after them, glycosignal for the reading before them: with one reading of 60 mg/dL on that
# side, a day of 120 mg/dL was a third below range. Each of the two is right about the day on which the other is wrong; neither warns.
# iglu-python counts readings.
#
# For Clinics Edge: a reading counts the minutes of its interval and a gap counts for none (src/features/summaries/compute/bucket.ts and
# its test), so times in ranges compared with those of such a library differ by the gaps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check glucostats==1.0.0 glycosignal==0.2.0 iglu-python==0.4.3 pandas==2.2.3 numpy==2.2.3
cat >gap.py <<'PY'
import pandas as pd
from glucostats.stats.time_stats import percentage_time_in_ranges
from glycosignal import metrics
import iglu_python

# Every five minutes, but not between 8 and 16 hours.
WHOLE = pd.date_range("2026-03-02", periods=288, freq="5min")
TIMES = WHOLE[(WHOLE.hour < 8) | (WHOLE.hour >= 16)]
BEFORE = (TIMES < "2026-03-02 12:00").sum() - 1
# glucostats makes an error of one person alone.
OTHER = pd.DataFrame({"time": WHOLE, "glucose": 120.0}, index=["other"] * 288)
for name, low in {"before": BEFORE, "after": BEFORE + 1}.items():
    glucose = [60.0 if i == low else 120.0 for i in range(len(TIMES))]
    person = pd.DataFrame({"time": TIMES, "glucose": glucose}, index=["person"] * len(TIMES))
    of_glucostats = percentage_time_in_ranges(pd.concat([person, OTHER]))["pt_br"]["person"]
    of_glycosignal = metrics.time_below_range_percent(pd.DataFrame({"Timestamp": TIMES, "Glucose": glucose}))
    of_iglu = iglu_python.below_percent(glucose)["below_70"]
    print(f"low {name} the gap: iglu {of_iglu:.1f} %, glucostats {of_glucostats:.1f} %, glycosignal {of_glycosignal:.1f} %")
PY
seen=$(tools/bin/python -W ignore gap.py)
expected='low before the gap: iglu 0.5 %, glucostats 0.3 %, glycosignal 33.7 %
low after the gap: iglu 0.5 %, glucostats 33.8 %, glycosignal 0.3 %'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
