#!/usr/bin/env bash
# py-agata 0.0.8 and iglu-python 0.4.3, reading a CSV file in the layout of Dexcom Clarity with pandas 2.2.3, Python 3.11, seen on
# 2026-11-29.
#
# Expected: below 40 and above 400 mg/dL a Dexcom sensor tells no number, and the file has the words Low and High. A reader made for
# these files takes them for 39 and 401, or says that it left readings out.
# Seen: iglu-python leaves them out, and a night of which a third was Low has no time below 54 mg/dL. py-agata takes 39 and 401, but one
# such word makes pandas read the whole column as text, and it takes every number then for the word before it: after a Low all is 39.
# Only when a number comes first is it an UnboundLocalError.
#
# For Clinics Edge: it takes numbers alone. Who uploads data read so sends the limit with the annotation bg/out-of-range, and compares the
# readings sent with those in the file: times in ranges can't tell what never came (src/description/texts/device-data.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check py-agata==0.0.8 iglu-python==0.4.3 pandas==2.2.3 numpy==2.2.3
cat >read.py <<'PY'
from iglu_python import below_percent
from iglu_python.extension.load_data import load_dexcom
from py_agata.utils import read_dexcom_data

HEAD = (
    "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Patient Info,Device Info,Source Device ID,Glucose Value (mg/dL),"
    "Insulin Value (u),Carb Value (grams),Duration (hh:mm:ss),Glucose Rate of Change (mg/dL/min),Transmitter Time (Long Integer),"
    "Transmitter ID\n1,,FirstName,,Mina,,,,,,,,,\n2,,LastName,,Lind,,,,,,,,,\n3,,Device,,,Dexcom G6 Mobile App,iPhone G6,,,,,,,\n"
)


def written(values):
    rows = (
        f"{i + 4},2026-03-02T00:{i * 5:02}:00,EGV,,,,iPhone G6,{value},,,,,{1000 + i * 300},8ABCDE\n" for i, value in enumerate(values)
    )
    with open("clarity.csv", "w") as file:
        file.write(HEAD + "".join(rows))


def readings(values):
    try:
        return " ".join(f"{value:.0f}" for value in values())
    except Exception as error:
        return type(error).__name__


for name, values in {
    "numbers": [80, 100, 150, 90, 85, 120],
    "Low first": ["Low", "Low", 80, 100, 150, 200],
    "number first": [80, "Low", "Low", 100, "High", 200],
}.items():
    written(values)
    of_iglu = load_dexcom("clarity.csv")
    print(f"{name}: iglu {readings(lambda: of_iglu)}, below 54: {below_percent(list(of_iglu))['below_54']:.0f} %")
    print(f"{name}: agata {readings(lambda: read_dexcom_data('clarity.csv', 'csv')['glucose'])}")
PY
seen=$(tools/bin/python -W ignore read.py)
expected='numbers: iglu 80 100 150 90 85 120, below 54: 0 %
numbers: agata 80 100 150 90 85 120
Low first: iglu 80 100 150 200, below 54: 0 %
Low first: agata 39 39 39 39 39 39
number first: iglu 80 100 200, below 54: 0 %
number first: agata UnboundLocalError'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
