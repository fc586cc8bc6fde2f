import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine } from "./command-line.ts";
import { check, directory, expect, finish, port, state } from "./trial.ts";
import { offline, startWrangler } from "./wrangler.ts";

const USAGE = `Checks what the service relies on of queues, in a Worker of its own on the local runtime: docs/platform.md lists it.
Prints a line for each check; ends with 1 when one of them failed.

  npm run check:platform`;

commandLine(USAGE, {});

const START_WITHIN_MS = 60_000;
const WITHIN_MS = 15_000;
const POLL_MS = 100;

/** A consumer that acknowledges "acked" and retries "retried"; with "throws" in the batch it throws after that. */
const WORKER = `
let deliveries = [];
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (request.method === "GET") return Response.json(deliveries);
    deliveries = [];
    const bodies = await request.json();
    try {
      await env.QUEUE.sendBatch(bodies.map((body) => ({ body, ...(url.searchParams.has("delay") ? { delaySeconds: Number(url.searchParams.get("delay")) } : {}) })));
    } catch (error) {
      return new Response(String(error), { status: 400 });
    }
    return new Response();
  },
  async queue(batch) {
    deliveries.push(batch.messages.map(({ body, attempts }) => body + " " + attempts));
    for (const message of batch.messages) {
      if (message.body === "retried" && message.attempts === 1) message.retry({ delaySeconds: 0 });
      else message.ack();
    }
    if (batch.messages.some(({ body, attempts }) => body === "throws" && attempts === 1)) throw new Error("after acknowledging");
  },
};`;

const CONFIGURATION = `name = "check"
main = "worker.js"
compatibility_date = "2026-10-20"
send_metrics = false

[[queues.producers]]
binding = "QUEUE"
queue = "q"

[[queues.consumers]]
queue = "q"
max_batch_size = 10
max_batch_timeout = 0
max_retries = 3
retry_delay = 0
`;

writeFileSync(path.join(directory, "worker.js"), WORKER);
writeFileSync(path.join(directory, "wrangler.toml"), CONFIGURATION);
const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", String(port), "--show-interactive-dev-session", "false"];
args.push("-c", path.join(directory, "wrangler.toml"), "--persist-to", path.join(directory, "kept"));
const server = startWrangler([...args, "--inspector-port", "0"], offline(state));
process.on("exit", () => server.signal("SIGTERM"));

const ask = (query: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}/${query}`, init);
await check("the worker starts", async () => {
  const until = Date.now() + START_WITHIN_MS;
  for (;;) {
    const answer = await ask("").catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > until) throw new Error("it does not answer");
    await sleep(POLL_MS);
  }
});

const send = async (bodies: readonly string[], query = ""): Promise<number> =>
  (await ask(query, { method: "POST", body: JSON.stringify(bodies) })).status;
/** The deliveries, once there are so many batches. */
async function deliveries(batches: number): Promise<string[][]> {
  const until = Date.now() + WITHIN_MS;
  let seen: string[][] = [];
  while (seen.length < batches && Date.now() < until) {
    await sleep(POLL_MS);
    seen = await (await ask("")).json<string[][]>();
  }
  return seen;
}

await check("a consumer that throws gets the whole batch again, acknowledged messages included", async () => {
  await send(["acked", "throws"]);
  expect(JSON.stringify(await deliveries(2)), '[["acked 1","throws 1"],["acked 2","throws 2"]]', "deliveries");
});

await check("a message that is retried comes alone, and counts its attempts", async () => {
  await send(["acked", "retried"]);
  expect(JSON.stringify(await deliveries(2)), '[["acked 1","retried 1"],["retried 2"]]', "deliveries");
});

await check("a delay of a day is taken, and a longer one refused", async () => {
  expect(await send(["acked"], "?delay=86400"), 200, "status");
  expect(await send(["acked"], "?delay=86401"), 400, "status");
});

server.signal("SIGTERM");
finish();
