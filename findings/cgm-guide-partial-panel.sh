#!/usr/bin/env bash
# HL7's guide Continuous Glucose Monitoring 1.0.0 (hl7.fhir.uv.cgm), judged by HAPI FHIR 8.4.0, seen on 2026-11-29.
#
# Expected: an observation with the code of the summary panel that does not claim the profile cgm-summary is a plain R4 Observation, in
# a submission bundle as elsewhere: its entries are open slices.
# Seen: the bundle's slices go by type and code. What has the panel's code is taken for the panel, and has to have all of its
# members: a summary without GMI, which a sensor worn too little has none of, can't be submitted with a panel. In a collection the
# same panel is valid.
#
# For Clinics Edge: such a panel is shown and not submitted; its members are (src/features/fhir/read-resources.ts).
#
# Needs a JDK and Maven, which fetches HAPI FHIR 8.4.0; the guide's definitions, which no package registry has, and the few lines
# that call the validator are in FHIR_VALIDATOR, else in ../shared/fhir.
set -euo pipefail
FETCH=org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
# The profile of the bundle as guide 1.0.0 has it.
GUIDE=d3099af0099e67efc86695a12aaedfd53fd9b37b4dbc7a9915b20ea14daac558
validator=$(cd "${FHIR_VALIDATOR:-$(dirname "$0")/../../shared/fhir}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$validator/V.java" "$folder"
cd "$folder"
bundle="$validator/definitions/StructureDefinition-cgm-data-submission-bundle.json"
echo "$GUIDE  $bundle" | sha256sum --check --status || { echo "the definitions are not those of guide 1.0.0" >&2; exit 2; }
dependency() { IFS=@ read -r name version <<<"$1" && echo "<dependency><groupId>ca.uhn.hapi.fhir</groupId><artifactId>$name</artifactId><version>$version</version></dependency>"; }
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><dependencies>
$(dependency hapi-fhir-validation@8.4.0)
$(dependency hapi-fhir-validation-resources-r4@8.4.0)
$(dependency hapi-fhir-caching-caffeine@8.4.0)
$(dependency hapi-fhir-structures-r4@8.4.0)
</dependencies></project>
POM
mvn -q -B "$FETCH" -DoutputDirectory=lib >/dev/null
javac -cp 'lib/*' V.java
quantity() { echo "{\"value\":$1,\"unit\":\"$2\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"$3\"}"; }
observation() {
  echo "\"resource\":{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"$1\"}]},\"subject\":{\"reference\":\"Patient/1\"},\"effectivePeriod\":{\"start\":\"2026-03-01\",\"end\":\"2026-03-07\"},$2}"
}
days=11111111-1111-4111-8111-111111111111
panel=22222222-2222-4222-8222-222222222222
member=$(observation 104636-6 "\"valueQuantity\":$(quantity 3 days d)")
whole=$(observation 107931-8 "\"hasMember\":[{\"reference\":\"urn:uuid:$days\"}]")
request='"request":{"method":"POST","url":"Observation"}'
head='"resourceType":"Bundle","timestamp":"2026-03-08T00:00:00Z"'
echo "{$head,\"type\":\"collection\",\"entry\":[{\"fullUrl\":\"urn:uuid:$panel\",$whole},{\"fullUrl\":\"urn:uuid:$days\",$member}]}" >collection.json
echo "{$head,\"type\":\"transaction\",\"entry\":[{\"fullUrl\":\"urn:uuid:$panel\",$whole,$request},{\"fullUrl\":\"urn:uuid:$days\",$member,$request}]}" >submission.json
echo "{$head,\"type\":\"transaction\",\"entry\":[{\"fullUrl\":\"urn:uuid:$days\",$member,$request}]}" >without-panel.json
profile=http://hl7.org/fhir/uv/cgm/StructureDefinition/cgm-data-submission-bundle
java -Xmx3g -cp 'lib/*:.' V "$validator/definitions" collection.json "submission.json=$profile" "without-panel.json=$profile" >said 2>/dev/null
seen=$(grep -oE '^(OK|FAIL) +[a-z-]+\.json' said | tr -s ' ')
expected='OK collection.json
FAIL submission.json
OK without-panel.json'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
