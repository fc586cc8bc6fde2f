import type { Caller } from "../../../platform/auth/caller.ts";
import { Refusal, unauthorized } from "../../../platform/core/errors.ts";
import { isSameSecret } from "../../../platform/core/ids.ts";
import { settingsOf } from "../../../platform/core/settings.ts";
import type { Authentication } from "../../../platform/request/authentication.ts";
import { xealthSettings } from "./settings.ts";

/** The operations that Xealth calls with its token. */
const SCOPES = new Set(["XealthPreorder", "XealthNotification", "XealthGetPrograms", "XealthGetProgramUrl"]);
const XEALTH: Caller = { kind: "service", id: "xealth", scopes: SCOPES };
/** The scheme as published: its case is not ignored. */
const SCHEME = "Bearer ";

export const notEnabled = () => new Refusal("notFound", "not found: the Xealth integration is not enabled");

/** The bearer token that Xealth sends with every request. */
export const xealthToken: Authentication = {
  name: "xealthToken",
  limitedBy: "webhook",
  refusals: {
    401: "The bearer token is missing or wrong",
    404: "The Xealth integration is not enabled, or what is asked for does not exist",
  },
  async callerOf({ env, req }) {
    const settings = settingsOf(env).of(xealthSettings);
    if (!settings) throw notEnabled();
    const header = req.header("authorization");
    if (!header?.startsWith(SCHEME)) throw unauthorized("unauthorized: bearer token is required");
    if (!(await isSameSecret(header.slice(SCHEME.length), settings.bearerToken))) {
      throw unauthorized("unauthorized: bearer token is invalid");
    }
    return XEALTH;
  },
};
