#!/usr/bin/env bash
# @lhncbc/ucum-lhc 7.1.10 and Pint 0.25.3 with ucumvert 0.3.2, Node 20.20.2, Python 3.11, seen on 2026-11-29.
#
# Expected: laboratories state HbA1c in % (NGSP) or mmol/mol (IFCC), two scales that are tied by an equation: 7 % is 53 mmol/mol. What
# converts clinical units by their UCUM codes gives 53, or refuses, as it refuses mg/dL to mmol/L until told the weight of a mole.
# Seen: to UCUM both units are plain numbers. 7 % is 70 mmol/mol, and 48 mmol/mol, from which on it is diabetes, is 4.8 %, which is none. It
# is "succeeded" without a message, like a conversion that needs nothing else.
#
# For Clinics Edge: a glucose management indicator is in % of the NGSP everywhere, in the FHIR view with the UCUM code "%"; it is made from
# mmol/mol by the equation (managementIndicator in src/features/summaries/compute/periods.ts). Who shows it in mmol/mol does that
# backwards, (% - 2.152) / 0.09148, and converts no Quantity.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @lhncbc/ucum-lhc@7.1.10
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check Pint==0.25.3 ucumvert==0.3.2
cat >convert.cjs <<'JS'
const { UcumLhcUtils } = require("@lhncbc/ucum-lhc");
const utils = UcumLhcUtils.getInstance();
for (const [value, from, to] of [
  [120, "mg/dL", "mmol/L"],
  [7, "%", "mmol/mol"],
  [48, "mmol/mol", "%"],
]) {
  const { status, toVal, msg } = utils.convertUnitTo(from, value, to);
  console.log(`ucum-lhc: ${value} ${from} in ${to}: ${status}, ${toVal === null ? "none" : Number(toVal.toFixed(6))}, messages ${msg.length}`);
}
JS
cat >convert.py <<'PY'
from ucumvert import PintUcumRegistry

registry = PintUcumRegistry()
for value, given, wanted in ((120, "mg/dL", "mmol/L"), (7, "%", "mmol/mol"), (48, "mmol/mol", "%")):
    try:
        found = f"{(value * registry.from_ucum(given)).to(registry.from_ucum(wanted)).magnitude:g}"
    except Exception as error:
        found = type(error).__name__
    print(f"Pint: {value} {given} in {wanted}: {found}")
PY
seen=$(
  node convert.cjs
  tools/bin/python -W ignore convert.py
)
expected='ucum-lhc: 120 mg/dL in mmol/L: failed, none, messages 1
ucum-lhc: 7 % in mmol/mol: succeeded, 70, messages 0
ucum-lhc: 48 mmol/mol in %: succeeded, 4.8, messages 0
Pint: 120 mg/dL in mmol/L: DimensionalityError
Pint: 7 % in mmol/mol: 70
Pint: 48 mmol/mol in %: 4.8'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
