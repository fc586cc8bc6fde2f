import type { Server } from "./server.ts";

/** What is compared: requests to a server, one at a time. */
export interface Side {
  readonly server: Server;
  /** Sends one request; throws when it is not answered as it should be. */
  readonly send: () => Promise<void>;
}

export interface Comparison {
  /** Medians of CPU milliseconds a request. */
  readonly ms: number;
  readonly otherMs: number;
  /** Median, least and greatest of the pairs' ratios, the one through the other. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** The same of the time a request takes. */
  readonly timeRatio: number;
}

const REQUESTS_MIN = 8;
const REQUESTS_MAX = 600;
/**
 * CPU that a server takes before it is measured. What is compiled when it has run often is compiled by then: a Worker that serves a
 * clinic is never cold for long.
 */
export const WARM_UP_SECONDS = 3;

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

async function costOf({ server, send }: Side, count: number): Promise<Cost> {
  const before = server.cpu();
  const started = performance.now();
  for (let i = 0; i < count; i++) await send();
  return { cpuMs: (1000 * (server.cpu() - before)) / count, wallMs: (performance.now() - started) / count };
}

/** What requests of either side took, measured one after the other. */
export interface Pair {
  readonly one: Cost;
  readonly other: Cost;
}

/** Compares the CPU of two sides in interleaved pairs; either side is warm by then. */
export const compared = async (one: Side, other: Side, pairs: number, cpuSeconds: number): Promise<Comparison> =>
  comparisonOf(await measuredPairs(one, other, pairs, cpuSeconds));

/** The pairs of a comparison, which may be those of several times that the sides were started. */
export async function measuredPairs(one: Side, other: Side, pairs: number, cpuSeconds: number): Promise<Pair[]> {
  const countFor = ({ cpuMs }: Cost) =>
    Math.max(REQUESTS_MIN, Math.min(REQUESTS_MAX, Math.ceil((1000 * cpuSeconds) / cpuMs)));
  const warm = async (side: Side) => {
    let cost = await costOf(side, REQUESTS_MIN);
    const until = side.server.cpu() + WARM_UP_SECONDS * Math.min(1, cpuSeconds);
    while (side.server.cpu() < until) cost = await costOf(side, countFor(cost));
    return cost;
  };
  // Each as often as it takes for the same time: one may be thirty times as dear as the other.
  const otherCount = countFor(await warm(other));
  const count = countFor(await warm(one));
  const costs: Pair[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const first = await costOf(one, count);
      costs.push({ one: first, other: await costOf(other, otherCount) });
    } else {
      const first = await costOf(other, otherCount);
      costs.push({ other: first, one: await costOf(one, count) });
    }
  }
  return costs;
}

/** What pairs say together. */
export function comparisonOf(costs: readonly Pair[]): Comparison {
  const ratios = costs.map((it) => it.one.cpuMs / it.other.cpuMs);
  return {
    ms: median(costs.map((it) => it.one.cpuMs)),
    otherMs: median(costs.map((it) => it.other.cpuMs)),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    timeRatio: median(costs.map((it) => it.one.wallMs / it.other.wallMs)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
