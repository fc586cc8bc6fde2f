#!/usr/bin/env bash
# @medplum/core 5.2.13 on Node 24.21.0, in three time zones, seen on 2026-11-29.
#
# Expected: a Period whose ends are dates, as FHIR allows, is shown as these dates, in whichever zone its reader is. formatDate of the same
# library does so.
# Seen: formatPeriod takes a date for midnight in UTC and shows it with a time of day. West of Greenwich a fortnight from 1 to 14 March
# is one from the evening of 28 February to the evening of 13 March: it begins in another month, and its last day is missing.
#
# For Clinics Edge: the periods of a summary are days of the clinic, told as dates because they are no instants
# (src/features/fhir/model/days.ts). A page made with this library shows them by formatDate, one for each end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @medplum/core@5.2.13
cat >period.mjs <<'JS'
import { formatDate, formatPeriod } from "@medplum/core";

const period = { start: "2026-03-01", end: "2026-03-14" };
const said = [`${formatDate(period.start, "en-US")} to ${formatDate(period.end, "en-US")}`, formatPeriod(period, "en-US")];
// Some versions of ICU write a narrow space before AM and PM.
console.log(`${process.env.TZ}: formatDate ${said.join(", formatPeriod ")}`.replaceAll("\u202f", " "));
JS
seen=$(
  for zone in UTC Europe/Berlin America/New_York; do
    TZ=$zone node_modules/.bin/node period.mjs 2>/dev/null
  done
)
expected='UTC: formatDate 3/1/2026 to 3/14/2026, formatPeriod 3/1/2026, 12:00:00 AM - 3/14/2026, 12:00:00 AM
Europe/Berlin: formatDate 3/1/2026 to 3/14/2026, formatPeriod 3/1/2026, 1:00:00 AM - 3/14/2026, 1:00:00 AM
America/New_York: formatDate 3/1/2026 to 3/14/2026, formatPeriod 2/28/2026, 7:00:00 PM - 3/13/2026, 8:00:00 PM'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
