import { type AccessFilter, type AccessPage, findAccesses } from "../../platform/audit/find-accesses.ts";
import type { Ctx } from "../../platform/context/context.ts";
import type { Bindings } from "../../platform/core/settings.ts";
import { Db } from "../../platform/db/client.ts";
import { namelessMembers, namesIn } from "./names-store.ts";
import { type AuditEntry, toAuditEntry } from "./schema.ts";

type Trail = Pick<Bindings, "AUDIT_DB">;
type Filter = Omit<AccessFilter, "clinicId" | "patientId">;
interface Page {
  readonly entries: AuditEntry[];
  readonly cursor: string | undefined;
}

/**
 * A page of a clinic's entries, or of those about one of its patients, who may have been deleted, with the names of who
 * acted. A name is one that the clinic's records have, or that the directory has of a member: of anybody else who tried, it has
 * the id. Leaves one entry itself: of the patient asked about, not of all whom it shows.
 */
export async function listAudit(
  ctx: Ctx,
  trail: Trail,
  { clinicId, patientId }: { readonly clinicId: string; readonly patientId?: string },
  filter: Filter,
): Promise<Page> {
  // The trail is another database: whether the caller may ask has to be known before it is asked.
  await ctx.read({});
  const { entries, cursor } = await findAccesses(new Db(trail.AUDIT_DB), { ...filter, clinicId, patientId });
  const names = await namesOf(ctx, clinicId, entries);
  ctx.auditRead(clinicId, patientId === undefined ? [] : [patientId]);
  return {
    entries: entries.map((it) =>
      toAuditEntry(patientId === undefined ? it : { ...it, patientIds: [patientId] }, names.get(it.actorId)),
    ),
    cursor,
  };
}

async function namesOf(ctx: Ctx, clinicId: string, entries: AccessPage["entries"]): Promise<Map<string, string>> {
  const people = [...new Set(entries.filter((it) => it.actorKind === "person").map((it) => it.actorId))];
  const { known, users } = await ctx.read({
    known: namesIn(clinicId, people),
    users: ctx.users.findAll(namelessMembers(clinicId, people)),
  });
  const names = new Map<string, string>();
  for (const { id, name } of [...known, ...users]) if (name !== null && !names.has(id)) names.set(id, name);
  return names;
}

/** A page of the entries of all clinics and of none, without names. Leaves one entry itself. */
export async function listAccesses(ctx: Ctx, trail: Trail, filter: AccessFilter): Promise<Page> {
  await ctx.read({});
  const { entries, cursor } = await findAccesses(new Db(trail.AUDIT_DB), filter);
  ctx.auditRead(filter.clinicId ?? null, filter.patientId === undefined ? [] : [filter.patientId]);
  return { entries: entries.map((it) => toAuditEntry(it)), cursor };
}
