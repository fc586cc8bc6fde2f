import type { SQL } from "drizzle-orm";
import type { Ctx } from "../../../platform/context/context.ts";
import { auditAcrossClinics } from "../../../platform/audit/audit-store.ts";
import { patientsWithOtherEmail, recordsWithOtherEmail, setPatientEmails } from "../model/store.ts";
import { followNewAddress } from "./connections-store.ts";

/** Gives all records of a user, in whatever clinics, the address their account has now. */
export const giveAddress = (ctx: Ctx, userId: string, email: string): readonly SQL[] => [
  auditAcrossClinics(ctx, patientsWithOtherEmail(userId, email)),
  ...followNewAddress(ctx, userId, recordsWithOtherEmail(userId, email), email),
  setPatientEmails(userId, email, ctx.now),
];
