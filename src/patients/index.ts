import type { Operation } from "../request/operation.ts";

export const operations: readonly Operation[] = [];
