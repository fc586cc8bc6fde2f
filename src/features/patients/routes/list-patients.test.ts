import { beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { givenSummary, statsWith } from "../../../../test/summaries.ts";

let clinic: GivenClinic;
let t1: string;
let t2: string;
let site: { id: string; name: string };
const list = (query: string, caller = clinic.member) => caller.get(`${clinic.path}/patients${query}`);
const names = (answer: Answer) => answer.body.data.map((patient: { fullName: string }) => patient.fullName);

beforeAll(async () => {
  clinic = await givenClinic();
  t1 = (await givenTag(clinic, "T1")).id;
  t2 = (await givenTag(clinic, "T2")).id;
  site = await givenSite(clinic, "East");
  const ada = await givenPatient(clinic, { fullName: "Ada", tags: [t1, t2], birthDate: "1987-02-03", mrn: "M 1" });
  const ben = await givenPatient(clinic, { fullName: "Ben", tags: [t1], sites: [site], birthDate: "1950-12-31" });
  await givenPatient(clinic, { fullName: "Cy Díaz", email: "cy@zed.test" });
  const dates = { lastData: "2026-05-01T00:00:00.000Z" };
  await givenSummary(clinic.clinicId, ada.id, {
    cgmStats: await statsWith(
      "cgm",
      { timeInVeryLowPercent: 0.02, timeCGMUsePercent: 0.9, totalRecordsDelta: -7 },
      { dates },
    ),
  });
  await givenSummary(clinic.clinicId, ben.id, {
    cgmStats: await statsWith("cgm", { timeInVeryLowPercent: 0.005, timeCGMUsePercent: 0.8 }),
  });
  await rows("UPDATE patients SET last_reviewed_at = 1000, reviews = '[]' WHERE user_id = ?", ben.id);
});

describe("ListPatients", () => {
  test("200 by name with both counts in one round trip; the demo patient is one of them", async () => {
    const answer = await list("");
    expect(names(answer)).toEqual(["Ada", "Ben", "Cy Díaz", "Demo Patient"]);
    expect(answer.body.meta).toEqual({ count: 4, totalCount: 4 });
    expect(answer.calls).toBe(1);
  });

  test.each([
    ["?tags={t1},{t2}", ["Ada"]],
    ["?tags={t1}%2C{t2}", ["Ada"]],
    ["?tags={t1}", ["Ada", "Ben"]],
    ["?tags=_", ["Cy Díaz", "Demo Patient"]],
    [`?tags=${UNKNOWN_ID}`, []],
    ["?sites={site}", ["Ben"]],
    [`?sites=${UNKNOWN_ID},{site}`, ["Ben"]],
    ["?sites=none", ["Ada", "Cy Díaz", "Demo Patient"]],
    ["?search=dia", ["Cy Díaz"]],
    ["?search=D%C3%8DA", ["Cy Díaz"]],
    ["?search=zed.t", ["Cy Díaz"]],
    ["?search=m%201", ["Ada"]],
    ["?search=02-03", ["Ada"]],
    ["?search=%25", []],
    ["?search=a%00", []],
    ["?search=Diaz%20Cy", []],
    ["?cgm.timeInVeryLowPercent=%3E0.01", ["Ada"]],
    ["?cgm.timeInVeryLowPercent=%3C0.5", ["Ada", "Ben"]],
    ["?cgm.timeInVeryLowPercent=%3E%3D.005", ["Ada", "Ben"]],
    ["?cgm.totalRecordsDelta=%3C-5", ["Ada"]],
    ["?cgm.hoursWithData=%3C%3D0", ["Ada", "Ben"]],
    ["?period=7d&cgm.timeCGMUsePercent=%3E%3D0.7", []],
    ["?cgm.lastDataFrom=2026-05-01T00:00:00Z", ["Ada"]],
    ["?cgm.lastDataTo=2026-05-01T00:00:00Z", []],
    ["?cgm.lastDataTo=2026-05-01T02:00:00%2B01:00", ["Ada"]],
    ["?cgm.lastDataTo=0001-01-01T00:00:00Z", ["Ada", "Ben", "Cy Díaz", "Demo Patient"]],
    ["?lastReviewed=1970-01-01T00:00:01Z", ["Ben"]],
    ["?lastReviewed=1970-01-01T00:00:00.999Z", []],
    ["?omitNonStandardRanges=true", ["Ada", "Ben", "Cy Díaz", "Demo Patient"]],
    ["?sort=-timeCGMUsePercent&sortType=cgm", ["Ada", "Ben", "Demo Patient", "Cy Díaz"]],
    ["?sort=%2BtimeCGMUsePercent&sortType=cgm", ["Ben", "Ada", "Demo Patient", "Cy Díaz"]],
    ["?sort=%2BlastReviewed&sortType=bgm", ["Demo Patient", "Ada", "Cy Díaz", "Ben"]],
    ["?sort=-lastReviewed&sortType=bgm", ["Ben", "Demo Patient", "Ada", "Cy Díaz"]],
    ["?sort=-fullName&sortType=cgm", ["Demo Patient", "Cy Díaz", "Ben", "Ada"]],
    ["?sort=%2BbirthDate&sortType=cgm", ["Demo Patient", "Ben", "Cy Díaz", "Ada"]],
    ["?sort=-birthDate&sortType=cgm", ["Ada", "Cy Díaz", "Ben", "Demo Patient"]],
    ["?limit=1&offset=1", ["Ben"]],
    ["?offset=99", []],
    ["?limit=100000", ["Ada", "Ben", "Cy Díaz", "Demo Patient"]],
    ["?mrn=M&unknown=1&unknown=2", ["Ada", "Ben", "Cy Díaz", "Demo Patient"]],
  ])("200 on %s", async (query, expected) => {
    const answer = await list(query.replaceAll("{t1}", t1).replaceAll("{t2}", t2).replaceAll("{site}", site.id));
    expect(answer.status).toBe(200);
    expect(names(answer)).toEqual(expected);
    expect(answer.body.meta.totalCount).toBe(4);
    expect(answer.calls).toBeLessThanOrEqual(2);
  });

  test("200 counts what matches, not what the page holds", async () => {
    expect((await list(`?tags=${t1}&limit=1`)).body.meta).toEqual({ count: 2, totalCount: 4 });
    expect((await list(`?tags=${t1}&offset=5`)).body.meta).toEqual({ count: 2, totalCount: 4 });
  });

  test("200 with every filter at once, and with more ids than a clinic can have", async () => {
    const published = await clinic.member.get(`${clinic.path}/patients`);
    expect(published.status).toBe(200);
    const { description } = await import("../../../../test/description.ts");
    // The description is data here: whatever numeric filters it publishes are all sent.
    const parameters = (description.paths as any)["/v1/clinics/{clinicId}/patients"].get.parameters as {
      name: string;
    }[];
    const numeric = parameters.map(({ name }) => name).filter((name) => /^[cb]gm\.(?!lastData)/.test(name));
    expect(numeric).toHaveLength(112);
    const query = numeric.map((name) => `${name}=%3E%3D-1`).join("&");
    const answer = await list(`?${query}`);
    expect([answer.status, names(answer)]).toEqual([200, []]);
    const cgmOnly = numeric.filter((name) => name === "cgm.min" || name === "cgm.hoursWithData");
    expect(names(await list(`?${[...cgmOnly, "cgm.minDelta"].map((name) => `${name}=%3E%3D0`).join("&")}`))).toEqual([
      "Ada",
      "Ben",
    ]);
    const many = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(24, "0")).join(",");
    expect(names(await list(`?tags=${many}`))).toEqual([]);
    expect(names(await list(`?sites=${many},${site.id}`))).toEqual(["Ben"]);
  });

  test.each([
    ["?limit=0", "limit"],
    ["?limit=x", "limit"],
    ["?limit=1.5", "limit"],
    ["?limit=99999999999999999999", "limit"],
    ["?offset=-1", "offset"],
    ["?search=", "search"],
    ["?tags=", "tags"],
    ["?search=a&search=b", "search"],
    ["?tags=a&tags=b", "tags"],
    ["?period=2d", "period"],
    ["?sortType=abc", "sortType"],
    ["?sort=%2BfullName", "invalid sort parameter, missing type"],
    ["?sort=+fullName&sortType=cgm", "sort"],
    ["?sort=x%2BfullName&sortType=cgm", "invalid sort parameter, missing sort order"],
    ["?sort=-mrn&sortType=cgm", "invalid sort parameter, invalid sort attribute"],
    ["?sort=-hoursWithData&sortType=bgm", "invalid sort parameter, invalid sort attribute"],
    ["?sort=-constructor&sortType=bgm", "invalid sort parameter, invalid sort attribute"],
    ["?lastReviewed=2026-05-01T00:00:00", "lastReviewed"],
    ["?cgm.lastDataFrom=2026-02-31T00:00:00Z", "cgm.lastDataFrom"],
    ["?omitNonStandardRanges=maybe", "omitNonStandardRanges"],
    ["?cgm.max=7", "cgm.max"],
    ["?cgm.max=%3E%20%207", "cgm.max"],
    ["?cgm.totalRecords=%3E7.0", "cgm.totalRecords"],
    ["?bgm.averageDailyRecordsDelta=%3E7.5", "bgm.averageDailyRecordsDelta"],
  ])("400 on %s names it", async (query, text) => {
    const answer = await list(query);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(text)]);
  });

  test.each(["?limit=0", "?sort=%2BfullName", "?sort=-mrn&sortType=cgm"])("403 before 400: %s", async (query) => {
    expect((await list(query, clinic.outsider)).status).toBe(403);
  });

  test("200 and empty for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/patients`);
    expect(answer.body).toEqual({ data: [], meta: { count: 0, totalCount: 0 } });
  });

  test("a number beyond every double is a bound beyond every value", async () => {
    const digits = "9".repeat(400);
    expect(names(await list(`?cgm.timeInVeryLowPercent=%3C${digits}`))).toEqual(["Ada", "Ben"]);
    expect(names(await list(`?cgm.timeInVeryLowPercent=%3E${digits}`))).toEqual([]);
  });
});
