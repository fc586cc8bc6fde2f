import { encoded, type JsonBytes, keysOf } from "../../platform/formats/json-bytes.ts";
import { MEMBER_NAMES, periodTexts, rebuildStatsHead, type RowWithPeriods } from "./rebuild.ts";
import { FLAGGED, flagName, type SummaryType } from "./model/statistics.ts";

const TYPES = ["cgm", "bgm"] as const satisfies SummaryType[];

const KEYS = { cgm: keysOf(MEMBER_NAMES.cgm), bgm: keysOf(MEMBER_NAMES.bgm) } as const;

/** The has… flags of a period by their mask: few masks are ever seen, and all are forgotten when there are many. */
const flagTexts = { cgm: new Map<string, Uint8Array>(), bgm: new Map<string, Uint8Array>() } as const;
const FLAG_TEXTS_MAX = 500;

function flagsText(type: SummaryType, mask: string): Uint8Array {
  const known = flagTexts[type].get(mask);
  if (known) return known;
  const flags = FLAGGED[type].map((name, i) => `"${flagName(name)}":${Math.floor(Number(mask) / 2 ** i) % 2 === 1}`);
  const made = encoded(flags.join(","));
  if (flagTexts[type].size >= FLAG_TEXTS_MAX) flagTexts[type].clear();
  flagTexts[type].set(mask, made);
  return made;
}

/** Writes what `rebuildSummary` makes of a row that has a summary, without making it. */
export function writeSummary(out: JsonBytes, row: RowWithPeriods): void {
  let separator = "{";
  for (const type of TYPES) {
    const head = rebuildStatsHead(type, row);
    if (!head) continue;
    out.text(`${separator}"${type}Stats":${JSON.stringify(head).slice(0, -1)}`);
    writePeriods(out, type, row);
    out.text("}");
    separator = ",";
  }
  out.text("}");
}

function writePeriods(out: JsonBytes, type: SummaryType, row: RowWithPeriods): void {
  let separator = ',"periods":{';
  for (const [period, values] of periodTexts(type, row)) {
    out.text(`${separator}${JSON.stringify(period)}:{`);
    writePeriod(out, type, values);
    out.text("}");
    separator = ",";
  }
  if (separator === ",") out.text("}");
}

/** A period's members, from the `[flags,[value,…],…]` of the view: numbers are copied as they stand, nulls left out. */
function writePeriod(out: JsonBytes, type: SummaryType, text: string): void {
  const afterFlags = text.indexOf(",");
  out.bytes(flagsText(type, text.slice(1, afterFlags)));
  out.members(KEYS[type], text, afterFlags);
}
