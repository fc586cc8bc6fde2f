import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ContentConditions, decideContent } from "./content-conditions.ts";

const none: ContentConditions = { ifMatch: undefined, ifNoneMatch: undefined, ifRange: undefined, range: undefined };
const decide = (given: Partial<ContentConditions>) => decideContent({ ...none, ...given }, '"abc"', 100);

describe("what of a content is sent", () => {
  test.each<[string, Partial<ContentConditions>, object]>([
    ["all without conditions", {}, { status: 200 }],
    ["nothing where the caller has it", { ifNoneMatch: '"abc"' }, { status: 304 }],
    ["nothing where it is one of a list", { ifNoneMatch: '"x", "abc"' }, { status: 304 }],
    ["nothing where a weak tag names it", { ifNoneMatch: 'W/"abc"' }, { status: 304 }],
    ["nothing for any state", { ifNoneMatch: "*" }, { status: 304 }],
    ["all for another state", { ifNoneMatch: '"abcd"' }, { status: 200 }],
    ["all where the tag is malformed", { ifNoneMatch: "abc" }, { status: 200 }],
    ["a refusal of another state", { ifMatch: '"x"' }, { status: 412 }],
    ["a refusal of a weak tag, which proves nothing", { ifMatch: 'W/"abc"' }, { status: 412 }],
    ["all of the state asked for", { ifMatch: '"x", "abc"' }, { status: 200 }],
    ["the first bytes", { range: "bytes=0-9" }, { status: 206, start: 0, end: 9 }],
    ["the rest", { range: "bytes=90-" }, { status: 206, start: 90, end: 99 }],
    ["the last bytes", { range: "bytes=-10" }, { status: 206, start: 90, end: 99 }],
    ["no more than there is", { range: "bytes=95-1000" }, { status: 206, start: 95, end: 99 }],
    ["all where more than all is asked for from the end", { range: "bytes=-1000" }, { status: 206, start: 0, end: 99 }],
    ["a refusal beyond the end", { range: "bytes=100-" }, { status: 416 }],
    ["a refusal of the last zero bytes", { range: "bytes=-0" }, { status: 416 }],
    ["all for several ranges", { range: "bytes=0-1,5-6" }, { status: 200 }],
    ["all for another unit", { range: "lines=0-1" }, { status: 200 }],
    ["all for a range that ends before it starts", { range: "bytes=9-1" }, { status: 200 }],
    ["all for a malformed range", { range: "bytes=a-b" }, { status: 200 }],
    ["the part of the same state", { range: "bytes=0-9", ifRange: '"abc"' }, { status: 206, start: 0, end: 9 }],
    ["all of another state", { range: "bytes=0-9", ifRange: '"x"' }, { status: 200 }],
    ["all where a date is given", { range: "bytes=0-9", ifRange: "Sat, 28 Nov 2026 10:00:00 GMT" }, { status: 200 }],
  ])("%s", (_, given, expected) => {
    expect(decide(given)).toEqual(expected);
  });

  test("is within the content, whatever the headers say", () => {
    const header = fc.option(
      fc.oneof(
        fc.string(),
        fc.tuple(fc.nat(200), fc.nat(200)).map(([a, b]) => `bytes=${a}-${b}`),
        fc.constantFrom('"abc"', "*", 'W/"abc"', '"x"', "bytes=-5", "bytes=5-"),
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        fc.record({ ifMatch: header, ifNoneMatch: header, ifRange: header, range: header }),
        fc.nat(150),
        (given, size) => {
          const decision = decideContent(given, '"abc"', size);
          if (decision.status !== 206) return;
          expect(decision.start).toBeGreaterThanOrEqual(0);
          expect(decision.end).toBeGreaterThanOrEqual(decision.start);
          expect(decision.end).toBeLessThan(size);
        },
      ),
    );
  });
});
