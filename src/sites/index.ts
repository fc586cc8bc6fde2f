import type { Operation } from "../request/operation.ts";
import { createSiteOperation } from "./routes/create-site.ts";
import { deleteSiteOperation } from "./routes/delete-site.ts";
import { mergeSiteOperation } from "./routes/merge-site.ts";
import { updateSiteOperation } from "./routes/update-site.ts";

export const operations: readonly Operation[] = [
  createSiteOperation,
  updateSiteOperation,
  deleteSiteOperation,
  mergeSiteOperation,
];
