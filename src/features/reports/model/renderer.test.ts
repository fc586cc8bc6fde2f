import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type ReadPdf, readPdf } from "../../../../test/pdf.ts";
import { cases } from "../../../../test/properties/size.ts";
import {
  bgmPeriod,
  cgmPeriod,
  sampleBgm,
  sampleCgm,
  sampleContent,
  sampleOptions,
  samplePatient,
} from "../../../../test/reports.ts";
import { dejaVuSans } from "../../../platform/formats/pdf/dejavu.ts";
import { observationsOf } from "../../ehr/model/observations.ts";
import { bucketOf, type Reading, writeBucket } from "../../summaries/compute/bucket.ts";
import { patientStatsOf } from "../../summaries/compute/flat.ts";
import { innerSummaryOf } from "../../summaries/compute/inner.ts";
import { hourOf, WINDOW_HOURS, windowOf } from "../../summaries/compute/window.ts";
import type { Period } from "../../summaries/schema.ts";
import { type ReportContent, type ReportOptions, refusalOfPeriod } from "./content.ts";
import { rendererWith, reportRenderer } from "./renderer.ts";

const FIVE_PAGES_BYTES_MAX = 60 * 1024;
const NO_DATA = "Insufficient data for patient to generate any report.";
const MARGIN = 36;
const [WIDTH, HEIGHT] = [612, 792];

const draw = (content: Partial<ReportContent> = {}, options: Partial<ReportOptions> = {}) =>
  reportRenderer.render(sampleContent(content), sampleOptions(options));
const read = async (content: Partial<ReportContent> = {}, options: Partial<ReportOptions> = {}) =>
  readPdf(await draw(content, options));
const titles = ({ pages }: ReadPdf) => pages.map(({ text }) => /Last \d+ days?/.exec(text)?.[0] ?? "overview");
/** The statistics that readings come to, the newest first. */
function statsOf(kind: "cgm" | "bgm", readings: readonly Reading[]) {
  const lastData = readings[0]!.time;
  const window = windowOf(kind, lastData, new Map());
  for (const [hour, inHour] of Map.groupBy(readings, ({ time }) => hourOf(time))) {
    const index = WINDOW_HOURS - 1 - (hourOf(lastData) - hour);
    writeBucket(kind, window, index, bucketOf(kind, inHour.toReversed()), lastData);
  }
  const dates = { lastData, lastUpdatedDate: lastData, lastUpdatedReason: [] };
  return patientStatsOf(innerSummaryOf({ id: "a".repeat(24), userId: "a1b2c3d4e5", kind, window, dates }));
}
/** Texts without the blanks and breaks that layout adds. */
const close = (text: string) => text.replace(/\s+/g, "");

// pdf.js takes seconds to load.
beforeAll(() => read(), 120_000);

describe("a report", () => {
  test("has an overview and a page for each period, the one of 14 days first", async () => {
    expect(titles(await read())).toEqual(["overview", "Last 14 days", "Last 1 day", "Last 7 days", "Last 30 days"]);
  });

  test("of the same content and options has the same bytes, whatever was drawn before", async () => {
    const first = await draw();
    await draw({ patient: samplePatient("Ângela Łukasz İpek ı i\u0307 µ μ كريم") });
    await draw({ summary: undefined });
    expect(await draw()).toEqual(first);
    const fresh = rendererWith(() => Promise.resolve(dejaVuSans()));
    expect(await fresh.render(sampleContent(), sampleOptions())).toEqual(first);
  });

  test("has five pages in at most 60 KB", async () => {
    expect((await draw()).length).toBeLessThanOrEqual(FIVE_PAGES_BYTES_MAX);
  });

  test("is tagged, in English, and entitled without saying whom it is about", async () => {
    const { info, language, isTagged } = await read();
    expect({ language, isTagged }).toEqual({ language: "en", isTagged: true });
    expect(info).toMatchObject({ Title: "Glucose report", Keywords: "660000000000000000000002" });
    expect(info).toMatchObject({ CreationDate: "D:20260317161200Z", ModDate: "D:20260317161200Z" });
    expect(JSON.stringify(info)).not.toMatch(/Jill|MRN|1987|Griffith/);
  });

  test("has headings, tables with heading cells, and figures that say what they show", async () => {
    const { pages } = await read();
    const [overview, period] = pages;
    expect(overview!.roles.filter((role) => /^H\d/.test(role))).toEqual(["H1", "H2", "H2"]);
    expect(overview!.roles.filter((role) => role === "Figure")).toHaveLength(2);
    expect(overview!.alts[0]).toBe("Bar of time in ranges: Very high 8%, High 21%, Target 68%, Low 2%, Very low 0.4%");
    expect(period!.roles.filter((role) => role === "Table")).toHaveLength(4);
    expect(period!.roles).toContain("TH");
    expect(period!.roles).toContain("TD");
  });

  test("names patient and page on every page", async () => {
    const { pages } = await read();
    for (const [i, { text }] of pages.entries()) {
      for (const expected of ["Jill Jellyfish", "1987-02-03", "MRN-0012345", "Griffith Office"]) {
        expect(text).toContain(expected);
      }
      expect(text).toContain(`Page ${i + 1} of 5`);
      expect(text).toContain("Generated 2026-03-17 09:12 UTC-07:00");
    }
  });

  test("leaves out a birth date and an MRN that are unknown", async () => {
    const { pages } = await read({ patient: { fullName: "Jill", birthDate: undefined, mrn: undefined } });
    expect(pages[0]!.text).not.toMatch(/Date of birth|MRN/);
  });
});

describe("a period's page", () => {
  test.each([
    ["standard", false, "mg/dL"],
    ["icode", true, "mg/dL"],
    ["standard, mmol/L", false, "mmol/L"],
    ["the clinic's spelling", false, "MG/DL"],
  ])("has every value of the Flowsheet as it is sent: %s", async (_, icode, bgUnits) => {
    const { pages } = await read({}, { icode, bgUnits });
    const drawn = new Set(pages[1]!.texts);
    const sent = observationsOf(sampleContent().summary, { icode, bgUnits });
    expect(sent).toHaveLength(33);
    for (const { code, value, units } of sent) {
      expect({ code, value, isDrawn: drawn.has(value) }).toEqual({ code, value, isDrawn: true });
      if (units !== null) expect(drawn).toContain(units === "day" || units === "hour" ? `${units}s` : units);
    }
  });

  const pageOf = async (name: string, period: Period, options: Partial<ReportOptions> = {}) => {
    const summary = { cgmStats: { ...sampleCgm, periods: { [name]: period } } };
    return (await read({ summary }, options)).pages[1]!;
  };
  const shares = [0.004, 0.021, 0.684, 0.211, 0.08] as const;

  test.each([
    ["14d", "The values of these tables are those of the EHR's flowsheet, with the same digits."],
    ["7d", "The values of these tables are written as in the EHR's flowsheet, which is about the last 14 days."],
  ])("says which values the flowsheet has: %s", async (name, text) => {
    expect((await pageOf(name, cgmPeriod(shares))).text).toContain(text);
  });

  test("has instants as local time, with the flowsheet's text below", async () => {
    const { texts } = await pageOf("14d", cgmPeriod(shares));
    const start = texts.indexOf("2 Mar 2026, 07:00");
    expect(texts.slice(start).filter((text) => text.trim() !== "")).toEqual(
      expect.arrayContaining(["UTC-08:00", "2026-03-02T15:00:00Z", "16 Mar 2026, 08:00", "UTC-07:00"]),
    );
    const { texts: inUtc } = await pageOf("14d", cgmPeriod(shares), { tzName: undefined });
    expect(inUtc).toEqual(expect.arrayContaining(["2 Mar 2026, 15:00", "UTC+00:00"]));
  });

  test.each([
    ["6.8700", "%"],
    ["0.3370", "fraction"],
    ["14", "days"],
    ["321", "hours"],
  ])("says what %s is of: %s", async (value, unit) => {
    const { boxes } = await pageOf("14d", cgmPeriod(shares));
    const { baseline, right } = boxes.find(({ text }) => text === value)!;
    const beside = boxes.filter((box) => box.baseline === baseline && box.left > right && box.text.trim() !== "");
    expect(beside.map(({ text }) => text)).toEqual([unit]);
  });

  test("has a single day and a single hour in the singular", async () => {
    const { texts } = await pageOf("1d", cgmPeriod(shares, { daysWithData: 1, hoursWithData: 1 }));
    expect(texts).toEqual(expect.arrayContaining(["day", "hour"]));
    expect(texts).not.toContain("days");
  });

  test("of a day has no glucose management indicator, neither has its overview", async () => {
    const summary = { cgmStats: { ...sampleCgm, periods: { "1d": cgmPeriod(shares) } } };
    for (const { text } of (await read({ summary })).pages) expect(text).not.toMatch(/GMI|6\.87|6\.9/);
    expect((await pageOf("7d", cgmPeriod(shares))).text).toContain("GMI");
  });

  test.each([
    ["mg/dL", true],
    [undefined, false],
  ])("says that ranges are decided in mmol/L where the unit is another: %s", async (bgUnits, isSaid) => {
    const summary = { cgmStats: { ...sampleCgm, periods: { "14d": cgmPeriod(shares) } } };
    const [overview, page] = (await read({ summary }, { bgUnits })).pages;
    expect(page!.text.includes("250.4167 mg/dL is 13.9 mmol/L, high and not very high")).toBe(isSaid);
    for (const { text } of [overview!, page!]) {
      expect(text.includes("70 mg/dL is 3.886 mmol/L and low, 54 mg/dL is 2.997 mmol/L and very low")).toBe(isSaid);
    }
  });

  test("leaves out the rows of values that are absent", async () => {
    const { averageGlucoseMmol: _, ...rest } = cgmPeriod([0.004, 0.021, 0.684, 0.211, 0.08]);
    const { pages } = await read({ summary: { cgmStats: { ...sampleCgm, periods: { "14d": rest } } } });
    expect(pages[1]!.text).not.toContain("Average");
    expect(pages[1]!.text).toContain("Standard deviation");
  });
});

describe("the overview", () => {
  const overview = async (cgm: Period, options: Partial<ReportOptions> = {}) => {
    const { pages } = await read({ summary: { cgmStats: { ...sampleCgm, periods: { "14d": cgm } } } }, options);
    return pages[0]!;
  };
  const shares = [0.004, 0.021, 0.684, 0.211, 0.08] as const;

  test("states the reporting period in the clinic's zone, with the offset at both of its ends", async () => {
    expect((await overview(cgmPeriod(shares))).text).toContain(
      "2026-03-02 07:00 UTC-08:00 – 2026-03-16 08:00 UTC-07:00",
    );
  });

  test.each(["Mars/Olympus", undefined, ""])("is in UTC where the zone is %j", async (tzName) => {
    expect((await overview(cgmPeriod(shares), { tzName })).text).toContain(
      "2026-03-02 15:00 – 2026-03-16 15:00 UTC+00:00",
    );
  });

  test("gives average, GMI, variability and wear with their changes", async () => {
    const { texts } = await overview(cgmPeriod(shares));
    expect(texts).toEqual(expect.arrayContaining(["145", "6.9", "34", "98"]));
    expect(texts).toEqual(expect.arrayContaining(["−6 mg/dL", "−0.2 points", "+2 points", "no change", "+4 points"]));
  });

  test.each([
    ["mg/dL", [">250 mg/dL", "181–250 mg/dL", "70–180 mg/dL", "54–69 mg/dL", "<54 mg/dL"]],
    [undefined, [">13.9 mmol/L", "10.1–13.9 mmol/L", "3.9–10.0 mmol/L", "3.0–3.8 mmol/L", "<3.0 mmol/L"]],
  ])("names the ranges with percentages and limits: %s", async (bgUnits, limits) => {
    const { texts } = await overview(cgmPeriod(shares), { bgUnits });
    expect(texts).toEqual(expect.arrayContaining(["8%", "21%", "68%", "2%", "0.4%", ...limits]));
  });

  test("draws no bar, and no percentage, where one is absent", async () => {
    const { timeInLowPercent: _, ...rest } = cgmPeriod(shares);
    const { roles, texts } = await overview(rest);
    expect(roles).not.toContain("Figure");
    expect(texts).toContain("68%");
    expect(texts).not.toContain("54–69 mg/dL");
    expect(texts).not.toContain("0%");
  });

  test("draws no bar of shares that make no whole", async () => {
    expect((await overview(cgmPeriod([0.1, 0.1, 0.1, 0.1, 0.1]))).roles).not.toContain("Figure");
  });

  test("compares nothing that has no previous period", async () => {
    const period = Object.fromEntries(Object.entries(cgmPeriod(shares)).filter(([name]) => !name.endsWith("Delta")));
    expect((await overview(period)).text).not.toMatch(/change|points/);
  });

  test("has no sensor worn for more than all of the time, which readings of an overlap come to", async () => {
    const { texts } = await overview(cgmPeriod(shares, { timeCGMUsePercent: 1.0417, timeCGMUsePercentDelta: 0.05 }));
    const wear = texts.slice(texts.indexOf("CGM wear") + 1).filter((text) => text.trim() !== "");
    expect(wear.slice(0, 3)).toEqual(["100", "%", "+5 points"]);
  });

  test("compares no figures with a previous period that had no readings, whose Delta is the figure itself", async () => {
    const stats = (kind: "cgm" | "bgm") => {
      const readings = Array.from({ length: 40 }, (_, i) => ({
        time: Date.parse("2026-03-16T00:00:00Z") - i * 8 * 3_600_000,
        value: 5 + (i % 5),
        minutes: kind === "cgm" ? 5 : 0,
      }));
      return statsOf(kind, readings);
    };
    const { texts } = (await read({ summary: { cgmStats: stats("cgm"), bgmStats: stats("bgm") } })).pages[0]!;
    expect(texts).toEqual(expect.arrayContaining(["Variability (CV)", "Readings", "40", "Readings per day", "2.9"]));
    expect(texts.filter((text) => /change|point|^[+\u2212]/.test(text))).toEqual([]);
  });

  test.each(["cgm", "bgm"] as const)("compares no variability with that of a single reading: %s", async (kind) => {
    const readings = Array.from({ length: 41 }, (_, i) => ({
      time: Date.parse("2026-03-16T00:00:00Z") - i * 8 * 3_600_000 - (i === 40 ? 7 * 86_400_000 : 0),
      value: 5 + (i % 5),
      minutes: kind === "cgm" ? 5 : 0,
    }));
    const { texts } = (await read({ summary: { [`${kind}Stats`]: statsOf(kind, readings) } })).pages[0]!;
    expect(texts).toEqual(expect.arrayContaining(["Variability (CV)", "20", "+36 mg/dL"]));
    expect(texts).not.toContain("+20 points");
  });

  test("has CGM and BGM at one height, each in its half", async () => {
    const { boxes } = (await read()).pages[0]!;
    const [cgm, bgm] = ["CGM", "BGM"].map((text) => boxes.find((box) => box.text === text)!);
    expect(cgm!.baseline).toBe(bgm!.baseline);
    expect(bgm!.left).toBeGreaterThan(WIDTH / 2);
  });
});

describe("the sections", () => {
  test.each([
    [["all"], ["CGM", "BGM"]],
    [["basics"], ["CGM", "BGM"]],
    [["agpCGM"], ["CGM"]],
    [["agpBGM"], ["BGM"]],
    [
      ["agpBGM", "agpCGM"],
      ["CGM", "BGM"],
    ],
    [["daily", "agpBGM"], ["BGM"]],
  ] as const)("%j are about %j", async (reports, kinds) => {
    const { pages } = await read({}, { reports });
    expect(pages).toHaveLength(5);
    for (const page of pages) {
      expect(page.texts.filter((text) => text === "CGM" || text === "BGM").length > 0).toBe(true);
      const named = new Set(page.texts.filter((text) => text === "CGM" || text === "BGM"));
      expect(named).toEqual(new Set<string>(kinds));
    }
  });

  test.each([
    ["without a summary", undefined, ["all"]],
    ["of data that is not there", { cgmStats: sampleCgm }, ["agpBGM"]],
    ["that need data of devices, of a patient without data", undefined, ["daily", "bgLog", "settings"]],
    ["of which one has no data", { cgmStats: sampleCgm }, ["daily", "agpBGM"]],
    ["of data without dates", { cgmStats: { periods: sampleCgm.periods } }, ["all"]],
    ["of dates without data", { cgmStats: { dates: sampleCgm.dates } }, ["all"]],
    ["that are none", { cgmStats: sampleCgm }, []],
  ] as const)("%s: one page says so", async (_, summary, reports) => {
    const { pages } = await read({ summary }, { reports });
    expect(pages).toHaveLength(1);
    expect(pages[0]!.text).toContain(NO_DATA);
    expect(pages[0]!.text).toContain("Jill Jellyfish");
    expect(pages[0]!.text).toContain("Page 1 of 1");
  });

  test("that are not drawn yet, though there is data: one page says so", async () => {
    const { pages } = await read({ summary: { cgmStats: sampleCgm } }, { reports: ["settings"] });
    expect(pages).toHaveLength(1);
    expect(pages[0]!.text).toContain("These sections are not available yet: device settings.");
    expect(pages[0]!.text).not.toContain(NO_DATA);
  });

  test("of devices that have sent nothing: one page says so", async () => {
    const { pages } = await read({ summary: { cgmStats: sampleCgm } }, { reports: ["daily", "bgLog", "settings"] });
    expect(pages).toHaveLength(1);
    expect(pages[0]!.text).toContain(NO_DATA);
  });

  test("that are not drawn yet beside others are named on the overview", async () => {
    const { pages } = await read({}, { reports: ["settings", "agpBGM"] });
    expect(pages[0]!.text).toContain("Not available yet: device settings.");
    expect((await read()).pages[0]!.text).not.toContain("Not available");
  });

  test("have pages for the periods that there are", async () => {
    const { "7d": week, "30d": month } = sampleBgm.periods;
    const summary = { bgmStats: { ...sampleBgm, periods: { "30d": month, "7d": week, "90d": month } } };
    expect(titles(await read({ summary }))).toEqual(["overview", "Last 7 days", "Last 30 days"]);
  });
});

describe("a name", () => {
  test.each([
    ["Latin", "Griffith Office Äffle"],
    ["decomposed accents", "E\u0301lodie A\u030angstro\u0308m", "Élodie Ångström"],
    ["accents without a composed form", "X\u0302ena"],
    ["Vietnamese", "Nguyễn Thị Hương Ứng"],
    ["Greek", "Ελευθερία Ωνάση"],
    ["Cyrillic", "Ёлка Щукина Йосип"],
    ["Turkish", "İpek Işık ı"],
    ["Hebrew", "דוד בן־גוריון"],
    ["Arabic", "محمد كريم"],
    ["ligature letters", "ﬁ ffi office"],
    ["letters that the font lacks", "李小龙 Lee", "\ufffd\ufffd\ufffd Lee"],
    ["an emoji of several characters", "A 👩‍👧 B", "A \ufffd\ufffd B"],
    ["what is invisible", "Ji\u00adl\u200bl\u0007 \u202eJ", "Jill J"],
    ["several blanks", "  Jill \u00a0\n J  ", "Jill J"],
    ["a broken character", "Jill \ud800", "Jill \ufffd"],
    ["nothing", " ", "Name not recorded"],
  ])("is extracted as written: %s", async (_, name, expected = name) => {
    const { pages } = await read({ patient: samplePatient(name) });
    // pdf.js separates what its normal form separates.
    for (const { texts } of pages)
      expect(texts.map((text) => text.normalize("NFKC"))).toContain(expected.normalize("NFKC"));
  });

  test.each([
    ["of many words", "Maximiliana Wolfeschlegelstein ".repeat(8).trim()],
    ["of one word", "W".repeat(256)],
    ["with a mark on each letter", "x\u0302".repeat(128)],
    ["in Hebrew", "אברהם ".repeat(42).trim()],
  ])("that is long is whole, and within the margins: %s", async (_, name) => {
    const patient = { fullName: name, birthDate: "1987-02-03", mrn: "W".repeat(64) };
    const { pages } = await read({ patient, clinicName: "W".repeat(256) });
    expect(pages).toHaveLength(5);
    for (const { text, boxes } of pages) {
      expect(close(text)).toContain(close(name));
      expect(close(text)).toContain("W".repeat(256));
      expectWithinMargins(boxes);
    }
  });

  test("keeps its digits in order beside letters from right to left", async () => {
    const patient = { ...samplePatient("דוד"), mrn: "אב 123-45" };
    const { text } = (await read({ patient })).pages[0]!;
    expect(text).toContain("123-45");
    expect(text).toContain("אב");
  });
});

function expectWithinMargins(boxes: ReadPdf["pages"][number]["boxes"]): void {
  for (const box of boxes) {
    expect(box.left).toBeGreaterThanOrEqual(MARGIN - 0.1);
    expect(box.right).toBeLessThanOrEqual(WIDTH - MARGIN + 0.1);
    expect(box.baseline).toBeLessThanOrEqual(HEIGHT - MARGIN);
  }
}

describe("any content", () => {
  const letter = fc.oneof(
    fc.constantFrom(..."aWß é1 ( ) - \u0301\u200d\u200c\u202e\u00ad\ufe0f\t\0אجकあ한😀🏳️\ud800\ufdfa\u0600"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  );
  const name = fc.string({ unit: letter, maxLength: 120 });
  const number = fc.oneof(
    fc.constantFrom(0, -0, 1, 0.5, 1e-9, 1e21, -1e300, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 0.125),
    fc.constantFrom(-99.9995, 99.9995, -999.9995, -9999.95, 9999.95, -999_999.5, 999_999.5),
    fc.double({ min: 0, max: 1 }),
    fc.double(),
  );
  const period = fc
    .tuple(fc.constantFrom(cgmPeriod, bgmPeriod), fc.array(number, { minLength: 45, maxLength: 45 }), fc.integer())
    .map(([of, numbers, mask]) =>
      Object.fromEntries(
        Object.keys(of([0, 0, 1, 0, 0])).flatMap((key, i) => ((mask >> (i % 31)) & 1 ? [[key, numbers[i]!]] : [])),
      ),
    );
  const instant = fc.constantFrom(
    "2026-03-16T15:00:00Z",
    "0001-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "x",
  );
  const stats = fc.option(
    fc.record({
      dates: instant.map((at) => ({ ...sampleCgm.dates, lastUpdatedDate: at, lastData: at, firstData: at })),
      periods: fc.dictionary(fc.constantFrom("1d", "7d", "14d", "30d", "90d", "constructor"), period),
    }),
    { nil: undefined },
  );

  test("is drawn, within the margins, on pages that name their number", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.option(name, { nil: undefined }),
        name,
        stats,
        stats,
        fc.constantFrom(undefined, "UTC", "Asia/Kathmandu", "x"),
        fc.boolean(),
        async (fullName, mrn, clinicName, cgmStats, bgmStats, tzName, icode) => {
          const content = {
            patient: { fullName, birthDate: undefined, mrn },
            clinicName,
            summary: { cgmStats, bgmStats },
          };
          const options = { tzName, icode, startDate: undefined, endDate: undefined };
          const { pages } = await read(content, options);
          for (const [i, { text, boxes }] of pages.entries()) {
            expect(text).toContain(`Page ${i + 1} of ${pages.length}`);
            expectWithinMargins(boxes);
          }
        },
      ),
      { numRuns: cases(500, 40) },
    );
  });

  test("has the letters of a name, as many as there are", { timeout: 300_000 }, async () => {
    // Of scripts that are read from left to right and that the font has.
    const known = fc.stringMatching(/^[A-Za-zÀ-ÖØ-öø-ÿĀ-žΑ-ΡΣ-ώА-яẠ-ỹ0-9'’.,-]{1,40}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(known, { minLength: 1, maxLength: 6 }), async (words) => {
        const fullName = words.join(" ");
        const { pages } = await read({ patient: samplePatient(fullName), summary: undefined });
        expect(close(pages[0]!.text).normalize("NFKC")).toContain(close(fullName).normalize("NFKC"));
      }),
      { numRuns: cases(500, 40) },
    );
  });
});

test("a reporting period of more than 90 days is refused", () => {
  const day = 86_400_000;
  expect(refusalOfPeriod({ startDate: 0, endDate: 90 * day })).toBeUndefined();
  expect(refusalOfPeriod({ startDate: 0, endDate: 90 * day + 1 })).toBe("report duration maximum of 90 days exceeded");
  expect(refusalOfPeriod({ startDate: 0 })).toBeUndefined();
});
