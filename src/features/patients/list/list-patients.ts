import type { Ctx } from "../../../platform/context/context.ts";
import { JsonBytes } from "../../../platform/formats/json-bytes.ts";
import type { Page } from "../../../platform/core/wire.ts";
import { patientTotal } from "../../clinics/model/patient-counts-store.ts";
import { listSites } from "../../sites/model/store.ts";
import type { RowWithPeriods } from "../../summaries/rebuild.ts";
import { patientsByName, patientsWithKeys } from "../model/read.ts";
import { writePatient } from "../model/patient-json.ts";
import { isUnfiltered, matchingPatients } from "./matching-store.ts";
import { pageOfKeys } from "./order.ts";
import type { PatientFilter, PatientOrder } from "./query.ts";

/**
 * A page of a clinic's patients. The default order without a filter is read off an index in one round trip; anything
 * else takes two: which patients match, then the records of the page. The answer (`PatientsResponse`) comes as JSON: a
 * page of fifty is a megabyte.
 */
export async function listPatients(
  ctx: Ctx,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  page: Page,
): Promise<Uint8Array<ArrayBuffer>> {
  const isDefaultOrder = order.source.kind === "name" && !order.descending;
  const found =
    isDefaultOrder && isUnfiltered(filter)
      ? await defaultPage(ctx, clinicId, page)
      : await matchingPage(ctx, clinicId, filter, order, page);
  ctx.auditRead(
    clinicId,
    found.rows.map((row) => row.userId),
  );
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
  const { matches, sites, total } = await ctx.read({
    matches: matchingPatients(clinicId, filter, order),
    sites: listSites(clinicId),
    total: patientTotal(clinicId),
  });
  const keys = pageOfKeys(matches, order, page);
  const count = matches.keys.length;
  if (keys.length === 0) return { rows: [], sites, total, count };
  const { rows } = await ctx.read({ rows: patientsWithKeys(clinicId, keys) });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  // A patient who left between the two round trips is left out.
  return { rows: keys.flatMap((key) => byKey.get(key) ?? []), sites, total, count };
}
