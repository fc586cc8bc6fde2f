import { DEFAULT_BG_UNITS } from "../../clinics/model/rules.ts";
import { findBgUnits } from "../../clinics/model/store.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { BYTE_ORDER_MARK, csvLine } from "../../../platform/formats/csv.ts";
import { listSites } from "../../sites/model/store.ts";
import { listTags } from "../../tags/model/store.ts";
import { tableRowsWithKeys } from "../model/read.ts";
import { matchingPatients } from "./matching-store.ts";
import { orderedKeys } from "./order.ts";
import type { PatientFilter, PatientOrder } from "./query.ts";
import { readableTable } from "./readable-table.ts";
import { type Names, TABLE_COLUMNS, TABLE_STATISTICS, tableCells } from "./table.ts";

const PATIENTS_PER_PART = 1000;

/** For programs, with the names of the API's fields and its numbers; or for people. */
export type TableForm = "fields" | "readable";

/**
 * All of a clinic's patients that match, as the parts of a CSV file: the header and the first part are there when this
 * returns, so that a refusal or a database that can't answer is told before anything is sent; each further part takes
 * one round trip, when it is asked for. Who matches is decided once; what a line shows is as it is when its part is
 * read, and who has left the clinic by then is left out. Each part's patients are audited before the part is handed out.
 */
export async function exportPatients(
  ctx: Ctx,
  clinicId: string,
  filter: PatientFilter,
  order: PatientOrder,
  form: TableForm,
): Promise<AsyncIterable<string>> {
  const { matches, tags, sites, clinic } = await ctx.read({
    matches: matchingPatients(clinicId, filter, order),
    tags: listTags(clinicId),
    sites: listSites(clinicId),
    clinic: findBgUnits(clinicId),
  });
  const keys = orderedKeys(matches, order);
  const names: Names = {
    tags: new Map(tags.map(({ id, name }) => [id, name])),
    sites: new Map(sites.map(({ id, name }) => [id, name])),
  };
  const units = clinic?.units === "mmol/L" ? "mmol/L" : DEFAULT_BG_UNITS;
  const readable = form === "readable" ? readableTable(units) : undefined;
  const part = async (from: number): Promise<string> => {
    const wanted = keys.slice(from, from + PATIENTS_PER_PART);
    if (wanted.length === 0) return "";
    const { rows } = await ctx.read({ rows: tableRowsWithKeys(clinicId, wanted, filter.period, TABLE_STATISTICS) });
    ctx.auditRead(
      clinicId,
      rows.map(({ userId }) => userId),
    );
    const byKey = new Map(rows.map((row) => [row.key, row]));
    return wanted
      .map((key) => {
        const row = byKey.get(key);
        if (!row) return "";
        const cells = tableCells(row, names, filter.period);
        return csvLine(readable ? readable.shown(cells) : cells);
      })
      .join("");
  };
  const first = BYTE_ORDER_MARK + csvLine(readable?.headings ?? TABLE_COLUMNS) + (await part(0));
  return (async function* () {
    yield first;
    for (let from = PATIENTS_PER_PART; from < keys.length; from += PATIENTS_PER_PART) yield await part(from);
  })();
}
