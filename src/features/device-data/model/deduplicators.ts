import { type DatumError, errorAt, notAllowed } from "./data-errors.ts";

/** How the data of a set are kept from being there twice. */
export interface Deduplicator {
  readonly name: string;
  /** Of sets opened now. */
  readonly version: string;
  /** Names it had before, which are still accepted. */
  readonly oldNames: readonly string[];
  /** What identities are made of, where they are needed. */
  readonly identity?: "device" | "dataSet";
  /** The version from which a prime is told by its target as well. */
  readonly primeTargetSince?: string;
  readonly add:
    | "insert"
    /** Earlier data of the set with the same `origin.id` give way. */
    | "replaceSameOrigin"
    /** The same, but a bolus or food only to one with a later `origin.time`. */
    | "replaceOlderOrigin"
    /** Data whose identity is in the set are dropped; of those in one batch the last stays. */
    | "dropKnown";
  readonly close:
    | "activate"
    /** Active data of the owner and device with an identity in this set are archived, then its own activated. */
    | "archiveSameThenActivate"
    /** The other sets of the owner and device are deleted with their data, then its own activated. */
    | "deleteOthersThenActivate";
  readonly deleteSet:
    | "destroy"
    /** What the set had archived is given back. */
    | "giveBackThenDestroy";
  /** What becomes of data that are removed by selector. */
  readonly remove: "destroy" | "archive";
}

const PLAIN = { add: "insert", close: "activate", deleteSet: "destroy", remove: "destroy" } as const;

export const NONE: Deduplicator = {
  ...PLAIN,
  name: "org.tidepool.deduplicator.none",
  version: "1.0.0",
  oldNames: ["org.tidepool.continuous"],
};

const DEACTIVATE_HASH: Deduplicator = {
  ...PLAIN,
  name: "org.tidepool.deduplicator.device.deactivate.hash",
  version: "1.2.0",
  oldNames: ["org.tidepool.hash-deactivate-old"],
  identity: "device",
  primeTargetSince: "1.2.0",
  close: "archiveSameThenActivate",
  deleteSet: "giveBackThenDestroy",
};

const TRUNCATE: Deduplicator = {
  ...PLAIN,
  name: "org.tidepool.deduplicator.device.truncate.dataset",
  version: "1.1.0",
  oldNames: ["org.tidepool.truncate"],
  close: "deleteOthersThenActivate",
};

/** Every deduplicator, in the published order. */
export const DEDUPLICATORS: readonly Deduplicator[] = [
  NONE,
  DEACTIVATE_HASH,
  TRUNCATE,
  {
    ...PLAIN,
    name: "org.tidepool.deduplicator.dataset.delete.origin",
    version: "1.0.0",
    oldNames: ["org.tidepool.continuous.origin"],
    add: "replaceSameOrigin",
    remove: "archive",
  },
  {
    ...PLAIN,
    name: "org.tidepool.deduplicator.dataset.delete.origin.older",
    version: "1.0.0",
    oldNames: [],
    add: "replaceOlderOrigin",
    remove: "archive",
  },
  {
    ...PLAIN,
    name: "org.tidepool.deduplicator.dataset.drop.hash",
    version: "1.1.0",
    oldNames: [],
    identity: "dataSet",
    primeTargetSince: "1.1.0",
    add: "dropKnown",
  },
];

const BY_NAME = new Map(
  DEDUPLICATORS.flatMap((one) => [one.name, ...one.oldNames].map((name) => [name, one] as const)),
);

/** The deduplicator with a name, be it an old one. */
export const deduplicatorNamed = (name: string): Deduplicator | undefined => BY_NAME.get(name);

/** Whether primes are told by their target in a set of this version. Versions are three numbers of one digit. */
export const hasPrimeTarget = ({ primeTargetSince }: Deduplicator, version: string): boolean =>
  primeTargetSince !== undefined && version >= primeTargetSince;

/** Devices whose uploads repeat what they uploaded before, by manufacturer. */
const REPEATING_DEVICES: Readonly<Record<string, readonly string[]>> = {
  Abbott: ["FreeStyle Libre"],
  LifeScan: ["OneTouch Ultra 2", "OneTouch UltraMini", "Verio", "Verio Flex"],
  Medtronic: [
    "523 523K 551 554 723 723K 751 754 1510 1510K 1511 1512 1580 1581 1582",
    "1710 1710K 1711 1712 1714 1714K 1715 1780 1781 1782",
  ].flatMap((models) => models.split(" ")),
  "Trividia Health": ["TRUE METRIX", "TRUE METRIX AIR", "TRUE METRIX GO"],
};
/** Devices whose every upload has all their data. */
const WHOLE_UPLOADS = "Animas";

/** What a data set says that decides on its deduplicator. */
export interface Deduplicated {
  readonly dataSetType: "normal" | "continuous";
  readonly deduplicatorName?: string;
  readonly deviceId?: string;
  readonly deviceManufacturers?: readonly string[];
  readonly deviceModel?: string;
}

/** The deduplicator of a new data set: the one it names, else by its device, else none. An unknown name is an error. */
export function deduplicatorFor(dataSet: Deduplicated): Deduplicator | DatumError {
  const { dataSetType, deduplicatorName, deviceId, deviceManufacturers = [], deviceModel = "" } = dataSet;
  if (deduplicatorName !== undefined) {
    const names = DEDUPLICATORS.map(({ name }) => name);
    return deduplicatorNamed(deduplicatorName) ?? errorAt("/deduplicator/name", notAllowed(deduplicatorName, names));
  }
  if (dataSetType !== "normal" || deviceId === undefined) return NONE;
  const isRepeating = deviceManufacturers.some(
    (maker) => Object.hasOwn(REPEATING_DEVICES, maker) && REPEATING_DEVICES[maker]!.includes(deviceModel),
  );
  if (isRepeating) return DEACTIVATE_HASH;
  return deviceManufacturers.includes(WHOLE_UPLOADS) ? TRUNCATE : NONE;
}
