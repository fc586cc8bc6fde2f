const LEGACY = /^[0-9a-f]{10}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LEGACY_MAX = 0xffff;

/**
 * Packs user ids as `x` and hex digits: how many of them are legacy ids, those at five bytes each, then UUIDs at sixteen.
 * An id of another form makes it a JSON list instead; no ids, null. Nothing is lost but the order among both forms.
 */
export function pack(ids: readonly string[]): string | null {
  if (ids.length === 0) return null;
  let legacy = "";
  let uuids = "";
  for (const id of ids) {
    if (LEGACY.test(id)) legacy += id;
    else if (UUID.test(id)) uuids += id.replaceAll("-", "");
    else return JSON.stringify(ids);
  }
  const count = legacy.length / 10;
  return count > LEGACY_MAX ? JSON.stringify(ids) : `x${count.toString(16).padStart(4, "0")}${legacy}${uuids}`;
}

/** The ids that were packed. */
export function unpack(packed: string | null): string[] {
  if (packed === null) return [];
  if (!packed.startsWith("x")) return JSON.parse(packed) as string[];
  const digits = packed.toLowerCase();
  const ids: string[] = [];
  let at = 5;
  for (let left = Number.parseInt(digits.slice(1, 5), 16); left > 0; left--) ids.push(digits.slice(at, (at += 10)));
  for (; at < digits.length; at += 32) {
    ids.push(
      [at, at + 8, at + 12, at + 16, at + 20]
        .map((from, i, starts) => digits.slice(from, starts[i + 1] ?? at + 32))
        .join("-"),
    );
  }
  return ids;
}

/** The hex digits of an id among packed ones. */
export const packedDigits = (id: string): string => (LEGACY.test(id) || UUID.test(id) ? id.replaceAll("-", "") : "");
