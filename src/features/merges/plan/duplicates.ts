import { comparisonKey } from "../../../platform/text/comparison-key.ts";
import { mrnKeyOf } from "../../patients/model/record.ts";
import { UNKNOWN_DATE } from "../../../platform/text/unknown-date.ts";
import { inOrder, type PatientForMerge } from "./clinic-for-merge.ts";

/** How two records may be of one person, apart from the account they share or don't. */
export type Likeness = "likely" | "nameOnly" | "mrnOnly";

/** The order in which likenesses are listed. */
export const LIKENESSES = ["likely", "nameOnly", "mrnOnly"] as const satisfies Likeness[];

/**
 * What patients are compared by, as numbers: equal numbers stand for equal values, 0 for none. Numbers of several lists
 * may be compared when they were made together.
 */
export interface Traits {
  readonly names: Int32Array;
  readonly mrns: Int32Array;
  readonly birthDates: Int32Array;
}

/** Names and MRNs are compared by their keys, as a clinic keeps MRNs apart, birth dates as they stand. */
export function traitsOf(...lists: readonly (readonly PatientForMerge[])[]): readonly Traits[] {
  const names = new Map<string, number>();
  const mrns = new Map<string, number>();
  const birthDates = new Map<string, number>();
  return lists.map((patients) => ({
    names: Int32Array.from(patients, ({ fullName }) => numberOf(names, fullName && comparisonKey(fullName))),
    mrns: Int32Array.from(patients, ({ mrn }) => numberOf(mrns, mrnKeyOf(mrn))),
    birthDates: Int32Array.from(patients, ({ birthDate }) =>
      numberOf(birthDates, birthDate === UNKNOWN_DATE ? "" : birthDate),
    ),
  }));
}

export const hasMrn = (mrn: string | null): boolean => mrnKeyOf(mrn) !== null;

function numberOf(numbers: Map<string, number>, value: string | null | undefined): number {
  if (!value) return 0;
  const known = numbers.get(value);
  if (known !== undefined) return known;
  numbers.set(value, numbers.size + 1);
  return numbers.size;
}

/** A patient to compare others with: whose traits, and where among them. */
export interface Compared {
  readonly traits: Traits;
  readonly at: number;
}

/** Those of a list that are like one patient, by likeness. `total` counts also the ones that `members` leaves out. */
export type Likes = Readonly<Record<Likeness, { readonly total: number; readonly members: readonly number[] }>>;

type Order = Int32Array;
interface Range {
  readonly from: number;
  readonly to: number;
}
const NONE: Range = { from: 0, to: 0 };
const lengthOf = ({ from, to }: Range) => to - from;

/**
 * A list of patients in which those like a given one are found without looking at the others. How many there are is
 * known without listing them: a name that thousands share costs no more than one of its own.
 */
export class Lookalikes {
  readonly #traits: Traits;
  readonly #byName: Order;
  readonly #byMrn: Order;
  readonly #byMrnAndBirth: Order;

  constructor(traits: Traits) {
    const { names, mrns, birthDates } = traits;
    this.#traits = traits;
    this.#byName = ordered([names, birthDates]);
    this.#byMrn = ordered([mrns, names, birthDates]);
    this.#byMrnAndBirth = ordered([mrns, birthDates]);
  }

  /** How many are like the patient, `except` left aside. */
  totals(one: Compared, except = -1): Record<Likeness, number> {
    const { name, nameAndBirth, mrn, mrnAndName, mrnAndBirth, all } = this.#ranges(one);
    const inTwo = lengthOf(nameAndBirth) + lengthOf(mrnAndName) + lengthOf(mrnAndBirth);
    const totals = {
      likely: inTwo - 2 * lengthOf(all),
      nameOnly: lengthOf(name) - lengthOf(nameAndBirth) - lengthOf(mrnAndName) + lengthOf(all),
      mrnOnly: lengthOf(mrn) - lengthOf(mrnAndName) - lengthOf(mrnAndBirth) + lengthOf(all),
    };
    const likeness = except < 0 ? undefined : this.#likeness(one, except);
    if (likeness) totals[likeness] -= 1;
    return totals;
  }

  /** Who is like the patient, `except` left aside: at most `limit` of each likeness, in their order in the list. */
  likes(one: Compared, limit: number, except = -1): Likes {
    const totals = this.totals(one, except);
    const { name, nameAndBirth, mrn, mrnAndName, mrnAndBirth } = this.#ranges(one);
    const candidates: Record<Likeness, readonly (readonly [Order, Range])[]> = {
      likely: [
        [this.#byName, nameAndBirth],
        [this.#byMrn, mrnAndName],
        [this.#byMrnAndBirth, mrnAndBirth],
      ],
      nameOnly: outside(this.#byName, name, nameAndBirth),
      mrnOnly: outside(this.#byMrn, mrn, mrnAndName),
    };
    const members = (likeness: Likeness) => {
      const wanted = Math.min(totals[likeness], limit);
      const found = new Set<number>();
      for (const [order, { from, to }] of candidates[likeness]) {
        for (let i = from; i < to && found.size < wanted; i++) {
          const at = order[i]!;
          if (at !== except && this.#likeness(one, at) === likeness) found.add(at);
        }
      }
      return { total: totals[likeness], members: [...found].toSorted((a, b) => a - b) };
    };
    return { likely: members("likely"), nameOnly: members("nameOnly"), mrnOnly: members("mrnOnly") };
  }

  /**
   * The groups of two and more of `patients`, the list itself, that likenesses connect, directly or through others: by
   * their smallest user id, and so within each.
   */
  clusters(patients: readonly PatientForMerge[]): readonly (readonly number[])[] {
    const parents = Int32Array.from(patients, (_, at) => at);
    const rootOf = (at: number): number => {
      let root = at;
      while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
      return root;
    };
    // Whatever two patients share beside a birth date, they share a name or an MRN.
    for (const [order, values] of [
      [this.#byName, this.#traits.names],
      [this.#byMrn, this.#traits.mrns],
    ] as const) {
      for (let i = 1; i < order.length; i++) {
        const [a, b] = [order[i - 1]!, order[i]!];
        if (values[a] === values[b]) parents[rootOf(a)] = rootOf(b);
      }
    }
    const sizes = new Int32Array(patients.length);
    for (let at = 0; at < patients.length; at++) sizes[rootOf(at)]! += 1;
    const grouped: number[] = [];
    for (let at = 0; at < patients.length; at++) if (sizes[rootOf(at)]! > 1) grouped.push(at);
    grouped.sort((a, b) => inOrder(patients[a]!.userId, patients[b]!.userId));
    return [...Map.groupBy(grouped, rootOf).values()];
  }

  /** A position of the list compared with the others of it. */
  inside(at: number): Compared {
    return { traits: this.#traits, at };
  }

  #ranges({ traits, at }: Compared) {
    const [name, mrn, birthDate] = [traits.names[at]!, traits.mrns[at]!, traits.birthDates[at]!];
    const { names, mrns, birthDates } = this.#traits;
    const range = (order: Order, columns: readonly Int32Array[], values: readonly number[]): Range =>
      values.includes(0) ? NONE : rangeOf(order, columns, values);
    const ofName = range(this.#byName, [names], [name]);
    const ofMrn = range(this.#byMrn, [mrns], [mrn]);
    const within = (outer: Range, ...rest: Parameters<typeof range>): Range =>
      lengthOf(outer) === 0 ? NONE : range(...rest);
    const mrnAndName = within(ofMrn, this.#byMrn, [mrns, names], [mrn, name]);
    return {
      name: ofName,
      mrn: ofMrn,
      nameAndBirth: within(ofName, this.#byName, [names, birthDates], [name, birthDate]),
      mrnAndName,
      mrnAndBirth: within(ofMrn, this.#byMrnAndBirth, [mrns, birthDates], [mrn, birthDate]),
      all: within(mrnAndName, this.#byMrn, [mrns, names, birthDates], [mrn, name, birthDate]),
    };
  }

  #likeness({ traits, at }: Compared, other: number): Likeness | undefined {
    const isSame = (column: keyof Traits) =>
      traits[column][at] !== 0 && traits[column][at] === this.#traits[column][other];
    const isSameName = isSame("names");
    const isSameMrn = isSame("mrns");
    if (Number(isSameName) + Number(isSameMrn) + Number(isSame("birthDates")) >= 2) return "likely";
    return isSameMrn ? "mrnOnly" : isSameName ? "nameOnly" : undefined;
  }
}

/** The positions at which the first column has a value, ordered by all columns. */
function ordered(columns: readonly Int32Array[]): Order {
  const first = columns[0]!;
  const order = new Int32Array(first.length);
  let length = 0;
  for (let at = 0; at < first.length; at++) if (first[at] !== 0) order[length++] = at;
  return order.subarray(0, length).toSorted((a, b) => {
    for (const column of columns) {
      const difference = column[a]! - column[b]!;
      if (difference !== 0) return difference;
    }
    return a - b;
  });
}

/** Where in the order the columns have these values. */
function rangeOf(order: Order, columns: readonly Int32Array[], values: readonly number[]): Range {
  const compare = (at: number): number => {
    for (let i = 0; i < columns.length; i++) {
      const difference = columns[i]![at]! - values[i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const firstWhere = (isIt: (compared: number) => boolean, start: number): number => {
    let [low, high] = [start, order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isIt(compare(order[middle]!))) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const from = firstWhere((compared) => compared >= 0, 0);
  if (from === order.length || compare(order[from]!) !== 0) return NONE;
  return { from, to: firstWhere((compared) => compared > 0, from) };
}

/** What is left of a range when another within it is taken out. */
const outside = (order: Order, whole: Range, part: Range): readonly (readonly [Order, Range])[] =>
  lengthOf(part) === 0
    ? [[order, whole]]
    : [
        [order, { from: whole.from, to: part.from }],
        [order, { from: part.to, to: whole.to }],
      ];
