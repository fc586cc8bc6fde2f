import type { Operation } from "../request/operation.ts";
import { createClinicianOperation } from "./routes/create-clinician.ts";

export const operations: readonly Operation[] = [createClinicianOperation];
