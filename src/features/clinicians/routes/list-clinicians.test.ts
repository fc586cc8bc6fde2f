import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, newUserId, rows, UNKNOWN_ID } from "../../../../test/harness.ts";

let clinic: GivenClinic;
const idsByEmail = new Map<string, string>();

async function add(name: string | undefined, email: string, roles = ["CLINIC_MEMBER"], invited = false) {
  const who = invited ? { inviteId: `key-${email}` } : { id: newUserId() };
  const answer = await clinic.service.post(`${clinic.path}/clinicians`, { ...who, email, name, roles });
  expect(answer.status).toBe(200);
  idsByEmail.set(email, answer.body.id);
}

beforeAll(async () => {
  clinic = await givenClinic();
  await rows(
    "DELETE FROM clinicians WHERE clinic_id = ? AND user_id <> ? RETURNING id",
    clinic.clinicId,
    clinic.admin.id,
  );
  await add("Zoë Ångström", "zoe@north.test", ["CLINIC_ADMIN", "PRESCRIBER"]);
  await add("anna berg", "second@north.test");
  await add("Anna Berg", "first@north.test", ["PRESCRIBER"]);
  await add("Anna Bergman", "bergman@south.test");
  await add(undefined, "invited@south.test", ["CLINIC_ADMIN"], true);
});

const list = async (query = "") => {
  const answer = await clinic.admin.get(`${clinic.path}/clinicians${query}`);
  expect(answer.status).toBe(200);
  return answer.body.map((clinician: { email: string }) => clinician.email.split("@")[0]) as string[];
};

describe("ListClinicians", () => {
  test("200 lists members and invitations, newest first, in one round trip", async () => {
    expect(await list()).toEqual(["invited", "bergman", "first", "second", "zoe", clinic.admin.id]);
    expect((await clinic.admin.get(`${clinic.path}/clinicians`)).calls).toBe(1);
  });

  test("200 orders those made in one instant by their id, so that pages neither overlap nor leave gaps", async () => {
    const other = await givenClinic();
    for (let i = 0; i < 9; i++) {
      const body = { id: newUserId(), email: `${i}@same.test`, roles: ["PRESCRIBER"] };
      await other.service.post(`${other.path}/clinicians`, body);
    }
    await rows("UPDATE clinicians SET created_at = 1 WHERE clinic_id = ? RETURNING id", other.clinicId);
    const seen: string[] = [];
    for (let offset = 0; offset < 12; offset += 5) {
      const page = await other.service.get(`${other.path}/clinicians?offset=${offset}&limit=5`);
      seen.push(...page.body.map((clinician: { id: string }) => clinician.id));
    }
    expect(new Set(seen).size).toBe(12);
  });

  test("200 gives ten unless told otherwise and nothing beyond the end", async () => {
    expect(await list("?limit=2&offset=1")).toEqual(["bergman", "first"]);
    expect(await list("?offset=100")).toEqual([]);
    expect(await list("?limit=1000000")).toHaveLength(6);
  });

  test.each([
    ["anna", ["first", "second", "bergman"]],
    ["BERG anna", ["first", "second", "bergman"]],
    ["angstrom", ["zoe"]],
    ["ZOË", ["zoe"]],
    ["north.test", ["first", "second", "zoe"]],
    ["anna north", ["first", "second"]],
    ["anna zoe", []],
    ["invited", ["invited"]],
    ["berg\u00a0first", ["first"]],
    ["%", []],
    ["an_a", []],
    ["bergfirst", []],
    ["\u200b", []],
    ["\0", []],
    ["an\0na", []],
    ["x".repeat(256), []],
  ])("200 finds %j: every word in name or address, by name and then address", async (search, found) => {
    expect(await list(`?search=${encodeURIComponent(search)}`)).toEqual(found);
  });

  test("200 takes a search of many words and of white space alone", async () => {
    expect(await list(`?search=${encodeURIComponent("anna ".repeat(50))}`)).toHaveLength(3);
    expect(await list("?search=%20")).toEqual(await list());
  });

  test("200 pages through found clinicians in their order", async () => {
    expect(await list("?search=anna&offset=1&limit=1")).toEqual(["second"]);
  });

  test("200 with email compares the whole address whatever its case", async () => {
    expect(await list("?email=ZOE@north.test")).toEqual(["zoe"]);
    expect(await list("?email=north.test")).toEqual([]);
  });

  test("200 with role finds those who have it among others", async () => {
    expect(await list("?role=CLINIC_ADMIN")).toEqual(["invited", "zoe", clinic.admin.id]);
    expect(await list("?role=PRESCRIBER")).toEqual(["first", "zoe"]);
    expect(await list("?role=CLINIC")).toEqual([]);
    expect(await list("?role=clinic_admin")).toEqual([]);
  });

  test("200 with several conditions needs all of them", async () => {
    expect(await list("?search=anna&role=PRESCRIBER")).toEqual(["first"]);
    expect(await list("?search=anna&email=zoe@north.test")).toEqual([]);
  });

  test("200 finds a clinician by a new name at once", async () => {
    const path = `${clinic.path}/clinicians/${idsByEmail.get("bergman@south.test")}`;
    const body = { email: "bergman@south.test", roles: ["CLINIC_MEMBER"], name: "Zélie" };
    expect((await clinic.admin.put(path, body)).status).toBe(200);
    expect(await list("?search=zelie")).toEqual(["bergman"]);
    expect(await list("?search=bergman%20anna")).toEqual([]);
    expect((await clinic.admin.put(path, { ...body, name: "Anna Bergman" })).status).toBe(200);
  });

  test("200 and nobody for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.get(`/v1/clinics/${UNKNOWN_ID}/clinicians`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual([]);
  });

  test("200 reads about a page of rows, however many clinicians the clinic has", async () => {
    const big = await givenClinic();
    await rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       INSERT INTO clinicians (id, clinic_id, user_id, email, roles, is_service_account, search_key, created_at, updated_at)
       SELECT printf('%024x', i), ?, printf('%010x', i), printf('%d@many.test', i), '["CLINIC_MEMBER"]', 0, '', i, i FROM n
       RETURNING id`,
      big.clinicId,
    );
    expect((await big.admin.get(`${big.path}/clinicians`)).rowsRead).toBeLessThanOrEqual(40);
  });

  test.each(["search=", "limit=0", "limit=x", "offset=-1", "role=a&role=b"])("400 for ?%s", async (query) => {
    expect((await clinic.admin.get(`${clinic.path}/clinicians?${query}`)).status).toBe(400);
  });
});
