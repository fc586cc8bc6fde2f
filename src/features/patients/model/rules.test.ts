import { describe, expect, test } from "vitest";
import type { DataSource } from "./record.ts";
import { currentSource, isAwaited, sourcesAsked } from "./rules.ts";

const EARLY = "2026-01-05T10:00:00.000Z";
const LATE = "2026-02-05T10:00:00.000Z";
const times = { now: "2026-04-10T09:00:00.000Z", expiration: "2026-05-10T09:00:00.000Z" };
const dexcom = (more: Partial<DataSource> = {}): DataSource => ({ providerName: "dexcom", state: "error", ...more });

describe("the source of a provider that is decided on", () => {
  test.each([
    ["is none without an entry of it", [{ providerName: "Dexcom", state: "error" }], undefined],
    ["is the first where none was ever modified", [dexcom(), dexcom({ state: "pending" })], 0],
    ["is the last modified, before it", [dexcom({ modifiedTime: LATE }), dexcom({ modifiedTime: EARLY })], 0],
    ["is the last modified, behind it", [dexcom(), dexcom({ modifiedTime: EARLY }), dexcom({ modifiedTime: LATE })], 2],
    ["is no other provider's", [{ providerName: "twiist", state: "error", modifiedTime: LATE }, dexcom()], 1],
  ])("%s", (_, sources, index) => {
    expect(currentSource(sources, "dexcom")).toBe(index === undefined ? undefined : sources[index]);
  });
});

describe("a source that is asked for", () => {
  test("waits for the first time, or again where it was modified once, whatever its state; others stay", () => {
    for (const state of ["pending", "pendingReconnect", "connected", "disconnected", "error"]) {
      const other = dexcom({ dataSourceId: "0123456789abcdef01234567" });
      const first = dexcom({ state });
      expect(sourcesAsked([other, first], first, times)).toEqual([
        other,
        { ...first, state: "pending", expirationTime: times.expiration },
      ]);
      const again = dexcom({ state, modifiedTime: EARLY, latestDataTime: EARLY });
      expect(sourcesAsked([again, other], again, times)).toEqual([
        { ...again, state: "pendingReconnect", modifiedTime: times.now, expirationTime: times.expiration },
        other,
      ]);
    }
  });

  test("is awaited while it is pending, the first time or again", () => {
    const states = ["pending", "pendingReconnect", "connected", "disconnected", "error"];
    expect(states.filter((state) => isAwaited(dexcom({ state })))).toEqual(["pending", "pendingReconnect"]);
    expect(isAwaited(undefined)).toBe(false);
  });
});
