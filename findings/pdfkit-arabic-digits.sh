#!/usr/bin/env bash
# pdfkit 0.20.2 with fontkit 2.0.4 and DejaVu Sans 2.37, Node 20.20.2, read with pdfplumber 0.11.10, Python 3.11, seen on 2026-11-29.
#
# Expected: letters of Arabic and Hebrew are drawn from right to left, and the digits of a number from left to right, in Arabic and Persian
# digits as in ours; so does the bidirectional algorithm of Unicode, and every browser.
# Seen: fontkit gives a text one direction, by the first script in it, and takes Arabic and Persian digits for Arabic letters: the year 1980
# is drawn as 0891. After Hebrew letters our own digits are drawn so, too, once the option features is there: pdfkit has a text shaped word
# by word without it, and as a whole with it.
#
# For Clinics Edge: names and record numbers are drawn in pieces of one direction, of which what has no letter from right to left is shaped
# from left to right (src/platform/formats/pdf/font.ts and its test).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pdfkit@0.20.2 fontkit@2.0.4 dejavu-fonts-ttf@2.37.3
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pdfplumber==0.11.10
cat >draw.mjs <<'JS'
import { createWriteStream } from "node:fs";
import PDFDocument from "pdfkit";

const document = new PDFDocument({ font: "node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf" });
document.pipe(createWriteStream("drawn.pdf"));
const draw = (text, line, options) => document.text(text, 72, 72 + 20 * line, { lineBreak: false, ...options });
draw("1980", 0);
draw("\u0661\u0669\u0668\u0660", 1);
draw("\u06f1\u06f9\u06f8\u06f0", 2);
draw("\u05de\u05d9\u05e0\u05d4 1980", 3);
draw("\u05de\u05d9\u05e0\u05d4 1980", 4, { features: ["kern"] });
document.end();
JS
cat >read.py <<'PY'
from itertools import groupby
from unicodedata import digit

import pdfplumber

LINES = ("1980", "in Arabic digits", "in Persian digits", "after Hebrew letters", "after Hebrew letters, with features")
drawn = sorted(pdfplumber.open("drawn.pdf").pages[0].chars, key=lambda char: (round(char["top"]), char["x0"]))
lines = [list(chars) for _, chars in groupby(drawn, key=lambda char: round(char["top"]))]
for name, chars in zip(LINES, lines, strict=True):
    digits = [digit(char["text"], None) for char in chars]
    print(f"{name}: from left to right {''.join(str(it) for it in digits if it is not None)}")
PY
node draw.mjs
seen=$(tools/bin/python read.py)
expected='1980: from left to right 1980
in Arabic digits: from left to right 0891
in Persian digits: from left to right 0891
after Hebrew letters: from left to right 1980
after Hebrew letters, with features: from left to right 0891'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
