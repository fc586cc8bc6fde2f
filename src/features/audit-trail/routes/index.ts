import type { Draft } from "../../../platform/request/operation.ts";
import { getAuditDayOperation } from "./get-audit-day.ts";
import { listAccessesOperation } from "./list-accesses.ts";
import { listAuditDaysOperation } from "./list-audit-days.ts";
import { listClinicAuditOperation } from "./list-clinic-audit.ts";
import { listPatientAuditOperation } from "./list-patient-audit.ts";

export const operations: readonly Draft[] = [
  listClinicAuditOperation,
  listPatientAuditOperation,
  listAccessesOperation,
  listAuditDaysOperation,
  getAuditDayOperation,
];
