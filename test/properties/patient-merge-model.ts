import { KEYS, type Row } from "../patient-merges/pair-rows.ts";

/** What a merge of two records comes to, written from the specification alone, over rows as they are stored. */

export interface Facts {
  readonly target: Row;
  readonly source: Row;
  readonly targetAccount: Row;
  readonly sourceAccount: Row;
  readonly mrnUnique: boolean;
  readonly third: Row | undefined;
  readonly hasThirdTheAddress: boolean;
  readonly elsewhere: readonly Row[];
  readonly take: readonly string[];
}

/** The seven fields, and their columns. */
export const FIELDS: readonly (readonly [string, string])[] = [
  ["fullName", "full_name"],
  ["birthDate", "birth_date"],
  ["email", "email"],
  ["mrn", "mrn"],
  ["targetDevices", "target_devices"],
  ["glycemicRanges", "glycemic_ranges"],
  ["diagnosisType", "diagnosis_type"],
];
const BLANKS: readonly unknown[] = [null, "", "[]", "0001-01-01"];
const isBlank = (value: unknown) => BLANKS.includes(value);
const keyOf = (text: string | null): string | null => (text === null ? null : (KEYS[text] ?? text));
const list = (text: string | null): any[] => JSON.parse(text ?? "[]");
const isKept = (row: Row, account: Row) => row.permissions % 2 === 1 && account.is_custodial === 1;

export interface Outcome {
  readonly reasons: readonly string[];
  readonly fields: readonly Row[];
  readonly tags: { result: string[]; added: string[] };
  readonly sites: { result: string[]; added: string[] };
  readonly reviews: readonly Row[];
  readonly ehr: readonly Row[];
  readonly subscriptions: Row;
  readonly shared: readonly string[];
  readonly likeness: string;
  readonly leftBehind: Row;
  readonly isNewAddress: boolean;
  readonly isTold: boolean;
  readonly formerKeys: readonly string[];
  readonly survivor: Row;
  readonly isElsewhere: boolean;
  readonly isTargetKept: boolean;
  /** The messages of an EHR that the survivor's subscriptions answer and the source's answered. */
  readonly movedMessages: readonly string[];
}

export function modelMerge(facts: Facts, callerId: string): Outcome {
  const { target, source, take, elsewhere } = facts;
  const isTargetKept = isKept(target, facts.targetAccount);
  const isSourceKept = isKept(source, facts.sourceAccount);
  const isElsewhere = elsewhere.length > 0;
  const isAddressMovable = isTargetKept && isSourceKept && !isElsewhere && !facts.hasThirdTheAddress;
  const comesFromSource = (field: string, column: string): boolean => {
    if (isBlank(source[column])) return false;
    if (field === "email" && !isAddressMovable) return false;
    return isBlank(target[column]) || take.includes(field);
  };
  const came = new Map(FIELDS.map(([field, column]) => [field, comesFromSource(field, column)]));
  const chosen: Row = {};
  for (const [field, column] of FIELDS) chosen[column] = (came.get(field) ? source : target)[column];
  const mrnKey = keyOf(chosen.mrn) || null;
  const formerKeys = [target.mrn, source.mrn]
    .map((mrn) => keyOf(mrn) || null)
    .filter((key): key is string => key !== null && key !== mrnKey);
  const shown = (field: string, value: string | null) => {
    if (isBlank(value)) return undefined;
    return field === "targetDevices" || field === "glycemicRanges" ? JSON.parse(value!) : value;
  };
  const formerText = [target.mrn, source.mrn].find((mrn) => (keyOf(mrn) || mrnKey) !== mrnKey);
  const fields = FIELDS.filter(([, column]) => !isBlank(target[column]) || !isBlank(source[column])).map(
    ([field, column]) => ({
      field,
      target: shown(field, target[column]),
      source: shown(field, source[column]),
      result: shown(field, chosen[column]),
      from: target[column] === source[column] ? "both" : came.get(field) ? "source" : "target",
      becomesFormer: field === "mrn" ? formerText : undefined,
    }),
  );

  // Orders follow the MRN.
  const [own, other] = [JSON.parse(target.ehr_subscriptions ?? "{}"), JSON.parse(source.ehr_subscriptions ?? "{}")];
  const [ownKey, otherKey] = [keyOf(target.mrn) || null, keyOf(source.mrn) || null];
  const haveOneMrn = ownKey !== null && ownKey === otherKey;
  const subscriptions: Row = {};
  const ehr: Row[] = [];
  const movedMessages: string[] = [];
  for (const name of ["summaryAndReports", "xealthReports"]) {
    const [mine, theirs] = [own[name], other[name]];
    if (!mine && !theirs) continue;
    let from = came.get("mrn") ? "source" : "target";
    if (haveOneMrn) {
      from = "target";
      if (theirs?.active && !mine?.active) from = "source";
      if (theirs?.active && mine?.active && theirs.updatedAt > mine.updatedAt) from = "source";
    }
    const kept = from === "source" ? theirs : mine;
    const lost = from === "source" ? mine : theirs;
    if (kept) subscriptions[name] = kept;
    if (kept && from === "source") movedMessages.push(kept.matchedMessages.at(-1).id);
    const ends = lost?.active ? [from === "source" ? "target" : "source"] : [];
    if (kept || ends.length > 0) ehr.push({ name, from, ends });
  }

  const joined = (column: string) => {
    const [mine, theirs] = [list(target[column]), list(source[column])];
    const added = theirs.filter((id) => !mine.includes(id));
    return { result: [...mine, ...added], added };
  };
  const [tags, sites] = [joined("tags"), joined("sites")];
  // Equal times: the target's first.
  const reviews = [...list(target.reviews), ...list(source.reviews)]
    .map((review, place) => ({ review, place }))
    .toSorted((a, b) => Date.parse(b.review.time) - Date.parse(a.review.time) || a.place - b.place)
    .slice(0, 2)
    .map(({ review }) => review);

  const same = (a: unknown, b: unknown) => !isBlank(a) && !isBlank(b) && a === b;
  const shared = [
    ...(same(ownKey, otherKey) ? ["mrn"] : []),
    ...(same(keyOf(target.full_name), keyOf(source.full_name)) ? ["fullName"] : []),
    ...(same(target.birth_date, source.birth_date) ? ["birthDate"] : []),
  ];
  const only = ({ mrn: "mrnOnly", fullName: "nameOnly" } as Row)[shared[0] ?? ""] ?? "none";
  const likeness = shared.length >= 2 ? "likely" : only;
  const sources = list(source.data_sources);
  const applies: [string, boolean][] = [
    ["demo-patient", target.is_demo + source.is_demo > 0],
    ["both-claimed", !isTargetKept && !isSourceKept],
    ["source-claimed", isTargetKept && !isSourceKept],
    ["mrn-taken", came.get("mrn")! && facts.mrnUnique && otherKey !== null && facts.third?.mrn_key === otherKey],
    ["email-not-free", take.includes("email") && source.email !== null && (isElsewhere || facts.hasThirdTheAddress)],
    [
      "take-not-possible",
      FIELDS.some(([f, column]) => take.includes(f) && isBlank(source[column])) ||
        (take.includes("email") && !isTargetKept),
    ],
    ["not-alike", shared.length < 2],
    ["data-stays", source.cgm_summary_id !== null || sources.some((it) => "dataSourceId" in it)],
    ["connection-stays", sources.some(({ state }) => state === "connected" || state === "pendingReconnect")],
    ["orders-end", ehr.some(({ ends }) => ends.length > 0)],
    ["records-elsewhere", isElsewhere],
  ];

  const isNewAddress = isTargetKept && chosen.email !== target.email;
  const told = ["full_name", "birth_date", "email", "mrn", "target_devices", "diagnosis_type"];
  const legacy = [...new Set([...list(target.legacy_clinician_ids), ...list(source.legacy_clinician_ids)])];
  const parts = [chosen.email, chosen.mrn, chosen.birth_date].map((part) => keyOf(part) ?? "");
  return {
    reasons: applies.filter(([, is]) => is).map(([reason]) => reason),
    fields,
    tags,
    sites,
    reviews,
    ehr,
    subscriptions,
    shared,
    likeness,
    leftBehind: {
      connectionRequests: Object.values(JSON.parse(source.connection_requests ?? "{}")).flat().length,
      dataSources: sources.length,
      summaries: source.cgm_summary_id === null ? 0 : 1,
    },
    isNewAddress,
    isTold: isTargetKept && told.some((column) => chosen[column] !== target[column]),
    formerKeys: [...new Set(formerKeys)].toSorted(),
    isElsewhere,
    isTargetKept,
    movedMessages,
    survivor: {
      ...target,
      ...chosen,
      name_key: keyOf(chosen.full_name),
      mrn_key: mrnKey,
      mrn_unique: came.get("mrn") ? Number(facts.mrnUnique) : target.mrn_unique,
      search_rest: [...parts, ...[...new Set(formerKeys)].toSorted()].join("\u001f"),
      tags: JSON.stringify(tags.result),
      sites: JSON.stringify(sites.result),
      reviews: JSON.stringify(reviews),
      last_reviewed_at: reviews.length > 0 ? Date.parse(reviews[0].time) : null,
      ehr_subscriptions: Object.keys(subscriptions).length > 0 ? JSON.stringify(subscriptions) : null,
      is_migrated: Math.max(target.is_migrated, source.is_migrated),
      legacy_clinician_ids: legacy.length > 0 ? JSON.stringify(legacy) : null,
      invited_by: isNewAddress ? callerId : target.invited_by,
      version: target.version + 1,
    },
  };
}
