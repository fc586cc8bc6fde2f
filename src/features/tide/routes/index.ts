import type { Operation } from "../../../platform/request/operation.ts";
import { tideReportOperation } from "./tide-report.ts";

export const operations: readonly Operation[] = [tideReportOperation];
