#!/usr/bin/env bash
# openapi-python-client 0.29.1, seen on 2026-11-28.
#
# Expected: an enumeration has a member for each of its values. Device data accept glucose in four spellings, because devices
# write them so: mg/dL, mg/dl, mmol/L, mmol/l.
# Seen: of values that differ in case alone one is left, with exit status 0 and no warning about them; the other two of the four can't be
# written by name, and reading an answer that has one of them raises a ValueError.
#
# For Clinics Edge: such values have names of their own (`x-enum-varnames`, src/description/describe.ts), which this generator takes: all
# are there then. test/description-texts.test.ts keeps it so for every enumeration.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet openapi-python-client==0.29.1
cat >api.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "Readings", "version": "1" },
  "paths": {
    "/readings": {
      "get": {
        "operationId": "getReading",
        "responses": {
          "200": {
            "description": "A reading",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Reading" } } }
          }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "Reading": {
        "type": "object",
        "required": ["value", "units"],
        "properties": {
          "value": { "type": "number" },
          "units": { "type": "string", "enum": ["mg/dL", "mg/dl", "mmol/L", "mmol/l"] }
        }
      }
    }
  }
}
JSON
status=0
tools/bin/openapi-python-client generate --path api.json --meta none --output-path readings >said 2>&1 || status=$?
seen=$(
  # It warns of other things, such as a formatter that is not installed.
  echo "status $status, warnings about units: $(grep -ciE 'units|enum|duplicate' said || true)"
  tools/bin/python - <<'PY'
from readings.models.reading import Reading
from readings.models.reading_units import ReadingUnits

print("members:", ", ".join(sorted(unit.value for unit in ReadingUnits)))
for units in ("mg/dL", "mg/dl"):
    try:
        Reading.from_dict({"value": 120, "units": units})
        print(units, "is read")
    except ValueError:
        print(units, "is a ValueError")
PY
)
echo "$seen"
expected='status 0, warnings about units: 0
members: mg/dl, mmol/l
mg/dL is a ValueError
mg/dl is read'
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
