#!/usr/bin/env bash
# @medplum/core 5.2.13 beside fhirpath 5.2.2 (of the R4 model) and @atomic-ehr/fhirpath 0.1.4 on Node 24.21.0, seen on 2026-11-29.
#
# Expected: FHIRPath compares quantities with their units. 10.55 mmol/l of glucose are less than 1 mol/L; with 180 mg/dL, which is of another
# dimension, they can't be compared, and the result is empty, neither true nor false.
# Seen: @medplum/core compares the numbers alone. The rule of a mean above 180 mg/dL says false of 10.55 mmol/l, which are 190 mg/dL, and the
# rule of one at most 180 mg/dL says true. 145.1 mg/dL are not below 1.8 g/L. The two other engines give what is expected.
#
# For Clinics Edge: the FHIR view tells a mean in the unit of the clinic, by one of two profiles, so that the rule of 180 mg/dL finds nobody
# in a clinic with mmol/L. A reader chooses by code, 97507-8 or 105273-7, and compares with the limit of that unit
# (src/features/fhir/model/observations.ts; src/features/fhir/routes/fhir-cgm-summary.test.ts has each mean in its unit).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @medplum/core@5.2.13 fhirpath@5.2.2 @atomic-ehr/fhirpath@0.1.4
cat >compare.mjs <<'JS'
import { evaluate } from "@atomic-ehr/fhirpath";
import { evalFhirPath } from "@medplum/core";
import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4/index.js";

const mean = (value, unit, code) => ({
  resourceType: "Observation",
  status: "final",
  code: { text: "Mean glucose" },
  valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code },
});
const engines = {
  fhirpath: (observation, rule) => fhirpath.evaluate(observation, rule, undefined, r4),
  "@atomic-ehr/fhirpath": (observation, rule) => evaluate(rule, { input: observation }),
  "@medplum/core": (observation, rule) => evalFhirPath(rule, observation),
};
for (const [name, evaluated] of Object.entries(engines)) {
  const said = [];
  for (const [observation, rules] of [
    [mean(10.55, "mmol/l", "mmol/L"), ["> 10 'mmol/L'", "< 1 'mol/L'", "> 180 'mg/dL'", "<= 180 'mg/dL'"]],
    [mean(145.1, "mg/dl", "mg/dL"), ["< 1.8 'g/L'"]],
  ]) {
    for (const rule of rules) {
      const [answer = "nothing"] = await evaluated(observation, `Observation.value ${rule}`);
      said.push(`${observation.valueQuantity.value} ${rule}: ${answer}`);
    }
  }
  console.log(`${name}\n  ${said.join("\n  ")}`);
}
JS
seen=$(node_modules/.bin/node compare.mjs 2>/dev/null)
expected="fhirpath
  10.55 > 10 'mmol/L': true
  10.55 < 1 'mol/L': true
  10.55 > 180 'mg/dL': nothing
  10.55 <= 180 'mg/dL': nothing
  145.1 < 1.8 'g/L': true
@atomic-ehr/fhirpath
  10.55 > 10 'mmol/L': true
  10.55 < 1 'mol/L': true
  10.55 > 180 'mg/dL': nothing
  10.55 <= 180 'mg/dL': nothing
  145.1 < 1.8 'g/L': true
@medplum/core
  10.55 > 10 'mmol/L': true
  10.55 < 1 'mol/L': false
  10.55 > 180 'mg/dL': false
  10.55 <= 180 'mg/dL': true
  145.1 < 1.8 'g/L': false"
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
