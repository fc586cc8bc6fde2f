import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, rows, service } from "../../../../test/harness.ts";

const clinics: GivenClinic[] = [];
const HOUR = 3_600_000;
const START = Date.parse("2030-01-01T00:00:00Z");
/** Clinics 0 to 5, an hour apart, the last two at one moment; 1 has EHR settings that are on, 2 has them off. */
beforeAll(async () => {
  for (let i = 0; i < 6; i++) clinics.push(await givenClinic());
  for (const [i, { clinicId }] of clinics.entries()) {
    await rows("UPDATE clinics SET created_at = ? WHERE id = ?", START + Math.min(i, 4) * HOUR, clinicId);
  }
  await rows(`UPDATE clinics SET ehr_settings = '{"enabled":true}' WHERE id = ?`, clinics[1]!.clinicId);
  await rows(`UPDATE clinics SET ehr_settings = '{"enabled":false}' WHERE id = ?`, clinics[2]!.clinicId);
});
const list = async (query: string) => {
  const answer = await (await service()).get(`/v1/clinics?${query}`);
  return {
    ...answer,
    found: (answer.body as { id: string }[]).map?.(({ id }) => clinics.findIndex((c) => c.clinicId === id)),
  };
};
const at = (hours: number) => encodeURIComponent(new Date(START + hours * HOUR).toISOString());

describe("ListClinics", () => {
  test("200 lists whole clinics, oldest first and then by id, in one round trip", async () => {
    const answer = await list(`createdTimeStart=${at(0)}`);
    expect([answer.status, answer.found, answer.calls]).toEqual([200, [0, 1, 2, 3, 4, 5], 1]);
    const { clinicId, admin, path } = clinics[3]!;
    expect(answer.body.find(({ id }: { id: string }) => id === clinicId)).toEqual((await admin.get(path)).body);
  });

  test("200 pages neither overlap nor leave gaps; ten is the usual page", async () => {
    const pages = await Promise.all(
      [0, 2, 4, 6].map((offset) => list(`createdTimeStart=${at(0)}&limit=2&offset=${offset}`)),
    );
    expect(pages.map(({ found }) => found)).toEqual([[0, 1], [2, 3], [4, 5], []]);
    for (let i = 0; i < 6; i++) await givenClinic();
    expect((await list("")).body).toHaveLength(10);
  });

  test("200 with a limit above a page's bound is served, not refused", async () => {
    expect((await list("limit=1000000")).status).toBe(200);
  });

  test("200 takes the start as inclusive and the end as exclusive; the zero time bounds nothing", async () => {
    expect((await list(`createdTimeStart=${at(1)}&createdTimeEnd=${at(3)}`)).found).toEqual([1, 2]);
    const zero = encodeURIComponent("0001-01-01T00:00:00Z");
    expect((await list(`createdTimeStart=${at(3)}&createdTimeEnd=${zero}`)).found).toEqual([3, 4, 5]);
    expect((await list(`createdTimeStart=${zero}&limit=1`)).body).toHaveLength(1);
  });

  test("200 by EHR: clinics without settings are neither enabled nor disabled", async () => {
    expect((await list("ehrEnabled=true")).found).toEqual([1]);
    expect((await list("ehrEnabled=false")).found).toEqual([2]);
  });

  test("200 by share code, together with the other conditions", async () => {
    const { shareCode } = (await clinics[2]!.admin.get(clinics[2]!.path)).body;
    expect((await list(`shareCode=${shareCode}`)).found).toEqual([2]);
    expect((await list(`shareCode=${shareCode}&ehrEnabled=true`)).found).toEqual([]);
  });

  test.each([
    "limit=0",
    "limit=x",
    "offset=-1",
    "limit=1&limit=2",
    "limit=",
    "ehrEnabled=maybe",
    "createdTimeStart=2030-01-01",
  ])("400 on %s", async (query) => {
    expect((await list(query)).status).toBe(400);
  });

  test("403 comes before 400: it is for services only", async () => {
    expect((await clinics[0]!.admin.get("/v1/clinics?limit=0")).status).toBe(403);
  });
});
