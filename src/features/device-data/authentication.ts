import { unauthorized } from "../../platform/core/errors.ts";
import { Db } from "../../platform/db/client.ts";
import { askingOf } from "../../platform/db/read.ts";
import { type Authentication, sessionToken } from "../../platform/request/authentication.ts";
import { holderOfToken } from "../accounts/tokens-store.ts";

const TOKEN_LENGTH_MAX = 200;

/** A session token, as everywhere; but clients of device data expect 401 where there is none. */
export const dataToken: Authentication = {
  name: "sessionToken",
  refusals: {
    400: "The request is malformed; the errors name what is wrong",
    401: "The token is missing or invalid",
  },
  async callerOf(request, now) {
    const { req } = request;
    if (!req.header("x-tidepool-session-token") && !req.header("authorization")) {
      throw unauthorized("session token is missing");
    }
    return sessionToken.callerOf(request, now);
  },
};

/** The same, or a token of the query that opens this one path for one person. */
export const dataTokenOrLink: Authentication = {
  ...dataToken,
  async callerOf(request, now) {
    const { env, req } = request;
    const token = req.query("restricted_token");
    if (token === undefined || req.method !== "GET") return dataToken.callerOf(request, now);
    const find = token.length <= TOKEN_LENGTH_MAX ? await holderOfToken(token, req.path, now) : undefined;
    const { holder } = find ? await askingOf(new Db(env.DB)).read({ holder: find }) : {};
    if (holder === undefined) throw unauthorized("restricted token is invalid");
    return {
      kind: "person",
      id: holder,
      email: undefined,
      emailVerified: false,
      name: undefined,
      identityProvider: undefined,
    };
  },
};
