import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Redox as a process of its own: it gives tokens, reads messages, drops them, and counts what it got for each order. */

/** What it got: messages, and orders that were answered exactly once, by data model. */
export interface Received {
  readonly messages: Readonly<Record<string, number>>;
  readonly once: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly tokens: number;
}

/** What identifies a message stands before its file. */
const HEAD_BYTES = 16_384;
const MODEL = /"DataModel":"(\w+)"/;
/** Of a flowsheet, and of a note. */
const ORDER = /"type":"orderId","value":"([^"]+)"|"Orders":\[\{"ID":"([^"]+)"/;

const byModel = new Map<string, Map<string, number>>();
let bytes = 0;
let tokens = 0;

function received(): Received {
  const each = (count: (orders: Map<string, number>) => number) =>
    Object.fromEntries([...byModel].map(([model, orders]) => [model, count(orders)]));
  return {
    messages: each((orders) => [...orders.values()].reduce((sum, n) => sum + n, 0)),
    once: each((orders) => [...orders.values()].filter((n) => n === 1).length),
    bytes,
    tokens,
  };
}

function note(head: string): void {
  const model = MODEL.exec(head)?.[1] ?? "unknown";
  const found = ORDER.exec(head);
  const order = found?.[1] ?? found?.[2] ?? "unknown";
  const orders = byModel.get(model) ?? new Map<string, number>();
  byModel.set(model, orders);
  orders.set(order, (orders.get(order) ?? 0) + 1);
}

/** The start of a body that is read to its end. */
async function headOf(request: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length < HEAD_BYTES) kept.push(chunk.subarray(0, HEAD_BYTES - length));
    length += chunk.length;
  }
  bytes += length;
  return Buffer.concat(kept).toString();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const head = await headOf(request);
  const isToken = request.url === "/token";
  if (isToken) tokens += 1;
  else note(head);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(isToken ? { access_token: `token-${tokens}`, expires_in: 3600 } : { Meta: {} }));
}

const server = createServer((request, response) => void answer(request, response));
// Connections stay: how long an idle one is kept is no part of what is measured.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => process.send?.(received()));
process.on("disconnect", () => process.exit());
