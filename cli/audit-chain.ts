import { createHash } from "node:crypto";

/** What an export of the audit trail is checked by: its seals, each over the entries before it and the seal before. */

/** Where a chain has come to. */
export interface Link {
  /** The last entry that is sealed. */
  readonly last: number;
  readonly hash: string;
}

export interface Checked {
  readonly entries: number;
  readonly seals: number;
  /** What is wrong, each with its line. */
  readonly problems: readonly string[];
  /** The first entry that the seals are about; undefined without one. */
  readonly first: number | undefined;
  readonly end: Link | undefined;
}

const HASH = /^[0-9a-f]{64}$/;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

interface Seal {
  readonly seal: number;
  readonly first: number;
  readonly entries: number;
  readonly previous: string;
  readonly hash: string;
  readonly isIntact: boolean;
}

function isSeal(it: Record<string, unknown>): it is Record<string, unknown> & Seal {
  return (
    [it.seal, it.first, it.entries].every(isCount) &&
    (it.previous === "" || HASH.test(String(it.previous))) &&
    HASH.test(String(it.hash))
  );
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a seal, given what was found before it. */
function faultsOf(it: Seal, before: Link | undefined, found: { hash: string; seqs: readonly number[] }): string[] {
  const { seqs, hash } = found;
  const faults: string[] = [];
  if (before !== undefined && it.first !== before.last + 1) {
    faults.push(`it begins at entry ${it.first}, the one before ends at ${before.last}`);
  } else if (before === undefined ? it.first === 1 && it.previous !== "" : it.previous !== before.hash) {
    faults.push("it does not build on the seal before");
  }
  if (seqs.length !== it.entries) faults.push(`it is for ${it.entries} entries, there are ${seqs.length}`);
  const isInOrder = seqs.every((seq, i) => seq > (seqs[i - 1] ?? it.first - 1)) && (seqs.at(-1) ?? it.seal) === it.seal;
  if (!isInOrder) faults.push("its entries are not those it names");
  if (hash !== it.hash) faults.push("its hash does not fit its entries");
  if (!it.isIntact) faults.push("it did not fit when it was exported");
  return faults;
}

/** Checks an export line by line. `before` is where the export before it has come to. */
export async function checkLines(lines: AsyncIterable<string> | Iterable<string>, before?: Link): Promise<Checked> {
  const problems: string[] = [];
  let [entries, seals, number, unsealed] = [0, 0, 0, 0];
  let first: number | undefined;
  let end = before;
  let seqs: number[] = [];
  let texts: string[] = [];
  for await (const line of lines) {
    number += 1;
    const it = parsed(line);
    if (it !== undefined && "seal" in it) {
      seals += 1;
      if (isSeal(it)) {
        const hash = createHash("sha256").update(`${it.previous}\n`);
        for (const text of texts) hash.update(`${text}\n`);
        for (const fault of faultsOf(it, end, { hash: hash.digest("hex"), seqs }))
          problems.push(`line ${number}, seal ${it.seal}: ${fault}`);
        first ??= it.first;
        end = { last: it.seal, hash: it.hash };
      } else problems.push(`line ${number}: a seal that can't be read`);
      [seqs, texts, unsealed] = [[], [], 0];
      continue;
    }
    entries += 1;
    unsealed ||= number;
    texts.push(line);
    if (isCount(it?.seq)) seqs.push(it.seq);
    else problems.push(`line ${number}: neither an entry nor a seal`);
  }
  if (unsealed > 0) problems.push(`line ${unsealed}: entries without a seal from here on`);
  if (seals === 0) problems.push("there is no seal");
  return { entries, seals, problems, first, end };
}
