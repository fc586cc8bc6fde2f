import { z } from "@hono/zod-openapi";
import { TEXT_LENGTH_MAX } from "../../../platform/core/bounded-text.ts";
import {
  absent,
  httpUrl,
  Misconfigured,
  settingsGroup,
  switchedOn,
  withoutSlash,
} from "../../../platform/core/settings.ts";

/** How the deployment is connected to Xealth. */
export interface XealthSettings {
  /** What Xealth proves itself with. */
  readonly bearerToken: string;
  /** What we prove ourselves with. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl: string;
  /** Without a slash at its end, as the next one. */
  readonly apiUrl: string;
  /** Where browsers reach this service: links to reports begin with it. */
  readonly applicationUrl: string;
  /** Who may show a report in a frame. */
  readonly frameOrigins: readonly string[];
}

const text = z.string().min(1).max(TEXT_LENGTH_MAX).or(absent).optional();
const FRAME_ORIGINS_MAX = 100;
/** As a browser writes an origin: anything else in the policy of a page would allow more, or nothing. */
const isOrigin = (it: string) => /^https?:\/\/[a-z0-9.-]+(?::\d+)?$/.test(it) && URL.parse(it)?.origin === it;
const origins = z
  .string()
  .transform((it) =>
    it
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .refine((all) => all.length <= FRAME_ORIGINS_MAX && all.every(isOrigin), {
    error: "origins such as https://ehr.example are expected, with commas between them",
  });

const NEEDED = [
  "XEALTH_BEARER_TOKEN",
  "XEALTH_CLIENT_ID",
  "XEALTH_CLIENT_SECRET",
  "APPLICATION_URL",
  "SUPPORT_EMAIL",
] as const;

/** Undefined: every call of Xealth is refused, and its orders wait. */
export const xealthSettings = settingsGroup(
  {
    XEALTH_ENABLED: switchedOn,
    XEALTH_BEARER_TOKEN: text,
    XEALTH_CLIENT_ID: text,
    XEALTH_CLIENT_SECRET: text,
    XEALTH_TOKEN_URL: httpUrl.or(absent).optional(),
    XEALTH_SERVER_BASE_URL: httpUrl.or(absent).optional(),
    XEALTH_FRAME_ORIGINS: origins.optional(),
    APPLICATION_URL: httpUrl.or(absent).optional(),
    SUPPORT_EMAIL: text,
  },
  (v): XealthSettings | undefined => {
    if (v.XEALTH_ENABLED !== "true") return undefined;
    const missing = NEEDED.find((name) => v[name] === undefined);
    if (missing) throw new Misconfigured(`${missing} must be set where XEALTH_ENABLED is true`);
    return {
      bearerToken: v.XEALTH_BEARER_TOKEN!,
      clientId: v.XEALTH_CLIENT_ID!,
      clientSecret: v.XEALTH_CLIENT_SECRET!,
      tokenUrl: v.XEALTH_TOKEN_URL ?? "https://auth-sandbox.xealth.io/oauth2/token",
      apiUrl: withoutSlash(v.XEALTH_SERVER_BASE_URL ?? "https://api-sandbox.xealth.io/v2"),
      applicationUrl: withoutSlash(v.APPLICATION_URL!),
      frameOrigins: v.XEALTH_FRAME_ORIGINS ?? [],
    };
  },
);
