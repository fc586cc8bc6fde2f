import type { AuditDay } from "../../platform/audit/days-store.ts";
import { dayEnd, dayOf } from "../../platform/audit/days.ts";
import { listDays, readDay } from "../../platform/audit/export-day.ts";
import type { Ctx } from "../../platform/context/context.ts";
import { notFound, unavailable } from "../../platform/core/errors.ts";
import type { Bindings } from "../../platform/core/settings.ts";
import { Db } from "../../platform/db/client.ts";

type Trail = Pick<Bindings, "AUDIT_DB" | "AUDIT_EXPORTS">;

/** Later than every day. */
const NEVER = "~";

/** Days on which something was sealed, latest first, before one. */
export async function listAuditDays(
  ctx: Ctx,
  trail: Trail,
  before: string | undefined,
  limit: number,
): Promise<AuditDay[]> {
  await ctx.read({});
  return listDays(new Db(trail.AUDIT_DB), before ?? NEVER, limit);
}

/**
 * The export of a day, once all of it is there: its parts one behind the other, each read when the one before was sent. A
 * part that is missing fails, so that nobody takes the rest for the day.
 */
export async function openDay(ctx: Ctx, trail: Trail, date: string): Promise<AsyncIterable<Uint8Array>> {
  await ctx.read({});
  const end = dayEnd(date);
  // A date such as February 30 is no day, or another one.
  const [day] = Number.isNaN(end) ? [] : await listDays(new Db(trail.AUDIT_DB), dayOf(end), 1);
  if (day?.day !== date || day.exportedAt === null) throw notFound("exported audit day");
  const first = await readDay(trail.AUDIT_EXPORTS, date, 1).catch((cause: unknown) => {
    throw unavailable("the export can't be read now, try again", cause);
  });
  if (!first) throw unavailable("the export can't be read now, try again");
  ctx.auditRead(null, []);
  return partsOf(trail, day, first);
}

async function* partsOf(trail: Trail, { day, parts }: AuditDay, first: R2ObjectBody): AsyncGenerator<Uint8Array> {
  yield* first.body;
  for (let part = 2; part <= parts; part++) {
    const object = await readDay(trail.AUDIT_EXPORTS, day, part);
    if (!object) throw new Error("a part of the export is missing");
    yield* object.body;
  }
}
