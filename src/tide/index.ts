import type { Operation } from "../request/operation.ts";
import { tideReportOperation } from "./routes/tide-report.ts";

export const operations: readonly Operation[] = [tideReportOperation];
