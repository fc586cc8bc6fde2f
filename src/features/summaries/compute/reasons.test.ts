import { describe, expect, test } from "vitest";
import { beginCalculation, endCalculation, markOutdated, marksOf, triggersSync } from "./reasons.ts";

describe("an outdated summary", () => {
  const marked = markOutdated(markOutdated(markOutdated({}, "DATA_ADDED", 10), "DATA_DELETED", 20), "DATA_ADDED", 30);

  test("is so since the first change, for each reason once", () => {
    expect(marksOf(marked)).toEqual({ since: 10, reasons: ["DATA_ADDED", "DATA_DELETED"] });
    expect(marksOf({})).toBeUndefined();
  });

  test("is current after a calculation", () => {
    const begun = beginCalculation(marked);
    expect(begun.taken?.reasons).toEqual(["DATA_ADDED", "DATA_DELETED"]);
    expect(marksOf(begun)).toEqual(marksOf(marked));
    expect(marksOf(endCalculation(begun))).toBeUndefined();
  });

  test("stays so for what came during the calculation, though for a reason it had before", () => {
    const during = markOutdated(markOutdated(beginCalculation(marked), "DATA_ADDED", 40), "UPLOAD_COMPLETED", 50);
    expect(marksOf(during)).toEqual({ since: 10, reasons: ["DATA_ADDED", "DATA_DELETED", "UPLOAD_COMPLETED"] });
    expect(marksOf(endCalculation(during))).toEqual({ since: 40, reasons: ["DATA_ADDED", "UPLOAD_COMPLETED"] });
  });

  test("keeps all when a calculation did not end", () => {
    const again = beginCalculation(markOutdated(beginCalculation(marked), "UPLOAD_COMPLETED", 40));
    expect(again.taken).toEqual({ since: 10, reasons: ["DATA_ADDED", "DATA_DELETED", "UPLOAD_COMPLETED"] });
    expect(beginCalculation({})).toEqual({});
  });
});

test.each([
  [["UPLOAD_COMPLETED"], [], true],
  [["DATA_ADDED", "LEGACY_UPLOAD_COMPLETED"], [], true],
  [["LEGACY_DATA_ADDED"], undefined, true],
  [["UPLOAD_COMPLETED"], ["DATA_ADDED"], false],
  [["DATA_ADDED", "DATA_DELETED", "SCHEMA_MIGRATION"], [], false],
  [[], [], false],
])("numbers calculated for %j and outdated by %j go to EHRs: %s", (lastUpdatedReason, outdatedReason, isSynced) => {
  const flags = { hasFirstData: true, hasLastData: true, hasLastUploadDate: true, hasOutdatedSince: false };
  expect(triggersSync({ dates: { ...flags, lastUpdatedReason, outdatedReason } })).toBe(isSynced);
  expect(triggersSync({})).toBe(false);
});
