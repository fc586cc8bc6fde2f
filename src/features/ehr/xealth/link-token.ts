import { Refusal } from "../../../platform/core/errors.ts";
import { settingsOf } from "../../../platform/core/settings.ts";
import type { Authentication } from "../../../platform/request/authentication.ts";
import { xealthSettings } from "./settings.ts";

/** The token of a link is in the query and opens one patient's reports: the operation checks it with what it opens. */
export const linkToken: Authentication = {
  name: "linkToken",
  limitedBy: "address",
  refusals: {
    401: "The link is not one of this patient of the clinic, or has expired; or no order for reports is active",
  },
  async callerOf({ env }) {
    if (settingsOf(env).of(xealthSettings) === undefined) {
      throw new Refusal("notFound", "not found", { code: "disabled" });
    }
    return { kind: "service", id: "xealth", scopes: new Set(["ViewPDFReport"]) };
  },
};
