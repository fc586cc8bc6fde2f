import type { Ctx } from "../../platform/context/context.ts";
import type { Page } from "../../platform/core/wire.ts";
import { searchWords } from "./model/rules.ts";
import { type Clinician, toClinician } from "./model/schema.ts";
import { listClinicians as readClinicians } from "./model/store.ts";
import { addressKey } from "../../platform/text/comparison-key.ts";

/**
 * A page of the members and invitations that match everything asked for. Newest first, unless words are searched for:
 * then by name, then address. Both orders are total. An unknown clinic has nobody.
 */
export async function listClinicians(
  ctx: Ctx,
  clinicId: string,
  query: { search?: string; email?: string; role?: string },
  page: Page,
): Promise<Clinician[]> {
  const filter = {
    words: searchWords(query.search ?? ""),
    email: query.email && addressKey(query.email),
    role: query.role,
  };
  const { clinicians } = await ctx.read({ clinicians: readClinicians(clinicId, filter, page) });
  return clinicians.map(toClinician);
}
