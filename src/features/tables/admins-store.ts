import { sql } from "drizzle-orm";
import { clinicians } from "./clinics.ts";

/** The condition on a clinician's row that they are an admin of the clinic, or invited as one. */
export const isAdmin = sql`instr(${clinicians.roles}, '"CLINIC_ADMIN"') > 0`;
