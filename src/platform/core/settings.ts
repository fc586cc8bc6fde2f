import { z } from "@hono/zod-openapi";
import { USER_ID } from "./ids.ts";

/** The object that carries a clinic's merges to their end, as it is called. */
export interface MergeCoordinator extends Rpc.DurableObjectBranded {
  /** Works on the merge until both clinics are free again. */
  run(mergeId: string): Promise<{ phase: string; errors: string | null } | undefined>;
  /** Sees to it that the merge is worked on. */
  begin(mergeId: string): Promise<void>;
}

/** What the deployment binds (wrangler.toml) and configures (vars and secrets). */
export interface Bindings {
  readonly DB: D1Database;
  readonly ASSETS: Fetcher;
  readonly AUDIT_QUEUE: Queue;
  readonly NOTIFICATIONS_QUEUE: Queue;
  readonly MIGRATIONS_QUEUE: Queue;
  readonly CLINIC_MERGE: DurableObjectNamespace<MergeCoordinator>;
  readonly REPORTS: R2Bucket;
  readonly REFUSED_TOKENS: RateLimit;
  /** What delivers mails in production. */
  readonly EMAIL?: SendEmail;
  /** The mailbox of local development. */
  readonly SANDBOX?: Fetcher;
  readonly ENVIRONMENT: string;
  readonly AUTH_ISSUER: string;
  readonly AUTH_AUDIENCE?: string;
  readonly AUTH_JWKS?: string;
  readonly AUTH_JWKS_URL?: string;
  readonly AUTH_INTROSPECTION_URL?: string;
  readonly AUTH_INTROSPECTION_CLIENT_ID?: string;
  readonly AUTH_INTROSPECTION_CLIENT_SECRET?: string;
  readonly CORS_ORIGINS?: string;
  readonly CLINIC_DEMO_PATIENT_USER_ID?: string;
  readonly SERVICE_ACCOUNT_TOKEN_ENDPOINT?: string;
  readonly ACCOUNT_SERVICE_URL?: string;
  readonly ACCOUNT_SERVICE_TOKEN?: string;
  readonly WEB_APP_URL?: string;
  readonly MAIL_FROM?: string;
  readonly PRODUCT_NAME?: string;
  readonly SUPPORT_URL?: string;
  readonly SUPPORT_EMAIL?: string;
}

const httpUrl = z.url({ protocol: /^https?$/ });
const oneLine = z.string().regex(/^[^\p{Cc}]{1,60}$/u);
const absent = z.literal("").transform(() => undefined);

function isKeySet(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { keys?: unknown }).keys);
  } catch {
    return false;
  }
}

const Variables = z.object({
  ENVIRONMENT: z.enum(["local", "test", "staging", "production"]),
  AUTH_ISSUER: z.string().min(1),
  AUTH_AUDIENCE: z.string().min(1).or(absent).optional(),
  AUTH_JWKS: z.string().refine(isKeySet, { error: "a JSON Web Key Set is expected" }).or(absent).optional(),
  AUTH_JWKS_URL: httpUrl.or(absent).optional(),
  AUTH_INTROSPECTION_URL: httpUrl.or(absent).optional(),
  AUTH_INTROSPECTION_CLIENT_ID: z.string().min(1).or(absent).optional(),
  AUTH_INTROSPECTION_CLIENT_SECRET: z.string().min(1).or(absent).optional(),
  CORS_ORIGINS: z.string().default(""),
  CLINIC_DEMO_PATIENT_USER_ID: z.string().regex(USER_ID).or(absent).optional(),
  SERVICE_ACCOUNT_TOKEN_ENDPOINT: httpUrl.or(absent).optional(),
  ACCOUNT_SERVICE_URL: httpUrl.or(absent).optional(),
  ACCOUNT_SERVICE_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .or(absent)
    .optional(),
  WEB_APP_URL: httpUrl.or(absent).optional(),
  MAIL_FROM: z.email().or(absent).optional(),
  PRODUCT_NAME: oneLine.or(absent).optional(),
  SUPPORT_URL: httpUrl.or(absent).optional(),
  SUPPORT_EMAIL: z.email().or(absent).optional(),
});
const Checked = Variables.refine((v) => v.AUTH_JWKS !== undefined || v.AUTH_JWKS_URL !== undefined, {
  message: "AUTH_JWKS or AUTH_JWKS_URL must be set",
})
  .refine((v) => v.MAIL_FROM === undefined || v.WEB_APP_URL !== undefined, {
    message: "WEB_APP_URL must be set where MAIL_FROM is: mails link to it",
  })
  .refine((v) => v.ACCOUNT_SERVICE_URL === undefined || v.ACCOUNT_SERVICE_TOKEN !== undefined, {
    message: "ACCOUNT_SERVICE_TOKEN must be set where ACCOUNT_SERVICE_URL is",
  });

/** What mails need; a deployment without it sends none. */
export interface MailSettings {
  readonly from: string;
  /** Without a slash at its end. */
  readonly webAppUrl: string;
  readonly productName: string;
  readonly support: { readonly url: string | undefined; readonly email: string | undefined };
}

/** An existing service that keeps the accounts of people. */
export interface AccountService {
  /** Without a slash at its end. */
  readonly url: string;
  /** The session token of a server. */
  readonly token: string;
}

/** The deployment's configuration, checked once. */
export interface Settings {
  readonly isProduction: boolean;
  /** Serves one developer on their own machine. */
  readonly isLocal: boolean;
  readonly issuer: string;
  readonly audience: string | undefined;
  readonly jwks: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly introspection: { url: string; clientId: string | undefined; clientSecret: string | undefined } | undefined;
  readonly corsOrigins: ReadonlySet<string>;
  readonly demoPatientUserId: string | undefined;
  readonly serviceAccountTokenEndpoint: string | undefined;
  /** Undefined: accounts are kept here. */
  readonly accountService: AccountService | undefined;
  readonly mail: MailSettings | undefined;
}

/** Thrown when the deployment is misconfigured: every request but /health answers 503 until it is mended. */
export class Misconfigured extends Error {}

const NAMES = Object.keys(Variables.shape) as (keyof Bindings)[];
const ofEnvironment = new WeakMap<Bindings, Settings>();
let latest: { variables: string; settings: Settings } | undefined;

/** Reads and checks the variables; throws Misconfigured naming the variable that is wrong, never its value. */
export function settingsOf(bindings: Bindings): Settings {
  const remembered = ofEnvironment.get(bindings);
  if (remembered) return remembered;
  const settings = settingsFrom(bindings);
  ofEnvironment.set(bindings, settings);
  return settings;
}

/** A bound service's request comes with an environment object of its own, which says the same as the last. */
function settingsFrom(bindings: Bindings): Settings {
  const variables = JSON.stringify(NAMES.map((name) => bindings[name]));
  if (latest?.variables === variables) return latest.settings;
  const result = Checked.safeParse(bindings);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new Misconfigured(`${issue?.path.join(".") || "configuration"}: ${issue?.message}`);
  }
  const v = result.data;
  const settings: Settings = {
    isProduction: v.ENVIRONMENT === "production",
    isLocal: v.ENVIRONMENT === "local",
    issuer: v.AUTH_ISSUER,
    audience: v.AUTH_AUDIENCE,
    jwks: v.AUTH_JWKS,
    jwksUrl: v.AUTH_JWKS_URL,
    introspection: v.AUTH_INTROSPECTION_URL
      ? {
          url: v.AUTH_INTROSPECTION_URL,
          clientId: v.AUTH_INTROSPECTION_CLIENT_ID,
          clientSecret: v.AUTH_INTROSPECTION_CLIENT_SECRET,
        }
      : undefined,
    corsOrigins: new Set(
      v.CORS_ORIGINS.split(",")
        .map((origin) => origin.trim())
        .filter(Boolean),
    ),
    demoPatientUserId: v.CLINIC_DEMO_PATIENT_USER_ID,
    serviceAccountTokenEndpoint: v.SERVICE_ACCOUNT_TOKEN_ENDPOINT,
    accountService:
      v.ACCOUNT_SERVICE_URL === undefined || v.ACCOUNT_SERVICE_TOKEN === undefined
        ? undefined
        : { url: v.ACCOUNT_SERVICE_URL.replace(/\/+$/, ""), token: v.ACCOUNT_SERVICE_TOKEN },
    mail:
      v.MAIL_FROM === undefined || v.WEB_APP_URL === undefined
        ? undefined
        : {
            from: v.MAIL_FROM,
            webAppUrl: v.WEB_APP_URL.replace(/\/+$/, ""),
            productName: v.PRODUCT_NAME ?? "Clinics Edge",
            support: { url: v.SUPPORT_URL, email: v.SUPPORT_EMAIL },
          },
  };
  latest = { variables, settings };
  return settings;
}
