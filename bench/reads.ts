import { setTimeout as sleep } from "node:timers/promises";

const READ_EVERY_MS = 50;

export interface Latency {
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
}

/** Reads of a clinic one at a time, started at a steady pace, and how long they took. */
export class Reads {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #taken: number[] = [];

  constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = { "x-tidepool-session-token": token };
  }

  async #once(): Promise<void> {
    const started = performance.now();
    const response = await fetch(this.#url, { headers: this.#headers });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`GetClinic was answered with ${response.status}`);
    const ms = performance.now() - started;
    this.#taken.push(ms);
    await sleep(Math.max(0, READ_EVERY_MS - ms));
  }

  async some(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.#once();
  }

  async until(over: AbortSignal): Promise<void> {
    while (!over.aborted) await this.#once();
  }

  take(): Latency {
    const taken = this.#taken;
    this.#taken = [];
    return { requests: taken.length, p50: percentile(taken, 0.5), p95: percentile(taken, 0.95) };
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
