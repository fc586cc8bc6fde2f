import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  send,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { type Carried, givenPatients } from "../../../../test/patient-rows.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { givenSummary, statsWith } from "../../../../test/summaries.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-20T12:00:00Z");
const CUTOFF = NOW - 24 * HOUR;
const iso = (at: number) => new Date(at).toISOString();

let clinic: GivenClinic;
let tag: { id: string };
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  clinic = await givenClinic();
  tag = await givenTag(clinic);
});
afterEach(() => {
  vi.useRealTimers();
});

/** Within every target, each at its bound. */
const WELL = {
  timeInVeryLowPercent: 0.01,
  timeInAnyLowPercent: 0.04,
  timeInExtremeHighPercent: 0,
  timeInVeryHighPercent: 0.05,
  timeInAnyHighPercent: 0.25,
  timeInTargetPercent: 0.7,
  timeInTargetPercentDelta: -0.15,
  timeCGMUsePercent: 0.7,
};

interface Case extends Carried {
  values?: Record<string, number>;
  lastData?: number | null;
  period?: string;
}

/** Patients with the tag, whose last data came an hour ago unless told otherwise. */
async function given(...cases: Case[]): Promise<string[]> {
  const ids = await givenPatients(clinic, ...cases.map((it) => ({ tags: [tag.id], ...it })));
  for (const [i, { values = WELL, lastData = NOW - HOUR, period = "14d" }] of cases.entries()) {
    const dates: Record<string, string | boolean> =
      lastData === null ? {} : { lastData: iso(lastData), hasLastData: true };
    await givenSummary(clinic.clinicId, ids[i]!, { cgmStats: await statsWith("cgm", values, { period, dates }) });
  }
  return ids;
}

const report = (query: Record<string, string | undefined> = {}, caller: Caller = clinic.member) => {
  const parameters = { period: "14d", tags: tag.id, lastDataCutoff: iso(CUTOFF), ...query };
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return caller.get(`${clinic.path}/tide_report?${new URLSearchParams(given).toString()}`);
};
const lists = async (query?: Record<string, string | undefined>): Promise<Record<string, string[]>> => {
  const { status, body } = await report(query);
  expect(status).toBe(200);
  return Object.fromEntries(
    Object.entries(body.results as Record<string, any[]>).map(([name, list]) => [
      name,
      list.map((it) => it.patient.id),
    ]),
  );
};
/** Where the patients stand, by list; lists without anybody left out. */
const placement = async (query?: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(await lists(query)).filter(([, ids]) => ids.length > 0));

const DEFAULTS = [
  "timeInVeryLowPercent",
  "timeInAnyLowPercent",
  "timeInVeryHighPercent",
  "timeInAnyHighPercent",
  "dropInTimeInTargetPercent",
  "timeCGMUsePercent",
  "meetingTargets",
];
const ALL = [...DEFAULTS, "timeInExtremeHighPercent", "timeInTargetPercent"].join(",");

describe("TideReport", () => {
  test("200 shows configuration and patients, in two round trips", async () => {
    const site = await givenSite(clinic);
    const other = await givenTag(clinic);
    const { id, email, fullName } = await givenPatient(clinic, {
      email: `rosa.${clinic.clinicId}@example.org`,
      tags: [other.id, tag.id],
      sites: [site],
      dataSources: [{ providerName: "dexcom", state: "connected" }],
    });
    const reviews = [{ clinicianId: "aaaaaaaaaa", time: "2026-03-01T09:30:00.000Z" }];
    await rows("UPDATE patients SET reviews = ? WHERE user_id = ?", JSON.stringify(reviews), id);
    const values = {
      ...WELL,
      timeInVeryLowPercent: 0.02,
      timeInLowPercent: 0.04,
      timeInHighPercent: 0.1,
      averageGlucoseMmol: 7.1,
      glucoseManagementIndicator: 6.4,
      timeCGMUseMinutes: 18144,
    };
    const lastData = NOW - 2 * HOUR;
    await givenSummary(clinic.clinicId, id, {
      cgmStats: await statsWith("cgm", { ...values, totalRecords: 5 }, { dates: { lastData: iso(lastData) } }),
    });
    const answer = await report();
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body).toEqual({
      config: {
        schemaVersion: 2,
        clinicId: clinic.clinicId,
        period: "14d",
        lastDataCutoff: iso(CUTOFF),
        tags: [tag.id],
        veryLowGlucoseThreshold: 3,
        lowGlucoseThreshold: 3.9,
        highGlucoseThreshold: 10,
        veryHighGlucoseThreshold: 13.9,
        extremeHighGlucoseThreshold: 19.4,
        filters: {
          timeInVeryLowPercent: ">0.01",
          timeInAnyLowPercent: ">0.04",
          dropInTimeInTargetPercent: "<-0.15",
          timeInTargetPercent: "<0.7",
          timeCGMUsePercent: "<0.7",
        },
      },
      results: {
        ...Object.fromEntries(DEFAULTS.map((name) => [name, []])),
        noData: [],
        timeInVeryLowPercent: [
          {
            ...values,
            lastData: iso(lastData),
            patient: {
              id,
              fullName,
              email,
              tags: [other.id, tag.id],
              reviews,
              dataSources: [{ providerName: "dexcom", state: "connected" }],
            },
          },
        ],
      },
    });
  });

  test("200 as the specification's worked example", async () => {
    const example = (
      veryLow: number,
      anyLow: number,
      veryHigh: number,
      anyHigh: number,
      change: number,
      use: number,
      target: number,
    ) => ({
      values: {
        timeInVeryLowPercent: veryLow,
        timeInAnyLowPercent: anyLow,
        timeInVeryHighPercent: veryHigh,
        timeInAnyHighPercent: anyHigh,
        timeInTargetPercentDelta: change,
        timeCGMUsePercent: use,
        timeInTargetPercent: target,
      },
    });
    const [a, b, c, d, e, f, _g, _h] = await given(
      example(0.02, 0.06, 0, 0.1, 0, 0.9, 0.84),
      example(0.01, 0.05, 0, 0.1, 0, 0.9, 0.85),
      example(0, 0.01, 0.09, 0.4, -0.2, 0.9, 0.59),
      example(0, 0.01, 0.02, 0.2, -0.16, 0.6, 0.79),
      example(0, 0.01, 0.02, 0.2, -0.15, 0.6, 0.79),
      example(0, 0.01, 0.02, 0.2, 0, 0.9, 0.79),
      example(0, 0.01, 0.02, 0.2, 0, 0.9, 0.65),
      { values: {}, period: "7d" },
    );
    expect(await lists()).toEqual({
      timeInVeryLowPercent: [a],
      timeInAnyLowPercent: [b],
      timeInVeryHighPercent: [c],
      timeInAnyHighPercent: [],
      dropInTimeInTargetPercent: [d],
      timeCGMUsePercent: [e],
      meetingTargets: [f],
      noData: [],
    });
    expect(await lists({ categories: "timeInAnyHighPercent,meetingTargets" })).toEqual({
      timeInAnyHighPercent: [c],
      meetingTargets: [f],
      noData: [],
    });
  });

  const EPSILON = 1e-15;
  test.each<[category: string, statistic: string, bound: number, member: number, isOn: boolean]>([
    ["timeInVeryLowPercent", "timeInVeryLowPercent", 0.01, 0.01 + EPSILON, false],
    ["timeInAnyLowPercent", "timeInAnyLowPercent", 0.04, 0.04 + EPSILON, false],
    ["timeInExtremeHighPercent", "timeInExtremeHighPercent", 0.01, 0.01 + EPSILON, true],
    ["timeInVeryHighPercent", "timeInVeryHighPercent", 0.05, 0.05 + EPSILON, false],
    ["timeInAnyHighPercent", "timeInAnyHighPercent", 0.25, 0.25 + EPSILON, false],
    ["dropInTimeInTargetPercent", "timeInTargetPercentDelta", -0.15, -0.15 - EPSILON, false],
    ["timeInTargetPercent", "timeInTargetPercent", 0.7, 0.7 - EPSILON, false],
    ["timeCGMUsePercent", "timeCGMUsePercent", 0.7, 0.7 - EPSILON, false],
  ])(
    "200 places by %s where %s is beyond %d, and on it only where the rule says so",
    async (category, statistic, bound, member, isOn) => {
      const { [statistic]: _, ...missing } = WELL as Record<string, number>;
      const opposite = bound + (bound - member);
      const [beyond, on, short, without] = await given(
        { values: { ...WELL, [statistic]: member } },
        { values: { ...WELL, [statistic]: bound } },
        { values: { ...WELL, [statistic]: opposite } },
        { values: missing },
      );
      const listed = (await lists({ categories: category }))[category]!;
      expect(listed).toEqual(isOn ? [beyond, on] : [beyond]);
      const meeting = (await lists({ categories: "meetingTargets" })).meetingTargets!;
      expect(meeting.includes(beyond!)).toBe(category === "dropInTimeInTargetPercent");
      expect(meeting).toContain(short);
      // A missing value bars nobody, but without the two that are asked for nobody meets targets.
      const isAsked = statistic === "timeInTargetPercent" || statistic === "timeCGMUsePercent";
      expect(meeting.includes(without!)).toBe(!isAsked);
      expect(meeting.includes(on!)).toBe(!isOn);
    },
  );

  test("200 orders each list by its own statistic, equal ones by creation", async () => {
    const at = (name: string, ...values: number[]) => values.map((value) => ({ values: { ...WELL, [name]: value } }));
    const low = await given(...at("timeInVeryLowPercent", 0.02, 0.03, 0.02));
    const drop = await given(...at("timeInTargetPercentDelta", -0.2, -0.3, -0.2));
    const use = await given(...at("timeCGMUsePercent", 0.6, 0.5, 0.6));
    const meeting = await given(...at("timeInTargetPercent", 0.8, 0.9, 0.8));
    const below = await given(...at("timeInTargetPercent", 0.6, 0.5, 0.6));
    const [first, second, third] = [1, 0, 2];
    const sorted = (ids: string[]) => [ids[first], ids[second], ids[third]];
    expect(await placement({ categories: ALL })).toEqual({
      timeInVeryLowPercent: sorted(low),
      dropInTimeInTargetPercent: sorted(drop),
      timeCGMUsePercent: sorted(use),
      meetingTargets: sorted(meeting),
      timeInTargetPercent: sorted(below),
    });
  });

  test("200 puts a patient into the first asked category only, repeated ones counted once", async () => {
    const [id] = await given({ values: { ...WELL, timeInVeryLowPercent: 0.5, timeInAnyLowPercent: 0.5 } });
    expect(await placement({ categories: "timeInAnyLowPercent,timeInVeryLowPercent" })).toEqual({
      timeInAnyLowPercent: [id],
    });
    expect(await lists({ categories: "timeInVeryLowPercent,timeInAnyLowPercent,timeInVeryLowPercent" })).toEqual({
      timeInVeryLowPercent: [id],
      timeInAnyLowPercent: [],
      noData: [],
    });
  });

  /** So many patients at once, all in the named state; written as rows. */
  async function crowd(count: number, statistic: string, value: number): Promise<string[]> {
    const ids = await givenPatients(clinic, ...Array.from({ length: count }, () => ({ tags: [tag.id] })));
    const column = statistic === "timeInVeryLowPercent" ? "time_in_very_low_percent" : "time_in_any_low_percent";
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO cgm_periods (patient_key, period, flags, ${column}) SELECT p.key, '14d', 0, ?
         FROM json_each(?) AS e CROSS JOIN patients AS p ON p.user_id = e.value`,
      ).bind(value, JSON.stringify(ids)),
      env.DB.prepare(
        "UPDATE patients SET cgm_summary_id = 'a', cgm_last_data_at = ? WHERE user_id IN (SELECT value FROM json_each(?))",
      ).bind(NOW - HOUR, JSON.stringify(ids)),
    ]);
    return ids;
  }

  test.each([
    [99, 1, ["timeInAnyLowPercent", "timeInVeryLowPercent", "noData"]],
    [100, 1, ["timeInVeryLowPercent", "noData"]],
    [101, 1, ["timeInVeryLowPercent", "noData"]],
    [60, 60, ["timeInAnyLowPercent", "timeInVeryLowPercent", "noData"]],
  ])("200 ends after the hundredth patient: %d and %d", async (veryLow, anyLow, names) => {
    const first = await crowd(veryLow, "timeInVeryLowPercent", 0.02);
    const second = await crowd(anyLow, "timeInAnyLowPercent", 0.05);
    const found = await lists({ categories: "timeInVeryLowPercent,timeInAnyLowPercent,meetingTargets" });
    const isOpen = veryLow + anyLow < 100;
    expect(Object.keys(found).toSorted()).toEqual([...names, ...(isOpen ? ["meetingTargets"] : [])].toSorted());
    expect(found.timeInVeryLowPercent).toEqual(first.slice(0, 100));
    if (found.timeInAnyLowPercent) expect(found.timeInAnyLowPercent).toEqual(second.slice(0, 100 - veryLow));
  });

  test("200 takes patients whose last data is exactly at the cutoff, none before it, none without", async () => {
    const [at] = await given({ lastData: CUTOFF }, { lastData: CUTOFF - 1 }, { lastData: null });
    expect((await lists()).meetingTargets).toEqual([at]);
    expect((await lists({ lastDataCutoff: iso(NOW + HOUR) })).meetingTargets).toEqual([]);
  });

  test("200 looks at the asked period only", async () => {
    const [id] = await given({ period: "7d" });
    expect(await placement({ period: "7d" })).toEqual({ meetingTargets: [id] });
    expect(await placement({ period: "30d" })).toEqual({});
  });

  test("200 takes patients with all of the tags, at any of the sites", async () => {
    const other = await givenTag(clinic);
    const sites = [await givenSite(clinic), await givenSite(clinic), await givenSite(clinic)];
    const [one, both] = await given(
      { sites: [sites[0]!.id] },
      { tags: [tag.id, other.id], sites: [sites[1]!.id, sites[2]!.id] },
    );
    const tags = (...ids: string[]) => placement({ tags: ids.join(",") });
    expect(await tags(tag.id)).toEqual({ meetingTargets: [one, both] });
    expect(await tags(other.id, tag.id, other.id)).toEqual({ meetingTargets: [both] });
    expect(await tags(tag.id, UNKNOWN_ID)).toEqual({});
    const at = (...ids: string[]) => placement({ sites: ids.join(",") });
    expect(await at(sites[0]!.id, UNKNOWN_ID)).toEqual({ meetingTargets: [one] });
    expect(await at(sites[2]!.id, sites[0]!.id)).toEqual({ meetingTargets: [one, both] });
    expect(await at(UNKNOWN_ID)).toEqual({});
  });

  test.each([
    ["2026-03-01T00:00:00-08:00", "2026-03-01T00:00:00-08:00"],
    ["2026-03-01t13:45:00.5+05:45", "2026-03-01T13:45:00.5+05:45"],
    ["2026-03-01T08:00:00z", "2026-03-01T08:00:00Z"],
  ])("200 shows the cutoff as it was asked for, with its offset: %s", async (asked, shown) => {
    const { status, body } = await report({ lastDataCutoff: asked });
    expect([status, body.config.lastDataCutoff]).toEqual([200, shown]);
  });

  test("200 shows the asked tags in their order, repeated ones once", async () => {
    const { body } = await report({ tags: [UNKNOWN_ID, tag.id, UNKNOWN_ID].join(",") });
    expect(body.config.tags).toEqual([UNKNOWN_ID, tag.id]);
  });

  const lost = { providerName: "dexcom", state: "disconnected" };
  const connected = { providerName: "dexcom", state: "connected" };
  const elsewhere = { providerName: "twiist", state: "error" };
  const FIVE = [connected, connected, elsewhere, connected, connected];
  test.each<[string, Case, isListed: boolean]>([
    ["without any data", { lastData: null }, true],
    ["with data before the cutoff", { lastData: CUTOFF - 1 }, true],
    ["with data at the cutoff", { lastData: CUTOFF }, false],
    ["with data at the cutoff and a lost connection", { lastData: CUTOFF, dataSources: [lost] }, true],
    [
      "with data more than 8 hours old and a lost connection",
      { lastData: NOW - 8 * HOUR - 1, dataSources: [lost] },
      true,
    ],
    ["with data exactly 8 hours old and a lost connection", { lastData: NOW - 8 * HOUR, dataSources: [lost] }, false],
    ["with old data and a connection", { lastData: NOW - 9 * HOUR, dataSources: [connected] }, false],
    [
      "with old data and another provider's lost connection",
      { lastData: NOW - 9 * HOUR, dataSources: [elsewhere] },
      false,
    ],
    [
      "with one lost of several connections",
      { lastData: NOW - 9 * HOUR, dataSources: [elsewhere, connected, lost] },
      true,
    ],
    ["with a lost connection after five others", { lastData: NOW - 9 * HOUR, dataSources: [...FIVE, lost] }, true],
    ["with six connections", { lastData: NOW - 9 * HOUR, dataSources: [...FIVE, connected] }, false],
  ])("200 on noData, somebody %s: %#", async (_, it, isListed) => {
    const ids = await given(it);
    expect((await lists()).noData).toEqual(isListed ? ids : []);
    expect(await lists({ excludeNoData: "true" })).not.toHaveProperty("noData");
  });

  test("200 on noData needs old data even where the cutoff lies later", async () => {
    const [old] = await given({ lastData: NOW - 8 * HOUR - 1 }, { lastData: NOW - 8 * HOUR }, { lastData: NOW - HOUR });
    expect((await lists({ lastDataCutoff: iso(NOW) })).noData).toEqual([old]);
  });

  test("200 may list a patient by category and without data, each with the statistics", async () => {
    const [id] = await given({ lastData: NOW - 9 * HOUR, dataSources: [lost] });
    const { meetingTargets, noData } = (await report()).body.results;
    expect(noData).toEqual(meetingTargets);
    expect([noData[0].patient.id, noData[0].timeInTargetPercent]).toEqual([id, 0.7]);
  });

  test("200 lists fifty without data: who never had any first, then the longest silent, then by creation", async () => {
    const late = await given({ lastData: CUTOFF - 1 }, { lastData: CUTOFF - 2 }, { lastData: CUTOFF - 1 });
    const never = await givenPatients(clinic, ...Array.from({ length: 48 }, () => ({ tags: [tag.id] })));
    expect((await lists()).noData).toEqual([...never, late[1], late[0]]);
  });

  test("200 with empty lists for a clinic nobody knows, in one round trip", async () => {
    const query = new URLSearchParams({ period: "1d", tags: tag.id, lastDataCutoff: iso(CUTOFF) });
    const answer = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/tide_report?${query.toString()}`);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body.results).toEqual({ ...Object.fromEntries(DEFAULTS.map((name) => [name, []])), noData: [] });
  });

  test("200 leaves out other clinics' patients with the same tag", async () => {
    const [id] = await given({});
    const other = await givenClinic();
    const [stranger] = await givenPatients(other, { tags: [tag.id] });
    await givenSummary(other.clinicId, stranger!, {
      cgmStats: await statsWith("cgm", WELL, { dates: { lastData: iso(NOW) } }),
    });
    expect(await placement()).toEqual({ meetingTargets: [id] });
  });

  test("200 for an admin and a service, 403 for an outsider, a prescriber and a patient", async () => {
    const [id] = await given({});
    expect((await report({}, clinic.admin)).status).toBe(200);
    expect((await report({}, clinic.service)).status).toBe(200);
    for (const caller of [clinic.outsider, clinic.prescriber]) {
      expect((await report({}, caller)).status).toBe(403);
      expect((await report({ lastDataCutoff: "0001-01-01T00:00:00Z" }, caller)).status).toBe(403);
      expect((await report({ period: "2d" }, caller)).status).toBe(403);
    }
    expect(id).toBeDefined();
  });

  test.each([
    ["period", undefined],
    ["period", ""],
    ["period", "2d"],
    ["tags", undefined],
    ["tags", ""],
    ["tags", "_"],
    ["tags", `${UNKNOWN_ID},`],
    ["tags", UNKNOWN_ID.toUpperCase()],
    ["sites", ""],
    ["sites", "x"],
    ["categories", ""],
    ["categories", "noData"],
    ["categories", "timeInVeryLowPercent,,timeInAnyLowPercent"],
    ["categories", "toString"],
    ["excludeNoData", "yes"],
    ["lastDataCutoff", undefined],
    ["lastDataCutoff", "yesterday"],
    ["lastDataCutoff", "2026-03-01T00:00:00"],
    ["lastDataCutoff", "2026-02-30T00:00:00Z"],
  ])("400 where %s is %j", async (name, value) => {
    const answer = await report({ [name]: value });
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(`"${name}"`)]);
  });

  test("400 for a parameter given twice, and for the zero time", async () => {
    const twice = await clinic.member.get(`${clinic.path}/tide_report?period=1d&period=1d`);
    expect([twice.status, twice.body.message]).toEqual([400, expect.stringContaining("period")]);
    const zero = await report({ lastDataCutoff: "0001-01-01T00:00:00Z" });
    expect([zero.status, zero.body.message]).toEqual([400, "bad request: no lastDataCutoff provided"]);
  });

  test("200 takes no notice of parameters nobody knows, and takes hundreds of tags", async () => {
    const [id] = await given({});
    expect(await placement({ lastData: "7" })).toEqual({ meetingTargets: [id] });
    const many = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(24, "0"));
    expect(await placement({ tags: many.join(",") })).toEqual({});
    expect(await placement({ tags: Array(30).fill(tag.id).join(",") })).toEqual({ meetingTargets: [id] });
  });

  test("records whose records were read, each once, and who was refused", async () => {
    const ids = await given({ lastData: NOW - 9 * HOUR, dataSources: [lost] }, { lastData: null });
    const sent: any[] = [];
    const AUDIT_QUEUE = {
      sendBatch: async (batch: { body: unknown }[]) => void sent.push(...batch.map((it) => it.body)),
    };
    const query = new URLSearchParams({ period: "14d", tags: tag.id, lastDataCutoff: iso(CUTOFF) });
    const path = `${clinic.path}/tide_report?${query.toString()}`;
    await send("GET", path, { token: clinic.member.token, through: servedIn({ AUDIT_QUEUE }) });
    await send("GET", path, { token: clinic.outsider.token, through: servedIn({ AUDIT_QUEUE }) });
    expect(sent).toHaveLength(2);
    expect(sent[0]).toMatchObject({ operation: "TideReport", clinicId: clinic.clinicId, outcome: "read" });
    expect(sent[0].patientIds.toSorted()).toEqual(ids.toSorted());
    expect(sent[1]).toMatchObject({ operation: "TideReport", actorId: clinic.outsider.id, outcome: "refused" });
  });
});
