import type { Draft } from "../../../platform/request/operation.ts";
import { tideReportOperation } from "./tide-report.ts";

export const operations: readonly Draft[] = [tideReportOperation];
