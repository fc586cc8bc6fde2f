import { beforeAll, describe, expect, test } from "vitest";
import { type Caller, givenClinic, rows } from "../../../../test/harness.ts";

let service: Caller;
const DAY = 86_400_000;
const at = (day: number) => new Date(day * DAY).toISOString();

beforeAll(async () => {
  const [one, two] = await Promise.all([givenClinic(), givenClinic()]);
  service = one.service;
  await service.post(`${two.path}/clinicians`, { inviteId: "key", email: "invited@all.test", roles: ["CLINIC_ADMIN"] });
  const stored = await rows<{ id: string }>("SELECT id FROM clinicians ORDER BY clinic_id, id");
  for (const [i, { id }] of stored.entries()) {
    await rows(
      "UPDATE clinicians SET created_at = ?, email = ? WHERE id = ? RETURNING id",
      (i + 1) * DAY,
      `${i + 1}@all.test`,
      id,
    );
  }
});
const list = async (query = "") => {
  const answer = await service.get(`/v1/clinicians${query}`);
  expect(answer.status).toBe(200);
  expect(answer.calls).toBe(1);
  return answer.body.map((it: any) => Number.parseInt(it.clinician.email, 10)) as number[];
};

describe("ListAllClinicians", () => {
  test("200 lists the clinicians of all clinics, invitations included, newest first, each with its clinic", async () => {
    expect(await list()).toEqual([7, 6, 5, 4, 3, 2, 1]);
    const { body } = await service.get("/v1/clinicians");
    const stored = await rows("SELECT clinic_id FROM clinicians ORDER BY created_at DESC");
    expect(body.map((it: any) => it.clinic.id)).toEqual(stored.map((row) => row.clinic_id));
    expect(body.filter((it: any) => it.clinician.inviteId === "key")).toHaveLength(1);
  });

  test("200 from createdTimeStart, inclusive, to createdTimeEnd, exclusive", async () => {
    expect(await list(`?createdTimeStart=${at(3)}&createdTimeEnd=${at(5)}`)).toEqual([4, 3]);
    expect(await list(`?createdTimeStart=${at(6)}`)).toEqual([7, 6]);
    expect(await list(`?createdTimeEnd=${at(2)}`)).toEqual([1]);
    expect(await list(`?createdTimeStart=${at(5)}&createdTimeEnd=${at(3)}`)).toEqual([]);
  });

  test("200 takes the zero time for no bound", async () => {
    const zero = "0001-01-01T00:00:00Z";
    expect(await list(`?createdTimeStart=${zero}&createdTimeEnd=${zero}`)).toHaveLength(7);
  });

  test("200 in pages", async () => {
    expect(await list("?limit=3")).toEqual([7, 6, 5]);
    expect(await list("?limit=3&offset=3")).toEqual([4, 3, 2]);
    expect(await list("?limit=3&offset=6")).toEqual([1]);
  });

  test.each(["createdTimeStart=2026-01-01", "createdTimeEnd=2026-01-01T00:00:00", "createdTimeEnd=x", "limit=0"])(
    "400 for ?%s",
    async (query) => {
      expect((await service.get(`/v1/clinicians?${query}`)).status).toBe(400);
    },
  );

  test("200 reads about a page of rows, however many clinicians there are", async () => {
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       INSERT INTO clinicians (id, clinic_id, user_id, email, roles, is_service_account, search_key, created_at, updated_at)
       SELECT printf('%024x', i), clinics.id, printf('%010x', i), printf('%d@many.test', i), '["CLINIC_MEMBER"]', 0, '', i, i
       FROM n, (SELECT id FROM clinics LIMIT 1) AS clinics RETURNING id`,
    );
    expect((await service.get("/v1/clinicians")).rowsRead).toBeLessThanOrEqual(150);
  });
});
