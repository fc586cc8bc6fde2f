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

/** Where the service is, and whether records are the caller's own: to them no record leads that was another account's. */
interface Looked {
  readonly origin: string;
  readonly isOwn: boolean;
}

/** A record of a user, or one that stands in the place of theirs. */
const isOfUser = (userId: string, isOwn: boolean): SQL =>
  isOwn ? sql`${patients.userId} = ${userId}` : sql`${patients.key} IN (${recordsOfUser(userId)})`;

/** SQL of one value, by parameter. */
const CONDITIONS: Readonly<Record<string, (value: string, looked: Looked) => SQL>> = {
  _id(value, { isOwn }) {
    const it = recordOf(value);
    return it ? sql`(${isOfUser(it.patientId, isOwn)} AND ${patients.clinicId} = ${it.clinicId})` : NEVER;
  },
  identifier(value, { origin, isOwn }) {
    const bar = value.search(/(?<!\\)\|/);
    const [system, code] = [value.slice(0, Math.max(bar, 0)), value.slice(bar + 1).replaceAll("\\|", "|")];
    const key = mrnKeyOf(code);
    const clinicId = mrnClinicOf(origin, value);
    const at = clinicId === undefined ? undefined : sql`= ${clinicId}`;
    const isMrn = sql`(${patients.mrnKey} = ${key} OR ${patients.key} IN (${recordsOnceWith(key, at)}))`;
    const isUser = isOfUser(code, isOwn);
    if (clinicId !== undefined) return sql`(${isMrn} AND ${patients.clinicId} = ${clinicId})`;
    if (bar < 0) return sql`(${isMrn} OR ${isUser})`;
    return system === `${origin}/users` ? isUser : NEVER;
  },
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

/** What a patient has to be to be found. */
export const conditionOf = (wanted: Readonly<Record<string, Wanted>>, looked: Looked): SQL =>
  sql.join(
    Object.entries(wanted).flatMap(([name, all]) =>
      all.map(
        (any) =>
          sql`(${sql.join(
            any.map((it) => CONDITIONS[name]!(it, looked)),
            sql` OR `,
          )})`,
      ),
    ),
    sql` AND `,
  );
