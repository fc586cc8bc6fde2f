import { expect, test } from "vitest";
import { networkOf } from "./network.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["0:0:0:0:0:FFFF:C000:0201", "192.0.2.1"],
  ["::ffff:0:c000:201", "0:0:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
])("%s is counted by %s", (address, expected) => {
  expect(networkOf(address)).toBe(expected);
});

test("whatever a header says, what is counted by is short", () => {
  for (const text of [":".repeat(10_000), "x".repeat(10_000), "1::".repeat(1000), ""]) {
    expect(networkOf(text).length).toBeLessThan(60);
  }
});
