import type { Ctx } from "../../../platform/context/context.ts";
import { shortDigestOf } from "../../../platform/core/states.ts";
import { JsonBytes } from "../../../platform/formats/json-bytes.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { patientTotal } from "../../clinics/model/patient-counts-store.ts";
import { listSites } from "../../sites/model/store.ts";
import { type RecordState, statesOfPage } from "../model/read.ts";
import { type FoundRecords, readRecords, type StatedJson } from "../model/kept-records.ts";
import { isUnfiltered } from "./matching-store.ts";
import { pageOfKeys } from "./order.ts";
import type { PatientFilter, PatientOrder } from "./query.ts";
import { readWithMatches } from "./rosters.ts";

/**
 * A page of a clinic's patients. The default order without a filter is read off an index in one round trip; anything
 * else takes two: which patients match, then the records of the page. The answer (`PatientsResponse`) comes as JSON: a
 * page of fifty is a megabyte. Of a caller who knows states the default order is asked for its state first.
 */
export async function listPatients(
  ctx: Ctx,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  page: Page,
  known: readonly string[],
): Promise<StatedJson> {
  const isDefaultOrder = order.source.kind === "name" && !order.descending;
  const isDefault = isDefaultOrder && isUnfiltered(filter);
  const answered = (rows: readonly { readonly userId: string }[]) =>
    ctx.auditRead(
      clinicId,
      rows.map((row) => row.userId),
    );
  if (isDefault && known.length > 0) {
    const now = await stateOfDefaultPage(ctx, clinicId, page);
    const state = await stateOfPage(now);
    if (known.includes(state)) {
      answered(now.states);
      return { state, body: undefined };
    }
  }
  const found = isDefault
    ? await defaultPage(ctx, clinicId, page)
    : await matchingPage(ctx, clinicId, filter, order, page);
  const { states } = found.records;
  answered(states);
  const state = await stateOfPage({ ...found, states });
  return { state, body: known.includes(state) ? undefined : written(found) };
}

/** The answer (`PatientsResponse`) as JSON. */
function written({ records, sites, count, total }: FoundPage): Uint8Array<ArrayBuffer> {
  const out = new JsonBytes();
  out.text('{"data":[');
  records.write(out, new Map(sites.map(({ id, name }) => [id, name])));
  // count: patients that match; totalCount: patients of the clinic.
  out.text(`],"meta":${JSON.stringify({ count, totalCount: total })}}`);
  return out.take();
}

/** Says what a page is made of: records in their versions, and the counts. A site's name is part of its patients' versions. */
const stateOfPage = ({ states, count, total }: { states: readonly RecordState[]; count: number; total: number }) =>
  shortDigestOf(`${count} ${total} ${states.map(({ key, version }) => `${key}.${version}`).join(" ")}`);

async function stateOfDefaultPage(ctx: Ctx, clinicId: string, page: Page) {
  const { states, total } = await ctx.read({ states: statesOfPage(clinicId, page), total: patientTotal(clinicId) });
  return { states, total, count: total };
}

interface FoundPage {
  records: FoundRecords;
  sites: { id: string; name: string }[];
  count: number;
  total: number;
}

async function defaultPage(ctx: Ctx, clinicId: string, page: Page): Promise<FoundPage> {
  const { records, results } = await readRecords(ctx, clinicId, page, {
    sites: listSites(clinicId),
    total: patientTotal(clinicId),
  });
  const { sites, total } = results;
  return { records, sites, total, count: total };
}

async function matchingPage(
  ctx: Ctx,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  page: Page,
): Promise<FoundPage> {
  const { matches, results } = await readWithMatches(ctx, clinicId, filter, order, { total: patientTotal(clinicId) });
  const counts = { total: results.total, count: matches.keys.length };
  const keys = pageOfKeys(matches, order, page);
  if (keys.length === 0) return { records: { states: [], write() {} }, sites: [], ...counts };
  // A patient who left between the two round trips is left out.
  const { records, results: beside } = await readRecords(ctx, clinicId, { keys }, { sites: listSites(clinicId) });
  return { records, ...beside, ...counts };
}
