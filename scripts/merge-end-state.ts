import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { DatabaseSync } from "node:sqlite";

/** What two clinics are before and after a merge, by plain SQL that shares nothing with the service. */

interface SeenPatient {
  /** The whole row but for what a merge may change, with all periods, as a digest. */
  readonly record: string;
  /** Names of tags and ids of sites, sorted. */
  readonly tags: readonly string[];
  readonly sites: readonly string[];
}

export interface Seen {
  readonly clinics: number;
  /** By name, with how many patients they count. */
  readonly tags: Readonly<Record<string, number>>;
  /** By id, with how many patients they count. */
  readonly sites: Readonly<Record<string, number>>;
  /** Roles by user. */
  readonly members: Readonly<Record<string, string>>;
  readonly shareCodes: readonly string[];
  readonly patients: Readonly<Record<string, SeenPatient>>;
}

type Values = Record<string, string | number | null>;

const all = (database: DatabaseSync, text: string, ...params: readonly string[]) =>
  database.prepare(text).all(...params) as Values[];

export const oneNumber = (database: DatabaseSync, text: string, ...params: readonly string[]): number =>
  Number(Object.values(database.prepare(text).get(...params) ?? { n: 0 })[0]);

const byKey = <V>(entries: readonly (readonly [string, V])[]): Record<string, V> => {
  const made = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (Object.keys(made).length !== entries.length) throw new Error("something is there twice");
  return made;
};

/** A clinic as it stands. */
export function see(database: DatabaseSync, clinicId: string): Seen {
  const labels = (table: string) => all(database, `SELECT * FROM ${table} WHERE clinic_id = ?`, clinicId);
  const tags = labels("clinic_patient_tags");
  const nameOf = new Map(tags.map(({ id, name }) => [String(id), String(name)]));
  const digests = new Map<number, ReturnType<typeof createHash>>();
  const patients = all(database, "SELECT * FROM patients WHERE clinic_id = ? ORDER BY key", clinicId);
  for (const row of patients) {
    const rest = {
      ...row,
      clinic_id: null,
      tags: null,
      sites: null,
      mrn_unique: null,
      version: null,
      updated_at: null,
    };
    digests.set(Number(row.key), createHash("sha1").update(JSON.stringify(rest)));
  }
  for (const table of ["cgm_periods", "bgm_periods"]) {
    const periods = database.prepare(
      `SELECT ${table}.* FROM ${table} JOIN patients ON key = patient_key WHERE clinic_id = ? ORDER BY patient_key, period`,
    );
    for (const row of periods.iterate(clinicId)) digests.get(Number(row.patient_key))?.update(JSON.stringify(row));
  }
  const list = (text: unknown) => JSON.parse(String(text)) as string[];
  return {
    clinics: oneNumber(database, "SELECT count(*) FROM clinics WHERE id = ?", clinicId),
    tags: byKey(tags.map((tag) => [String(tag.name), Number(tag.num_patients)])),
    sites: byKey(labels("clinic_sites").map((site) => [String(site.id), Number(site.num_patients)])),
    members: byKey(labels("clinicians").map((member) => [String(member.user_id), String(member.roles)])),
    shareCodes: labels("clinic_share_codes")
      .map(({ code }) => String(code))
      .toSorted(),
    patients: byKey(
      patients.map((row) => [
        String(row.user_id),
        {
          record: digests.get(Number(row.key))!.digest("hex"),
          tags: list(row.tags)
            .map((id) => nameOf.get(id) ?? `unknown ${id}`)
            .toSorted(),
          sites: list(row.sites).toSorted(),
        },
      ]),
    ),
  };
}

const union = (a: readonly string[] = [], b: readonly string[] = []) => [...new Set([...a, ...b])].toSorted();

/** The target of a merge, as the two clinics say it has to be. */
export function mergedFrom([source, target]: readonly [Seen, Seen]): Seen {
  const users = union(Object.keys(source.patients), Object.keys(target.patients));
  const patients = byKey(
    users.map((user): [string, SeenPatient] => {
      const [from, own] = [source.patients[user], target.patients[user]];
      const { record } = (own ?? from)!;
      return [user, { record, tags: union(own?.tags, from?.tags), sites: union(own?.sites, from?.sites) }];
    }),
  );
  const carrying = (list: "tags" | "sites") =>
    byKey(
      union(Object.keys(source[list]), Object.keys(target[list])).map((label) => [
        label,
        Object.values(patients).filter((patient) => patient[list].includes(label)).length,
      ]),
    );
  return {
    clinics: 1,
    tags: carrying("tags"),
    sites: carrying("sites"),
    members: byKey(Object.entries({ ...source.members, ...target.members })),
    shareCodes: union(source.shareCodes, target.shareCodes),
    patients,
  };
}

/** Throws, naming the part and how many of it differ, when a clinic is not as it has to be. */
export function expectAlike(found: Seen, wanted: Seen): void {
  for (const part of Object.keys(wanted) as (keyof Seen)[]) {
    const [is, was] = [found[part], wanted[part]] as [object, object];
    if (isDeepStrictEqual(is, was)) continue;
    const differing = union(Object.keys(is), Object.keys(was)).filter(
      (key) => !isDeepStrictEqual(is[key as keyof object], was[key as keyof object]),
    );
    throw new Error(`${part}: ${differing.length} of ${Object.keys(was).length} are not what they have to be`);
  }
}

/** Throws when a number kept of a clinic's patients is not what counting them gives. */
export function expectNumbers(database: DatabaseSync, clinicId: string): void {
  const alike = (what: string, kept: string, counted: string) => {
    const [is, was] = [kept, counted].map((text) => JSON.stringify(all(database, text, clinicId)));
    if (is !== was) throw new Error(`${what}: ${was} counted, ${is} kept`);
  };
  alike(
    "patients",
    "SELECT patient_total AS total, patient_demo AS demo, patient_plan AS plan FROM clinics WHERE id = ?",
    "SELECT count(*) AS total, sum(is_demo) AS demo, sum(counts_to_plan) AS plan FROM patients WHERE clinic_id = ?",
  );
  alike(
    "providers",
    "SELECT provider, state, n FROM clinic_provider_counts WHERE clinic_id = ? AND n <> 0 ORDER BY 1, 2",
    `SELECT source.value ->> 'providerName' AS provider, source.value ->> 'state' AS state, count(*) AS n
     FROM patients, json_each(data_sources) AS source WHERE clinic_id = ? GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  for (const [list, table] of [
    ["tags", "clinic_patient_tags"],
    ["sites", "clinic_sites"],
  ] as const) {
    alike(
      list,
      `SELECT id, num_patients AS n FROM ${table} WHERE clinic_id = ? AND n <> 0 ORDER BY 1`,
      `SELECT entry.value AS id, count(*) AS n FROM patients, json_each(${list}) AS entry WHERE clinic_id = ? GROUP BY 1 ORDER BY 1`,
    );
  }
}

/** Throws when a clinic that is gone has left rows, when rows of any clinic lead nowhere, or when one is still claimed. */
export function expectNoTraceOf(database: DatabaseSync, goneId: string | undefined): void {
  const none = (what: string, from: string, ...params: readonly string[]) => {
    const n = oneNumber(database, `SELECT count(*) FROM ${from}`, ...params);
    if (n !== 0) throw new Error(`${what}: ${n}`);
  };
  none("claimed clinics", "merge_participants");
  none("patients without a clinic", "patients WHERE clinic_id NOT IN (SELECT id FROM clinics)");
  for (const table of ["cgm_periods", "bgm_periods"]) {
    none(`${table} without a patient`, `${table} WHERE patient_key NOT IN (SELECT key FROM patients)`);
  }
  for (const [list, table] of [
    ["tags", "clinic_patient_tags"],
    ["sites", "clinic_sites"],
  ] as const) {
    none(
      `${list} of patients that their clinic does not have`,
      `patients, json_each(${list}) AS entry WHERE NOT EXISTS
         (SELECT 1 FROM ${table} AS label WHERE label.clinic_id = patients.clinic_id AND label.id = entry.value)`,
    );
  }
  if (goneId === undefined) return;
  none("clinics that are gone", "clinics WHERE id = ?", goneId);
  const ofClinics = ["patients", "clinicians", "clinic_patient_tags", "clinic_sites", "clinic_share_codes"];
  for (const table of [...ofClinics, "clinic_provider_counts"])
    none(`rows of ${table}`, `${table} WHERE clinic_id = ?`, goneId);
}
