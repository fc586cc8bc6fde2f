import { unauthorized } from "../../../platform/core/errors.ts";
import { isSameSecret } from "../../../platform/core/ids.ts";
import { settingsOf } from "../../../platform/core/settings.ts";
import type { Caller } from "../../../platform/auth/caller.ts";
import type { Authentication } from "../../../platform/request/authentication.ts";
import { redoxSettings } from "./settings.ts";

const redoxFor = (operationId: string): Caller => ({ kind: "service", id: "redox", scopes: new Set([operationId]) });

export const invalidToken = () => unauthorized("unauthorized: invalid verification token");

/** Whether a token is the configured one. None configured: no token is. */
export const isVerificationToken = async (token: string, configured: string | undefined): Promise<boolean> =>
  (await isSameSecret(token, configured ?? "")) && configured !== undefined;

/** The verification token that Redox sends in a header with every message. */
export const verificationToken: Authentication = {
  name: "verificationToken",
  limitedBy: "webhook",
  refusals: { 401: "The verification token is missing or wrong, or none is configured" },
  async callerOf({ env, req }) {
    const token = req.header("verification-token");
    if (!token) throw unauthorized("unauthorized: verification token is required");
    const { verificationToken: configured } = settingsOf(env).of(redoxSettings);
    if (!(await isVerificationToken(token, configured))) throw invalidToken();
    return redoxFor("ProcessEHRMessage");
  },
};

/** The verification token is in the body: the operation checks it. */
export const verificationTokenInBody: Authentication = {
  name: "verificationTokenInBody",
  limitedBy: "address",
  refusals: { 401: "The verification token in the body is missing or wrong, or none is configured" },
  callerOf: async () => redoxFor("VerifyEndpoint"),
};
