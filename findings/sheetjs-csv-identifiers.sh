#!/usr/bin/env bash
# @e965/xlsx 0.20.3 (the npm build of SheetJS 0.20.3), reading CSV with its defaults, Node 20 and 24, seen on 2026-11-28.
#
# Expected: like Excel and LibreOffice, it takes 0017 for 17 and 1E5 for 100000, and leaves what is no number there a text.
# Seen: it also takes hexadecimal digits for a number (the record number 0x1F is 31) and a day that does not exist for the
# day that many days later (2026-02-30 becomes the serial of 2 March). With raw: true both stay texts, but then the formula
# ="0017", which spreadsheets and its own defaults read as the text 0017, stays the seven characters of the formula.
#
# For Clinics Edge: identifiers that begin with 0x are written as a formula that yields their text, like 0017
# (src/platform/formats/spreadsheet-values.ts and its test).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @e965/xlsx@0.20.3
cat >read.mjs <<'JS'
import * as XLSX from "@e965/xlsx/xlsx.mjs";
const csv = 'mrn\r\n0017\r\n1E5\r\n0x1F\r\n2026-02-30\r\n"=""0017"""\r\nA-17\r\n';
const cells = (raw) => {
  const { Sheets, SheetNames } = XLSX.read(csv, { type: "string", raw });
  return [2, 3, 4, 5, 6, 7].map((row) => Sheets[SheetNames[0]][`A${row}`]).map(({ t, v }) => `${t}:${v}`).join(" ");
};
console.log(cells(false));
console.log(cells(true));
JS
seen=$(node read.mjs)
expected='n:17 n:100000 n:31 n:46083 s:0017 s:A-17
s:0017 s:1E5 s:0x1F s:2026-02-30 s:="0017" s:A-17'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
