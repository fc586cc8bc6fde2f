import { type SQL, sql } from "drizzle-orm";
import { comparisonKey } from "../../platform/text/comparison-key.ts";
import { UNKNOWN_DATE } from "../../platform/text/unknown-date.ts";
import { mrnKeyOf } from "../patients/model/record.ts";
import { recordsOnceWith } from "../patients/model/former-mrns-store.ts";
import { recordsOfUser } from "../patients/model/successors-store.ts";
import { patients } from "../tables/patients.ts";
import { dateOf, type Wanted } from "./model/parameters.ts";
import { recordOf } from "./model/record.ts";
import { mrnClinicOf } from "./asked.ts";

const NEVER = sql`false`;
const LAST_CHARACTER = "\u{10ffff}";

const joined = (parts: readonly SQL[], by: string): SQL => sql.join([...parts], sql.raw(` ${by} `));

/** D1 takes no more SELECTs in one. */
const UNITED_MAX = 5;

/** The keys of several queries as one, which SQLite looks up: of several it would go through the clinic to compare them. */
function united(queries: readonly SQL[]): SQL {
  const [only, ...more] = queries;
  if (only !== undefined && more.length === 0) return only;
  const parts: SQL[] = [];
  for (let at = 0; at < queries.length; at += UNITED_MAX) {
    const some = queries.slice(at, at + UNITED_MAX).map((it) => sql`SELECT some.key FROM (${it}) AS some`);
    parts.push(joined(some, "UNION ALL"));
  }
  return united(parts);
}

/** A token of an identifier: the clinic whose MRNs it is of, whether it may be an MRN or a user's id, and its code. */
function identifierOf(token: string, origin: string) {
  const bar = token.search(/(?<!\\)\|/);
  const code = token.slice(bar + 1).replaceAll("\\|", "|");
  const clinicId = mrnClinicOf(origin, token);
  const isUser = bar < 0 || token.slice(0, bar) === `${origin}/users`;
  return { clinicId, isMrn: bar < 0 || clinicId !== undefined, isUser, code, mrnKey: mrnKeyOf(code) };
}

/** The records of a clinic with an MRN, or which once had it, as `key`. */
const withMrn = (mrnKey: string | null, clinicId: SQL): SQL =>
  sql`SELECT live.key FROM ${patients} AS live WHERE live.mrn_key = ${mrnKey} AND live.clinic_id = ${clinicId}
      UNION ALL ${recordsOnceWith(mrnKey, sql`= ${clinicId}`)}`;

/** The records of a user, or those that stand in the place of theirs, as `key`. */
const ofUser = (userId: string): SQL => sql`SELECT found.key FROM (${recordsOfUser(userId)}) AS found`;

/** The keys that one value names, of a clinic: looked up, as a clinic is not to be looked through for them. */
const KEYS: Readonly<Record<string, (value: string, origin: string, clinicId: SQL) => SQL | undefined>> = {
  _id(value) {
    const it = recordOf(value);
    return (
      it &&
      sql`SELECT there.key FROM (${ofUser(it.patientId)}) AS theirs
          CROSS JOIN ${patients} AS there ON there.key = theirs.key AND there.clinic_id = ${it.clinicId}`
    );
  },
  identifier(value, origin, clinicId) {
    const { clinicId: named, isMrn, isUser, code, mrnKey } = identifierOf(value, origin);
    const keys = [
      ...(isMrn ? [withMrn(mrnKey, named === undefined ? clinicId : sql`${named}`)] : []),
      ...(isUser ? [ofUser(code)] : []),
    ];
    return keys.length > 0 ? united(keys) : undefined;
  },
};

/** The same of the caller's own records, which are few: to them no record leads that was another account's. */
const OWN: Readonly<Record<string, (value: string, origin: string) => SQL>> = {
  _id(value) {
    const it = recordOf(value);
    return it ? sql`(${patients.userId} = ${it.patientId} AND ${patients.clinicId} = ${it.clinicId})` : NEVER;
  },
  identifier(value, origin) {
    const { clinicId, isMrn, isUser, code, mrnKey } = identifierOf(value, origin);
    const isIts = sql`(${patients.mrnKey} = it.mrn_key OR ${patients.key} IN (${recordsOnceWith(sql`it.mrn_key`, sql`= ${patients.clinicId}`)}))`;
    const of = clinicId === undefined ? isIts : sql`${patients.clinicId} = it.clinic_id AND ${isIts}`;
    const named = clinicId === undefined ? sql`` : sql`, ${clinicId} AS clinic_id`;
    const either = [
      ...(isMrn ? [sql`EXISTS (SELECT 1 FROM (SELECT ${mrnKey} AS mrn_key${named}) AS it WHERE ${of})`] : []),
      ...(isUser ? [sql`${patients.userId} = ${code}`] : []),
    ];
    return either.length > 0 ? sql`(${joined(either, "OR")})` : NEVER;
  },
};

/** SQL of one value, by parameter. */
const CONDITIONS: Readonly<Record<string, (value: string) => SQL>> = {
  birthdate(value) {
    const { prefix, start, end } = dateOf(value, (ms) => ms)!;
    const [first, last] = [new Date(start), new Date(end)].map((it) => it.toISOString().slice(0, 10)) as [
      string,
      string,
    ];
    const date = patients.birthDate;
    const is: Record<string, SQL> = {
      eq: sql`${date} BETWEEN ${first} AND ${last}`,
      ne: sql`${date} NOT BETWEEN ${first} AND ${last}`,
      gt: sql`${date} > ${last}`,
      lt: sql`${date} < ${first}`,
      ge: sql`${date} >= ${first}`,
      le: sql`${date} <= ${last}`,
    };
    return sql`(${is[prefix]!} AND ${date} <> ${UNKNOWN_DATE})`;
  },
  name(value) {
    const key = comparisonKey(value);
    if (key === "") return NEVER;
    return sql`(${patients.nameKey} >= ${key} AND ${patients.nameKey} < ${key + LAST_CHARACTER})`;
  },
  "name:contains": (value) => sql`instr(${patients.nameKey}, ${comparisonKey(value) || null}) > 0`,
  "name:exact": (value) => sql`(${patients.fullName} = ${value} AND ${patients.nameKey} = ${comparisonKey(value)})`,
};

/** One of the values of a parameter. */
function anyOf(name: string, values: readonly string[], origin: string, clinicId: SQL | undefined): SQL {
  const keysOf = KEYS[name];
  if (keysOf === undefined || clinicId === undefined) {
    const own = OWN[name];
    return sql`(${joined(
      values.map((it) => (own ? own(it, origin) : CONDITIONS[name]!(it))),
      "OR",
    )})`;
  }
  const keys = values.map((it) => keysOf(it, origin, clinicId)).filter((it) => it !== undefined);
  return keys.length > 0 ? sql`${patients.key} IN (${united(keys)})` : NEVER;
}

/**
 * What a patient has to be to be found in a clinic; where that is undefined, among the caller's own records.
 */
export const conditionOf = (wanted: Readonly<Record<string, Wanted>>, origin: string, clinicId: SQL | undefined): SQL =>
  joined(
    Object.entries(wanted).flatMap(([name, all]) => all.map((any) => anyOf(name, any, origin, clinicId))),
    "AND",
  );
