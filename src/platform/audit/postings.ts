/**
 * How postings lead from patients to accesses. A patient's hash names one of 64 buckets and three bytes that tell the
 * patients of a bucket apart. A row of a bucket lists, for up to 65,536 accesses, the patients named: three bytes of the
 * hash, two of the access's place among the 65,536. While these accesses arrive they have rows of 8,192 each, so that
 * little is rewritten; rows become one by putting one behind the other.
 */
export const BUCKETS = 64;
export const PART_SIZE = 8192;
export const RANGE_SIZE = 65_536;
export const PARTS = RANGE_SIZE / PART_SIZE;
/** Between the numbers of two buckets' rows. */
const BUCKET_STEP = 2 ** 40;
/** Hex digits of a patient, and of patient and place. */
const PATIENT_DIGITS = 6;
const ENTRY_DIGITS = 10;

/** FNV-1a with a finish that lets every character reach every bit. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const padded = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");

/** The number of the row of a bucket that begins with a part. */
export const rowId = (bucket: number, part: number): number => bucket * BUCKET_STEP + part;
export const partOfRow = (id: number): number => id % BUCKET_STEP;
export const partOf = (seq: number): number => Math.floor(seq / PART_SIZE);
export const rangeOf = (seq: number): number => Math.floor(seq / RANGE_SIZE);

/** Where a patient is found: the bucket, and the hex digits in it. */
export function placeOf(patientId: string): { readonly bucket: number; readonly digits: string } {
  const hash = hashOf(patientId);
  return { bucket: hash % BUCKETS, digits: padded(hash >>> 8, PATIENT_DIGITS) };
}

/** What accesses add to rows: by the number of the row, hex digits. */
export function postingsOf(
  accesses: Iterable<{ readonly seq: number; readonly patientIds: readonly string[] }>,
): Map<number, string> {
  const rows = new Map<number, string>();
  for (const { seq, patientIds } of accesses) {
    const place = padded(seq % RANGE_SIZE, ENTRY_DIGITS - PATIENT_DIGITS);
    for (const patientId of patientIds) {
      const { bucket, digits } = placeOf(patientId);
      const id = rowId(bucket, partOf(seq));
      rows.set(id, (rows.get(id) ?? "") + digits + place);
    }
  }
  return rows;
}

/** The accesses that a row, as hex digits, has for a patient; latest first, each once. A few may not name the patient. */
export function accessesIn(rowNumber: number, entries: string, digits: string): number[] {
  const first = Math.floor(partOfRow(rowNumber) / PARTS) * RANGE_SIZE;
  const text = entries.toLowerCase();
  const found = new Set<number>();
  for (let at = text.indexOf(digits); at >= 0; at = text.indexOf(digits, at + 1)) {
    if (at % ENTRY_DIGITS !== 0) continue;
    found.add(first + Number.parseInt(text.slice(at + PATIENT_DIGITS, at + ENTRY_DIGITS), 16));
  }
  return [...found].toSorted((a, b) => b - a);
}
