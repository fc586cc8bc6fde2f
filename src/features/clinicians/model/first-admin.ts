import type { Ctx } from "../../../platform/context/context.ts";
import type { NewClinician } from "./store.ts";
import { addressKey } from "../../../platform/text/comparison-key.ts";

/** The record of who makes a clinic, as its first admin. */
export const firstAdmin = (
  ctx: Pick<Ctx, "now" | "newId">,
  clinicId: string,
  person: { userId: string; email: string | null; name: string | null },
): NewClinician => ({
  id: ctx.newId(),
  clinicId,
  userId: person.userId,
  inviteId: null,
  email: person.email === null ? null : addressKey(person.email),
  name: person.name,
  roles: JSON.stringify(["CLINIC_ADMIN"]),
  isServiceAccount: 0,
  createdAt: ctx.now,
  updatedAt: ctx.now,
});
