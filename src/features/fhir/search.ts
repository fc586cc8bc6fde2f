import type { SQL } from "drizzle-orm";
import type { Ctx } from "../../platform/context/context.ts";
import type { NewReport } from "../reports/model/reports-store.ts";
import { successorOf } from "../patients/model/with-successor.ts";
import { conditionOf } from "./criteria-read.ts";
import { seal } from "./cursor.ts";
import { countRecords, findPeriods, findRecord, findRecords, findReportsOf } from "./fhir-read.ts";
import { refuseUnnamed, type SearchAsked } from "./asked.ts";
import { type Found, searchset } from "./model/bundle.ts";
import { localIn } from "./model/days.ts";
import { documentOf } from "./model/document.ts";
import { membersOf, type PeriodRow, PERIODS, summaryOf } from "./model/observations.ts";
import { dateOf, isWantedDate, isWantedToken, type Span, spanOfDays } from "./model/parameters.ts";
import { patientOf } from "./model/patient.ts";
import { addressOf, type RecordId, recordIdOf } from "./model/record.ts";
import { type Draft, type Resource, versioned } from "./model/resource.ts";

/** Some of what was found: how many there are, those of the page, and where the next page begins. */
interface Page {
  readonly total: number;
  /** Whether there is what was asked about. */
  readonly isKnown: boolean;
  readonly drafts: readonly (Draft & { readonly mode?: "include" })[];
  readonly next: number | undefined;
}

/** Answers a search with a bundle. One round trip; where nothing is found of one patient, another, and one more if the record was merged. */
export async function search(ctx: Ctx, origin: string, asked: SearchAsked): Promise<Resource> {
  refuseUnnamed(asked);
  const { total, drafts, next } = await found(ctx, origin, asked);
  const entries: Found[] = await Promise.all(
    drafts.map(async (it) => ({ ...(await versioned(it)), ...(it.mode && { mode: it.mode }) })),
  );
  const sealed = async (after: number) => {
    const cursor = await seal(ctx.settings, ctx.caller.id, asked.type, { query: asked.query, after });
    return `${addressOf(origin, asked.type)}?_cursor=${cursor}`;
  };
  const isPlain = !asked.isPersonal && asked.after === 0;
  return searchset(origin, total, entries, {
    // What says who somebody is stands in no address.
    self: isPlain ? `${addressOf(origin, asked.type)}?${asked.query}` : await sealed(asked.after),
    next: next === undefined ? undefined : await sealed(next),
  });
}

/** What is found of a record that was merged into another is what there is of that. */
async function found(ctx: Ctx, origin: string, asked: SearchAsked): Promise<Page> {
  const look = asked.type === "Patient" ? patients : ofPatient;
  const page = await look(ctx, origin, asked);
  const { clinicId, patientId } = asked.names;
  if (page.isKnown || clinicId === undefined || patientId === undefined) return page;
  const survivor = await successorOf(ctx, clinicId, patientId);
  if (survivor === undefined) return page;
  const { [ID]: ids, ...others } = asked.wanted;
  // Of patients the ids name the record; of what belongs to one they are its own, and stay.
  const isOfRecord = asked.type === "Patient" && ids !== undefined;
  const wanted = isOfRecord ? { ...others, [ID]: [[recordIdOf({ clinicId, userId: survivor })]] } : asked.wanted;
  return look(ctx, origin, { ...asked, wanted, names: { ...asked.names, patientId: survivor } });
}

async function patients(
  ctx: Ctx,
  origin: string,
  { names, wanted, after, count, isCounted }: SearchAsked,
): Promise<Page> {
  const scope = names.clinicId === undefined ? { callerId: ctx.caller.id } : { clinicId: names.clinicId };
  const isSelf = names.patientId === ctx.caller.id;
  const condition = (clinicId: SQL | undefined) => conditionOf(wanted, origin, isSelf ? undefined : clinicId);
  const { total, rows } = await ctx.read({
    total: countRecords(scope, condition),
    rows: findRecords(scope, condition, after, isCounted ? 0 : count + 1),
  });
  const page = rows.slice(0, count);
  for (const [clinicId, found] of Map.groupBy(page, (it) => it.clinicId)) {
    ctx.auditRead(
      clinicId,
      found.map(({ userId }) => userId),
    );
  }
  const next = rows.length > count ? page.at(-1)!.key : undefined;
  return { total, isKnown: total > 0, drafts: page.map((it) => patientOf(origin, it)), next };
}

const ID = "_id";

type Coded = { readonly coding: readonly { readonly system: string; readonly code: string }[] };

/** What a parameter looks at: codings, or a stretch of time. */
const TARGETS: Readonly<Record<string, (it: Resource, toLocal: (ms: number) => number) => Coded | Span>> = {
  code: (it) => it.code as Coded,
  type: (it) => it.type as Coded,
  category: (it) => (it.category as Coded[])[0]!,
  _id: (it) => ({ coding: [{ system: "", code: it.id! }] }),
  period: (it) => spanOf((it.context as { period: Days } | undefined)?.period),
  date(it, toLocal) {
    if (it.effectivePeriod !== undefined) return spanOf(it.effectivePeriod as Days);
    const at = toLocal(Date.parse(it.date as string));
    return { start: at, end: at };
  },
};
type Days = { readonly start: string; readonly end: string };
const NO_TIME: Span = { start: Number.NaN, end: Number.NaN };
const spanOf = (days: Days | undefined): Span => (days ? spanOfDays(days) : NO_TIME);

function isFound(resource: Resource, { wanted }: SearchAsked, toLocal: (ms: number) => number): boolean {
  return Object.entries(wanted).every(([name, all]) => {
    const target = TARGETS[name]?.(resource, toLocal);
    if (!target) return true;
    return all.every((any) =>
      any.some((value) =>
        "coding" in target
          ? target.coding.some(({ system, code }) => isWantedToken(value, system, code))
          : !Number.isNaN(target.start) && isWantedDate(target, dateOf(value, toLocal)!),
      ),
    );
  });
}

const startOf = ({ resource }: Draft): string => (resource.effectivePeriod as Days).start;

async function ofPatient(ctx: Ctx, origin: string, asked: SearchAsked): Promise<Page> {
  const id = asked.names as unknown as RecordId;
  const isOfReports = asked.type === "DocumentReference";
  const { record, rows } = await ctx.read({
    record: findRecord(id),
    rows: isOfReports ? findReportsOf(id) : findPeriods(id, PERIODS),
  });
  if (!record) return { total: 0, isKnown: false, drafts: [], next: undefined };
  ctx.auditRead(id.clinicId, [id.patientId]);
  const all = isOfReports
    ? (rows as readonly NewReport[]).map((it) => documentOf(origin, record, it))
    : PERIODS.flatMap(
        (key) =>
          summaryOf(
            record,
            (rows as readonly PeriodRow[]).find(({ period }) => period === key),
          ).observations,
      );
  const toLocal = localIn(record.timezone);
  const found = all.filter(({ resource }) => isFound(resource, asked, toLocal));
  if (asked.sort !== undefined) {
    const sign = asked.sort === "date" ? 1 : -1;
    found.sort((a, b) => sign * startOf(a).localeCompare(startOf(b)));
  }
  const total = found.length;
  const end = asked.after + asked.count;
  const drafts = asked.isCounted ? [] : found.slice(asked.after, end);
  const members = asked.includes ? new Set(drafts.flatMap(({ resource }) => membersOf(resource))) : new Set<string>();
  const included = all
    .filter((it) => members.has(it.resource.id!) && !drafts.includes(it))
    .map((it) => ({ ...it, mode: "include" as const }));
  return {
    total,
    isKnown: true,
    drafts: [...drafts, ...included],
    next: !asked.isCounted && total > end ? end : undefined,
  };
}
