import type { Draft } from "../../../platform/request/operation.ts";
import { createSiteOperation } from "./create-site.ts";
import { deleteSiteOperation } from "./delete-site.ts";
import { mergeSiteOperation } from "./merge-site.ts";
import { updateSiteOperation } from "./update-site.ts";

export const operations: readonly Draft[] = [
  createSiteOperation,
  updateSiteOperation,
  deleteSiteOperation,
  mergeSiteOperation,
];
