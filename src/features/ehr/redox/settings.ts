import { z } from "@hono/zod-openapi";
import { TEXT_LENGTH_MAX } from "../../../platform/core/bounded-text.ts";
import { absent, httpUrl, Misconfigured, settingsGroup, switchedOn } from "../../../platform/core/settings.ts";

/** What it takes to send messages to Redox. */
export interface RedoxTransport {
  readonly tokenUrl: string;
  readonly endpointUrl: string;
  /** Files are uploaded there and notes name their address; undefined: notes contain the file. */
  readonly uploadUrl: string | undefined;
  readonly clientId: string;
  readonly keyId: string;
  /** PKCS#8. */
  readonly privateKey: string;
  readonly audience: string | undefined;
  readonly source: { readonly id: string; readonly name: string };
}

export interface RedoxSettings {
  /** Undefined: every webhook call is refused. */
  readonly verificationToken: string | undefined;
  /** Undefined: orders and jobs wait. */
  readonly transport: RedoxTransport | undefined;
  /** Whether answers to test messages are sent. */
  readonly sendsTests: boolean;
}

const text = z.string().min(1).max(TEXT_LENGTH_MAX).or(absent).optional();

const PKCS8 = /^-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PRIVATE KEY-----\n?$/;
/** Secrets that went through a shell or a dashboard have quotes, or \n instead of line breaks. */
const asWritten = (pem: string) =>
  pem
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .replaceAll("\\n", "\n")
    .replaceAll("\r\n", "\n");
const privateKey = z
  .string()
  .min(1)
  .transform(asWritten)
  .refine((pem) => PKCS8.test(pem), {
    error: 'a PKCS#8 private key in PEM is expected ("BEGIN PRIVATE KEY"): convert others with openssl pkcs8 -topk8',
  })
  .or(absent)
  .optional();

const NEEDED = [
  "REDOX_CLIENT_ID",
  "REDOX_KEY_ID",
  "REDOX_PRIVATE_KEY",
  "REDOX_SOURCE_ID",
  "REDOX_SOURCE_NAME",
] as const;

/** How the deployment is connected to Redox. */
export const redoxSettings = settingsGroup(
  {
    REDOX_ENABLED: switchedOn,
    REDOX_VERIFICATION_TOKEN: text,
    REDOX_CLIENT_ID: text,
    REDOX_KEY_ID: text,
    REDOX_PRIVATE_KEY: privateKey,
    REDOX_TOKEN_AUDIENCE: text,
    REDOX_SOURCE_ID: text,
    REDOX_SOURCE_NAME: text,
    REDOX_TOKEN_URL: httpUrl.or(absent).optional(),
    REDOX_ENDPOINT_URL: httpUrl.or(absent).optional(),
    REDOX_UPLOAD_FILES: switchedOn,
    REDOX_UPLOAD_URL: httpUrl.or(absent).optional(),
    REDOX_TEST_MODE: switchedOn,
  },
  (v): RedoxSettings => {
    const settings = { verificationToken: v.REDOX_VERIFICATION_TOKEN, sendsTests: v.REDOX_TEST_MODE === "true" };
    if (v.REDOX_ENABLED !== "true") return { ...settings, transport: undefined };
    const missing = NEEDED.find((name) => v[name] === undefined);
    if (missing) throw new Misconfigured(`${missing} must be set where REDOX_ENABLED is true`);
    return {
      ...settings,
      transport: {
        tokenUrl: v.REDOX_TOKEN_URL ?? "https://api.redoxengine.com/v2/auth/token",
        endpointUrl: v.REDOX_ENDPOINT_URL ?? "https://api.redoxengine.com/endpoint",
        uploadUrl:
          v.REDOX_UPLOAD_FILES === "true" ? (v.REDOX_UPLOAD_URL ?? "https://blob.redoxengine.com/upload") : undefined,
        clientId: v.REDOX_CLIENT_ID!,
        keyId: v.REDOX_KEY_ID!,
        privateKey: v.REDOX_PRIVATE_KEY!,
        audience: v.REDOX_TOKEN_AUDIENCE,
        source: { id: v.REDOX_SOURCE_ID!, name: v.REDOX_SOURCE_NAME! },
      },
    };
  },
);
