import type { Targets } from "../stand-in/failures.ts";

/** What the service calls of Redox; most calls are messages. */
export const TARGETS = {
  endpoint: { label: "Messages", one: "message", several: "messages" },
  token: { label: "Access token", one: "access token", several: "access tokens" },
  upload: { label: "File upload", one: "file upload", several: "file uploads" },
} satisfies Targets;
