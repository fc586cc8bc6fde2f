import { describe, expect, test, vi } from "vitest";
import { BASE, byMetric, EXAMPLE, givenRosa, GUIDE, HOST, type Rosa, statistics } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { auditRows, rows } from "../../../../test/harness.ts";

const read = async ({ clinic, id }: Rosa, query = "") =>
  clinic.member.get(`${BASE}/Patient/${id}/$cgm-summary${query}`);
const quantity = (unit: string, value: number, code = unit) => ({
  value,
  unit,
  system: "http://unitsofmeasure.org",
  code,
});

/** The numbers as they are written, by metric. */
const written = (text: string) => [...text.matchAll(/"value":(-?[\d.]+),"unit"/g)].map((match) => match[1]);

describe("a whole summary", () => {
  test("is the patient, the panel and its members, each of its profile, in one round trip", async () => {
    const rosa = await givenRosa();
    const { id } = rosa;
    const answer = await read(rosa);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.headers.get("content-type")).toBe("application/fhir+json; charset=utf-8");
    expectToBeFhir(answer.body);
    const { type, timestamp, entry, ...rest } = answer.body;
    expect([type, rest]).toEqual(["collection", { resourceType: "Bundle" }]);
    expect(timestamp).toMatch(/Z$/);
    const metrics = ["sum", "avg", "tir", "gmi", "cv", "day", "use"];
    expect(entry.map(({ fullUrl }: any) => fullUrl)).toEqual([
      `${HOST}${BASE}/Patient/${id}`,
      ...metrics.map((metric) => `${HOST}${BASE}/Observation/${id}.c14${metric}`),
    ]);
    const it = byMetric(answer.body);
    expect(it.c14sum.hasMember).toEqual(metrics.slice(1).map((m) => ({ reference: `Observation/${id}.c14${m}` })));
    expect(it.c14sum.meta.profile).toEqual([`${GUIDE}cgm-summary`]);
    expect(it.c14avg.valueQuantity).toEqual(quantity("mg/dl", 146.6, "mg/dL"));
    expect(it.c14gmi).toEqual({
      resourceType: "Observation",
      id: `${id}.c14gmi`,
      meta: {
        versionId: expect.stringMatching(/^[0-9a-f]{16}$/),
        lastUpdated: expect.stringMatching(/Z$/),
        profile: [`${GUIDE}cgm-summary-gmi`],
      },
      status: "final",
      category: [
        {
          coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }],
        },
      ],
      code: { coding: [{ system: "http://loinc.org", code: "97506-0" }] },
      subject: { reference: `Patient/${id}` },
      effectivePeriod: { start: "2024-03-17", end: "2024-03-30" },
      issued: "2024-03-31T00:04:12.310Z",
      valueQuantity: quantity("%", 6.8),
    });
    expect(it.c14day.valueQuantity).toEqual(quantity("days", 14, "d"));
    expect(written(answer.text)).toEqual([
      "146.6",
      "5.00",
      "10.00",
      "55.00",
      "15.00",
      "15.00",
      "6.8",
      "44.10",
      "14",
      "83.33",
    ]);
    const requestId = answer.headers.get("x-request-id")!;
    const expected = {
      operation: "FhirCgmSummary",
      outcome: "read",
      clinic_id: rosa.clinic.clinicId,
      patient_id: rosa.userId,
    };
    await vi.waitFor(async () => expect(await auditRows({ request_id: requestId })).toMatchObject([expected]), {
      timeout: 10_000,
    });
  });

  test("of 30 days", async () => {
    const { text } = await read(await givenRosa(), "?period=30d");
    expect(written(text)).toEqual(["153.6", "2.11", "6.63", "64.16", "13.55", "13.55", "7.0", "40.94", "30", "92.22"]);
  });

  test("in a clinic that uses mmol/L has the other mean", async () => {
    const answer = await read(await givenRosa({ preferredBgUnits: "mmol/L" }));
    const mean = byMetric(answer.body).c14avg;
    expect(mean.code.coding[0].code).toBe("105273-7");
    expect(mean.valueQuantity).toEqual(quantity("mmol/l", 8.14, "mmol/L"));
    expectToBeFhir(answer.body);
  });
});

describe("what is not there is left out", () => {
  test("GMI of 7 days: the panel claims nothing, and an outcome says why", async () => {
    const answer = await read(await givenRosa(), "?period=7d");
    expectToBeFhir(answer.body);
    const it = byMetric(answer.body);
    expect(Object.keys(it)).toEqual([
      "Patient",
      "c7sum",
      "c7avg",
      "c7tir",
      "c7cv",
      "c7day",
      "c7use",
      "OperationOutcome",
    ]);
    expect(it.c7sum.meta.profile).toBeUndefined();
    expect(it.c7sum.hasMember).toHaveLength(5);
    expect(it.OperationOutcome.issue).toEqual([
      {
        severity: "information",
        code: "informational",
        details: { text: "left out: GMI: the sensor was not active above 70 %" },
      },
    ]);
    expect(written(answer.text)).toEqual(["155.4", "6.25", "12.50", "43.75", "18.75", "18.75", "44.22", "7", "66.67"]);
    expect(it.c7sum.effectivePeriod).toEqual({ start: "2024-03-24", end: "2024-03-30" });
  });

  test("of one day neither ranges nor GMI", async () => {
    const answer = await read(await givenRosa(), "?period=1d");
    expectToBeFhir(answer.body);
    expect(written(answer.text)).toEqual(["155.4", "44.22", "1", "66.67"]);
  });

  test.each([
    ["no records", { "14d": statistics(8, 0.4, 1, 0.9, { records: 0 }) }, undefined],
    ["another period", { "7d": EXAMPLE["14d"]! }, undefined],
    ["no last data", { "14d": EXAMPLE["14d"]! }, { lastUpdatedDate: "2024-03-31T00:04:12Z" }],
  ])("with %s only the patient", async (_, periods, dates) => {
    const answer = await read(await givenRosa({}, periods, dates));
    expectToBeFhir(answer.body);
    expect(Object.keys(byMetric(answer.body))).toEqual(["Patient", "OperationOutcome"]);
  });

  test("one range of five takes the others along", async () => {
    const { timeInLowPercent: _, ...rest } = EXAMPLE["14d"]!;
    const answer = await read(await givenRosa({}, { "14d": rest }));
    expectToBeFhir(answer.body);
    expect(byMetric(answer.body).c14tir).toBeUndefined();
  });
});

test("a number is rounded as it is written, and what is above the whole is the whole", async () => {
  const it = { ...statistics(8.135, 0.00005, 14, 1.02, { gmi: 7, ranges: [0.07, 0.57, 0, 1, 0.12345] }) };
  const { text } = await read(await givenRosa({ preferredBgUnits: "mmol/L" }, { "14d": it }));
  expect(written(text)).toEqual(["8.14", "7.00", "57.00", "0.00", "100.00", "12.35", "7.0", "0.01", "14", "100.00"]);
});

test("a number that is no statistic is left out", async () => {
  const answer = await read(await givenRosa({}, { "14d": { ...EXAMPLE["14d"], averageGlucoseMmol: 1e308 } }));
  expect(answer.status).toBe(200);
  expect(byMetric(answer.body).c14avg).toBeUndefined();
  expectToBeFhir(answer.body);
});

describe("the days", () => {
  const END = "2024-03-30T23:55:00Z";
  test.each([
    ["UTC", "14d", END, "2024-03-17", "2024-03-30"],
    [undefined, "7d", END, "2024-03-24", "2024-03-30"],
    ["UTC", "30d", END, "2024-03-01", "2024-03-30"],
    ["UTC", "1d", END, "2024-03-30", "2024-03-30"],
    ["US/Pacific", "14d", END, "2024-03-16", "2024-03-30"],
    ["Pacific/Auckland", "14d", END, "2024-03-17", "2024-03-31"],
    ["UTC", "1d", "2024-03-30T23:59:59Z", "2024-03-30", "2024-03-30"],
    ["UTC", "1d", "2024-03-31T00:00:00Z", "2024-03-30", "2024-03-31"],
    // The clocks of California went forward on 10 March and back on 3 November.
    ["US/Pacific", "1d", "2024-03-11T06:30:00Z", "2024-03-09", "2024-03-10"],
    ["US/Pacific", "1d", "2024-11-04T07:30:00Z", "2024-11-03", "2024-11-03"],
  ])("in %s of %s that end %s are %s to %s", async (timezone, period, lastData, start, end) => {
    const rosa = await givenRosa(timezone === undefined ? {} : { timezone }, EXAMPLE, { lastData });
    const answer = await read(rosa, `?period=${period}`);
    expect(answer.body.entry[1].resource.effectivePeriod).toEqual({ start, end });
    expect(answer.body.entry[1].resource.issued).toBeUndefined();
  });

  test.each([
    ["UTC", "0001-01-01T00:00:00Z"],
    ["UTC", "0000-01-01T00:00:00Z"],
    ["Pacific/Kiritimati", "9999-12-31T12:00:00Z"],
  ])("in %s are none for data that end %s, a time of no date in FHIR or of none at all", async (timezone, lastData) => {
    const rosa = await givenRosa({ timezone }, EXAMPLE, { lastData, lastUpdatedDate: lastData });
    const { body } = await read(rosa);
    expectToBeFhir(body);
    expect(byMetric(body).OperationOutcome.issue[0].details.text).toBe("left out: there are no data");
    expect(body.entry).toHaveLength(2);
    const { member } = rosa.clinic;
    expect((await member.get(`${BASE}/Observation?patient=${rosa.id}`)).body.total).toBe(0);
    expect((await member.get(`${BASE}/Observation/${rosa.id}.c14avg`)).status).toBe(404);
  });

  test.each(["0001-01-01T00:00:00Z", "0000-06-01T00:00:00Z"])("say nothing of a calculation at %s", async (at) => {
    const rosa = await givenRosa({}, EXAMPLE, { lastData: END, lastUpdatedDate: at });
    const { body } = await read(rosa);
    expectToBeFhir(body);
    expect(byMetric(body).c14avg.issued).toBeUndefined();
  });
});

describe("a submission", () => {
  test("is what the guide has sent to an EHR", async () => {
    const rosa = await givenRosa();
    const { body } = await read(rosa, "?form=submission&subject=Patient/ehr-4711");
    expectToBeFhir(body);
    expect([body.type, body.entry.length]).toEqual(["transaction", 7]);
    const system = `${HOST}${BASE}/Observation`;
    for (const { fullUrl, resource, request } of body.entry) {
      expect(fullUrl).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
      expect([resource.id, Object.keys(resource.meta), resource.subject]).toEqual([
        undefined,
        ["profile"],
        { reference: "Patient/ehr-4711" },
      ]);
      const [identifier] = resource.identifier;
      expect(identifier.system).toBe(system);
      expect(request).toEqual({
        method: "POST",
        url: "Observation",
        ifNoneExist: `identifier=${system}|${identifier.value}`,
      });
    }
    expect(body.entry[3].resource.identifier[0].value).toBe(`${rosa.id}.c14gmi.20240330`);
    expect(body.entry[0].resource.hasMember.map((it: any) => it.reference)).toEqual(
      body.entry.slice(1).map((it: any) => it.fullUrl),
    );
  });

  test("has no panel that lacks a member: the profile of the bundle would refuse it", async () => {
    const { body } = await read(await givenRosa(), "?form=submission&subject=Patient/1&period=7d");
    expectToBeFhir(body);
    expect(body.entry.map(({ resource }: any) => resource.code.coding[0].code)).toEqual([
      "97507-8",
      "106793-3",
      "104638-2",
      "104636-6",
      "104637-4",
    ]);
  });

  test("of nothing: 422", async () => {
    const answer = await read(await givenRosa({}, {}), "?form=submission&subject=Patient/1");
    expect([answer.status, answer.body.issue[0].code]).toEqual([422, "business-rule"]);
  });
});

test.each([
  ["?period=2d", "value"],
  ["?period=7d&period=7d", "value"],
  ["?form=other", "value"],
  ["?form=submission", "required"],
  ["?subject=Patient/1", "required"],
  ["?form=submission&subject=Group/1", "value"],
])("%s: 400 %s", async (query, code) => {
  const answer = await read(await givenRosa(), query);
  expect([answer.status, answer.body.issue[0].code]).toEqual([400, code]);
});

test("a deleted record: 410 to a member, 403 to a stranger; one that never was: 404", async () => {
  const rosa = await givenRosa();
  const { clinic, id, userId } = rosa;
  await clinic.admin.delete(`${clinic.path}/patients/${userId}`);
  expect(await rows("SELECT 1 FROM deleted_patients WHERE user_id = ?", userId)).toHaveLength(1);
  const gone = await read(rosa);
  expect([gone.status, gone.body.issue[0].code]).toEqual([410, "deleted"]);
  expect((await clinic.outsider.get(`${BASE}/Patient/${id}`)).status).toBe(403);
  const never = await clinic.member.get(`${BASE}/Patient/${clinic.clinicId}.0123456789/$cgm-summary`);
  expect([never.status, never.body.issue[0].code]).toEqual([404, "not-found"]);
});
