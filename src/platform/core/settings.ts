import { z } from "@hono/zod-openapi";
import { SpokenFault } from "./log.ts";

/** The bindings (wrangler.toml), variables and secrets of a deployment. */
export interface Bindings {
  readonly DB: D1Database;
  /** The audit trail. */
  readonly AUDIT_DB: D1Database;
  readonly ASSETS: Fetcher;
  readonly AUDIT_QUEUE: Queue;
  readonly NOTIFICATIONS_QUEUE: Queue;
  readonly MIGRATIONS_QUEUE: Queue;
  readonly EHR_QUEUE: Queue;
  readonly EVENTS_QUEUE: Queue;
  readonly REPORTS: R2Bucket;
  readonly AUDIT_EXPORTS: R2Bucket;
  readonly REFUSED_TOKENS: RateLimit;
  /** Which deployment this is. */
  readonly RELEASE?: WorkerVersionMetadata;
  /** Delivers mails in production. */
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
  readonly ACCOUNT_SERVICE_URL?: string;
  readonly ACCOUNT_SERVICE_TOKEN?: string;
  readonly WEB_APP_URL?: string;
  readonly MAIL_FROM?: string;
  readonly PRODUCT_NAME?: string;
  readonly SUPPORT_URL?: string;
  readonly SUPPORT_EMAIL?: string;
}

export const httpUrl = z.url({ protocol: /^https?$/ });
/** An address without the slashes at its end, so that a path can follow. */
export const withoutSlash = (url: string): string => url.replace(/\/+$/, "");
const oneLine = z.string().regex(/^[^\p{Cc}]{1,60}$/u);
/** An empty variable counts as not set. */
export const absent = z.literal("").transform(() => undefined);
/** A switch: off unless it says otherwise. */
export const switchedOn = z.enum(["true", "false"]).or(absent).optional();

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

/** What people know this service as, and whom they ask for help. */
export interface Product {
  readonly productName: string;
  readonly support: { readonly url: string | undefined; readonly email: string | undefined };
}

/** Mail settings; a deployment without them sends no mails. */
export interface MailSettings extends Product {
  readonly from: string;
  /** Without a slash at its end. */
  readonly webAppUrl: string;
}

/** An existing service that stores people's accounts. */
export interface AccountService {
  /** Without a slash at its end. */
  readonly url: string;
  /** The session token of a server. */
  readonly token: string;
}

/** The deployment's configuration, checked once. */
export interface Settings {
  readonly isProduction: boolean;
  /** Runs on a developer's machine. */
  readonly isLocal: boolean;
  /** Differs from that of other deployments: what the same rows are answered with may differ, too. */
  readonly release: string;
  readonly issuer: string;
  readonly audience: string | undefined;
  readonly jwks: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly introspection: { url: string; clientId: string | undefined; clientSecret: string | undefined } | undefined;
  readonly corsOrigins: ReadonlySet<string>;
  /** Undefined: accounts are in our own table. */
  readonly accountService: AccountService | undefined;
  readonly product: Product;
  readonly mail: MailSettings | undefined;
  /** The settings of a slice's group. */
  of<T>(group: SettingsGroup<T>): T;
}

/** Variables of one slice, declared by the slice and checked together with all others. */
export interface SettingsGroup<T> {
  readonly names: readonly string[];
  /** Parses the variables; throws Misconfigured naming the invalid one. */
  readonly read: (variables: Readonly<Record<string, unknown>>) => T;
}

const groups: SettingsGroup<unknown>[] = [];

/** Declares the variables of a slice. */
export function settingsGroup<S extends z.ZodRawShape, T>(
  shape: S,
  make: (variables: z.output<z.ZodObject<S>>) => T,
): SettingsGroup<T> {
  const schema = z.object(shape);
  const group = { names: Object.keys(shape), read: (variables: object) => make(checked(schema, variables)) };
  groups.push(group);
  return group;
}

function checked<S extends z.ZodType>(schema: S, variables: object): z.output<S> {
  const result = schema.safeParse(variables);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Misconfigured(`${issue?.path.join(".") || "configuration"}: ${issue?.message}`);
}

/** Thrown when the deployment is misconfigured: every request but /health answers 503 until it is fixed. */
export class Misconfigured extends SpokenFault {
  static override readonly name: string = "Misconfigured";
}

/** Enough of an id to tell deployments apart. */
const RELEASE_LENGTH = 8;
const NAMES = Object.keys(Variables.shape);
const ofEnvironment = new WeakMap<Bindings, Settings>();
let latest: { variables: string; settings: Settings } | undefined;

/** Parses the variables; throws Misconfigured naming the invalid variable, never its value. */
export function settingsOf(bindings: Bindings): Settings {
  const remembered = ofEnvironment.get(bindings);
  if (remembered) return remembered;
  const settings = settingsFrom(bindings);
  ofEnvironment.set(bindings, settings);
  return settings;
}

/** Whether a request can be served at all. */
export function isConfigured(bindings: Bindings): boolean {
  try {
    settingsOf(bindings);
    return true;
  } catch (error) {
    if (error instanceof Misconfigured) return false;
    throw error;
  }
}

/** Each request of a bound service has a new environment object with the same values: compares values instead. */
function settingsFrom(bindings: Bindings): Settings {
  const given = bindings as unknown as Readonly<Record<string, unknown>>;
  const names = [...NAMES, ...groups.flatMap((group) => group.names)];
  const variables = JSON.stringify([bindings.RELEASE?.id, ...names.map((name) => given[name])]);
  if (latest?.variables === variables) return latest.settings;
  const v = checked(Checked, bindings);
  const ofGroups = new Map(groups.map((group) => [group, group.read(given)]));
  const product = {
    productName: v.PRODUCT_NAME ?? "Clinics Edge",
    support: { url: v.SUPPORT_URL, email: v.SUPPORT_EMAIL },
  };
  const settings: Settings = {
    isProduction: v.ENVIRONMENT === "production",
    isLocal: v.ENVIRONMENT === "local",
    release: (bindings.RELEASE?.id || "local").slice(0, RELEASE_LENGTH),
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
    accountService:
      v.ACCOUNT_SERVICE_URL === undefined || v.ACCOUNT_SERVICE_TOKEN === undefined
        ? undefined
        : { url: withoutSlash(v.ACCOUNT_SERVICE_URL), token: v.ACCOUNT_SERVICE_TOKEN },
    mail:
      v.MAIL_FROM === undefined || v.WEB_APP_URL === undefined
        ? undefined
        : { ...product, from: v.MAIL_FROM, webAppUrl: withoutSlash(v.WEB_APP_URL) },
    product,
    of: <T>(group: SettingsGroup<T>) => ofGroups.get(group) as T,
  };
  latest = { variables, settings };
  return settings;
}
