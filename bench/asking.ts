import type { LocalKeys } from "../scripts/local-keys.ts";
import { acquaint } from "./acquaint.ts";
import type { SeededClinic } from "./data.ts";
import type { Side } from "./pairs.ts";
import { MARK } from "./protocol.ts";
import type { BenchClinic, Scenario } from "./scenarios.ts";
import type { Server } from "./server.ts";

/** A clinic that is served, and who asks about it. */
export interface Known {
  readonly server: Server;
  readonly clinic: BenchClinic;
  readonly tokens: Readonly<Record<Scenario["caller"], string>>;
}

export async function knownOn(server: Server, seeded: SeededClinic, keys: LocalKeys): Promise<Known> {
  const admin = await keys.signPerson({ userId: seeded.adminId });
  const tokens = { admin, service: await keys.signService("bench") };
  return { server, tokens, clinic: await acquaint(server, seeded, admin) };
}

let lastMark = 0;

/** Sends a scenario's request, MARK being another number each time; what is answered. Throws when it is no success. */
export async function ask(
  known: Known,
  scenario: Scenario,
  more: Readonly<Record<string, string>> = {},
): Promise<ArrayBuffer> {
  return (await answerTo(known, scenario, more)).arrayBuffer();
}

/** The same answer with its headers. */
export async function answerTo(
  { server, clinic, tokens }: Known,
  { name, method, path, body, accept, caller, headers }: Scenario,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await fetch(`${server.url}${path(clinic)}`, {
    method,
    headers: {
      "x-tidepool-session-token": tokens[caller],
      "accept-encoding": "identity",
      ...(accept !== undefined && { accept }),
      ...(body && { "content-type": "application/json" }),
      ...headers,
      ...more,
    },
    body: body ? JSON.stringify(body(clinic)).replaceAll(MARK, String(++lastMark)) : null,
  });
  if (!response.ok) throw new Error(`${name} was answered with ${response.status}`);
  return response;
}

/** One scenario, to be compared with another. */
export const sideOf = (known: Known, scenario: Scenario): Side => ({
  server: known.server,
  send: async () => void (await ask(known, scenario)),
});
