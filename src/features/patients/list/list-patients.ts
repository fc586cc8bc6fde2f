import type { Ctx } from "../../../platform/context/context.ts";
import { shortDigestOf } from "../../../platform/core/states.ts";
import { JsonBytes } from "../../../platform/formats/json-bytes.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { patientTotal } from "../../clinics/model/patient-counts-store.ts";
import { listSites } from "../../sites/model/store.ts";
import type { RowWithPeriods } from "../../summaries/rebuild.ts";
import type { StatedJson } from "../model/get-patient.ts";
import { patientsByName, patientsWithKeys, statesByName } from "../model/read.ts";
import { writePatient } from "../model/patient-json.ts";
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
      answered(now.rows);
      return { state, body: undefined };
    }
  }
  const found = isDefault
    ? await defaultPage(ctx, clinicId, page)
    : await matchingPage(ctx, clinicId, filter, order, page);
  answered(found.rows);
  const state = await stateOfPage(found);
  return { state, body: known.includes(state) ? undefined : written(found) };
}

/** The answer (`PatientsResponse`) as JSON. */
function written(found: FoundPage): Uint8Array<ArrayBuffer> {
  const siteNames = new Map(found.sites.map(({ id, name }) => [id, name]));
  const out = new JsonBytes();
  out.text('{"data":[');
  for (const [i, row] of found.rows.entries()) {
    if (i > 0) out.text(",");
    writePatient(out, row, siteNames);
  }
  // count: patients that match; totalCount: patients of the clinic.
  out.text(`],"meta":${JSON.stringify({ count: found.count, totalCount: found.total })}}`);
  return out.take();
}

/** Says what a page is made of: records in their versions, and the counts. A site's name is part of its patients' versions. */
const stateOfPage = ({ rows, count, total }: Pick<FoundPage, "count" | "total"> & { rows: readonly StatedRow[] }) =>
  shortDigestOf(`${count} ${total} ${rows.map((row) => `${row.key}.${row.version}`).join(" ")}`);

type StatedRow = Pick<RowWithPeriods, "key" | "version">;

async function stateOfDefaultPage(ctx: Ctx, clinicId: string, page: Page) {
  const { rows, total } = await ctx.read({
    rows: statesByName(clinicId, page.limit, page.offset),
    total: patientTotal(clinicId),
  });
  return { rows, total, count: total };
}

interface FoundPage {
  rows: RowWithPeriods[];
  sites: { id: string; name: string }[];
  count: number;
  total: number;
}

async function defaultPage(ctx: Ctx, clinicId: string, page: Page): Promise<FoundPage> {
  const { rows, sites, total } = await ctx.read({
    rows: patientsByName(clinicId, page.limit, page.offset),
    sites: listSites(clinicId),
    total: patientTotal(clinicId),
  });
  return { rows, sites, total, count: total };
}

async function matchingPage(
  ctx: Ctx,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  page: Page,
): Promise<FoundPage> {
  const { matches, results } = await readWithMatches(ctx, clinicId, filter, order, {
    sites: listSites(clinicId),
    total: patientTotal(clinicId),
  });
  const { sites, total } = results;
  const keys = pageOfKeys(matches, order, page);
  const count = matches.keys.length;
  if (keys.length === 0) return { rows: [], sites, total, count };
  const { rows } = await ctx.read({ rows: patientsWithKeys(clinicId, keys) });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  // A patient who left between the two round trips is left out.
  return { rows: keys.flatMap((key) => byKey.get(key) ?? []), sites, total, count };
}
