import type { Operation } from "../request/operation.ts";
import { generateMergeReportOperation } from "./routes/generate-merge-report.ts";

export const operations: readonly Operation[] = [generateMergeReportOperation];
