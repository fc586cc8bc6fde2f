#!/usr/bin/env bash
# pdfkit 0.20.2 with fontkit 2.0.4 and DejaVu Sans 2.37, read with pdf.js 6.5.438 on Node 24.21.0, seen on 2026-11-28.
#
# Expected: what is drawn can be extracted as it was written, whatever else the document, or the font before it, has drawn.
# Seen: DejaVu draws i with a dot above (U+0069 U+0307) as dotless i and a dot. fontkit remembers the characters of a glyph's
# first use, and pdfkit maps one glyph to one text, so that the Turkish letters ı and i̇ in one document are extracted as the
# one that came first, and a font that is shared between documents carries the letter over from one person's to the next.
#
# For Clinics Edge: reports share a parsed font, so characters are cleared before a text is shaped, and a glyph that stands
# for two texts is embedded twice (src/platform/formats/pdf/font.ts; src/features/reports/model/renderer.test.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 pdfkit@0.20.2 fontkit@2.0.4 pdfjs-dist@6.5.438 dejavu-fonts-ttf@2.37.3
cat >draw.mjs <<'JS'
import { readFileSync } from "node:fs";
import * as fontkit from "fontkit";
import PDFDocument from "pdfkit";
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";

const file = "node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf";
const hex = (text) => Array.from(text, (letter) => letter.codePointAt(0).toString(16)).join(" ");

async function extracted(text) {
  const document = new PDFDocument({ font: file });
  const parts = [];
  document.on("data", (part) => parts.push(part));
  const ended = new Promise((resolve) => document.on("end", resolve));
  document.text(text);
  document.end();
  await ended;
  const pdf = await getDocument({ data: new Uint8Array(Buffer.concat(parts)), verbosity: 0 }).promise;
  const { items } = await (await pdf.getPage(1)).getTextContent();
  return hex(items.map(({ str }) => str).join(""));
}
for (const text of ["\u0131 i\u0307", "i\u0307 \u0131"]) console.log(`drawn ${hex(text)} extracted ${await extracted(text)}`);

const font = fontkit.create(readFileSync(file));
const characters = (text) => font.layout(text).glyphs.map(({ codePoints }) => codePoints.map((it) => it.toString(16)));
font.layout("\u0131");
console.log(`shared font, 69 307 after 131: ${characters("i\u0307").join(" ")}`);
JS
seen=$(node_modules/.bin/node draw.mjs 2>/dev/null)
expected='drawn 131 20 69 307 extracted 131 20 131 307
drawn 69 307 20 131 extracted 69 307 20 69
shared font, 69 307 after 131: 131 307'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
