import { beforeEach, describe, expect, test } from "vitest";
import { countRows, type GivenClinic, givenClinic, statuses } from "../../../../test/harness.ts";
import { SITES_PER_CLINIC_MAX } from "../model/rules.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const create = (body: unknown, caller = clinic.admin) => caller.post(`${clinic.path}/sites`, body);
const sitesStored = () => countRows("clinic_sites WHERE clinic_id = ?", clinic.clinicId);
const fill = async (count: number) => {
  for (let i = 0; i < count; i++) expect((await create({ name: `Filler ${i}` })).status).toBe(200);
};

describe("CreateSite", () => {
  test("200 stores the site and one audit row, in one round trip", async () => {
    const answer = await create({ name: "East Wing" });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), name: "East Wing" });
    expect(await sitesStored()).toBe(1);
    expect(await countRows("audit_log WHERE clinic_id = ? AND operation = 'CreateSite'", clinic.clinicId)).toBe(1);
    expect(answer.calls).toBe(1);
  });

  test.each([{}, { name: "" }, { name: " East" }, { name: 7 }, { name: "a\tb" }, { name: "x".repeat(201) }, null, []])(
    "400 on %j names the field and stores nothing",
    async (body) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(answer.body.message).toMatch(/request body has an error/);
      expect(await sitesStored()).toBe(0);
    },
  );

  test("200 counts code points: 200 letters outside the basic plane are a name", async () => {
    expect((await create({ name: "𝒳".repeat(200) })).status).toBe(200);
    expect((await create({ name: "𝒳".repeat(201) })).status).toBe(400);
  });

  test("403 comes before 400: a plain member learns nothing about the body", async () => {
    expect((await create({}, clinic.member)).status).toBe(403);
  });

  test("404 for a service and a clinic that is not there", async () => {
    const answer = await clinic.service.post("/v1/clinics/0123456789abcdef01234567/sites", { name: "East" });
    expect(answer.status).toBe(404);
    expect(answer.body.message).toBe("clinic not found");
  });

  test("409 when the name differs only in case, even in a full clinic", async () => {
    await create({ name: "Straße Σ" });
    await fill(SITES_PER_CLINIC_MAX - 1);
    const answer = await create({ name: "STRAßE ς" });
    expect(answer.status).toBe(409);
    expect(answer.body.message).toBe("duplicate site name");
  });

  test("200 when only white space differs", async () => {
    await create({ name: "East Wing" });
    expect((await create({ name: "EastWing" })).status).toBe(200);
    expect((await create({ name: "East Wing " })).status).toBe(200);
  });

  test("of eight racers one gets the last free place, the rest get 422", async () => {
    await fill(SITES_PER_CLINIC_MAX - 1);
    const racers = await Promise.all(Array.from({ length: 8 }, (_, i) => create({ name: `Racer ${i}` })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(422)]);
    expect(racers.find((r) => r.status === 422)?.body.message).toBe(
      "constraint violation: the clinic already has the maximum number of 50 sites",
    );
    expect(await sitesStored()).toBe(SITES_PER_CLINIC_MAX);
  });

  test("of eight racers with one name one succeeds, the rest get 409", async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, () => create({ name: "East" })));
    expect(statuses(racers)).toEqual([200, ...Array(7).fill(409)]);
    expect(await sitesStored()).toBe(1);
    expect(await countRows("audit_log WHERE clinic_id = ? AND operation = 'CreateSite'", clinic.clinicId)).toBe(1);
  });
});
