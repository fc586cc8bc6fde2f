import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { countRows, givenAccount, newUserId, person, rows, service, statuses } from "../../../../test/harness.ts";
import { mailsOfClinic } from "../../../../test/invitations.ts";
import { unchanging } from "../../../../test/patient-rows.ts";
import { SHARE_CODE } from "../model/share-code.ts";

const body = (fields: object = {}) => ({ name: `Harbor ${newUserId()}`, preferredBgUnits: "mg/dL", ...fields });
const DEMO = "de30de30de";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("CreateClinic", () => {
  test("200 makes the clinic with every default, in two round trips", async () => {
    const creator = await person();
    const fields = body({ country: "US", timezone: "US/Pacific", phoneNumbers: [{ number: "1" }] });
    const answer = await creator.post("/v1/clinics", fields);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...fields,
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      shareCode: expect.stringMatching(SHARE_CODE),
      canMigrate: false,
      tier: "tier0100",
      tierDescription: "Free",
      createdTime: expect.any(String),
      updatedTime: answer.body.createdTime,
    });
    const clinic = (await rows("SELECT * FROM clinics WHERE id = ?", answer.body.id))[0];
    expect(clinic).toMatchObject({ is_migrated: 1, hard_limit_plan: 250, hard_limit_start_at: null, tier: null });
    expect((await creator.get(`/v1/clinics/${answer.body.id}`)).body).toEqual(answer.body);
    expect(answer.calls).toBe(2);
  });

  test("200 puts one mail to the creator in the outbox, also when the call is repeated", async () => {
    const creator = await person();
    const fields = body();
    const { id } = (await creator.post("/v1/clinics", fields)).body;
    await creator.post("/v1/clinics", fields);
    expect(await mailsOfClinic(id, "clinic_created")).toEqual([
      {
        recipient_user_id: creator.id,
        recipient_email: null,
        variables: JSON.stringify({ ClinicName: fields.name }),
        unique_key: `clinic_created:${id}`,
      },
    ]);
  });

  test("200 names the admin as their profile does, as every other way into a clinic", async () => {
    const creator = await person({ name: "ana.ruiz" });
    const profile = { fullName: "Ana Ruiz" };
    await exports.InternalApi({ props: { caller: "accounts", scopes: ["*"] } }).putUser({ id: creator.id, profile });
    const { id } = (await creator.post("/v1/clinics", body())).body;
    expect(await rows("SELECT name FROM clinicians WHERE clinic_id = ?", id)).toEqual([{ name: "Ana Ruiz" }]);
  });

  test("200 makes the creator its only member and admin, with the account's address in lower case", async () => {
    const creator = await givenAccount({ email: `Ana.${newUserId()}@Harbor.Test`, name: "Ana Ruiz" });
    const { id } = (await creator.post("/v1/clinics", body())).body;
    expect(await rows("SELECT user_id, email, name, roles FROM clinicians WHERE clinic_id = ?", id)).toEqual([
      {
        user_id: creator.id,
        email: expect.stringMatching(/^ana\.\w+@harbor\.test$/),
        name: "Ana Ruiz",
        roles: '["CLINIC_ADMIN"]',
      },
    ]);
    expect(await countRows("audit_log WHERE clinic_id = ? AND operation = 'CreateClinic'", id)).toBe(1);
  });

  test("200 adds the demo patient, who may only be viewed and counts toward no plan", async () => {
    const creator = await person();
    const { id } = (await creator.post("/v1/clinics", body())).body;
    expect(
      await rows("SELECT user_id, permissions, is_migrated, is_demo FROM patients WHERE clinic_id = ?", id),
    ).toEqual([{ user_id: DEMO, permissions: 2, is_migrated: 1, is_demo: 1 }]);
    expect((await creator.get(`/v1/clinics/${id}/patient_count`)).body).toEqual({ total: 1, demo: 1, plan: 0 });
  });

  test("200 ignores what has an operation of its own or is the server's", async () => {
    const ignored = {
      id: "0123456789abcdef01234567",
      tier: "tier0400",
      shareCode: "AAAA-AAAA-AAAA",
      patientTags: [{ name: "T" }],
      sites: [{ name: "S" }],
      suppressedNotifications: { patientClinicInvitation: true },
    };
    const answer = await (await person()).post("/v1/clinics", body(ignored));
    expect(answer.body).toMatchObject({ tier: "tier0100", id: expect.not.stringContaining(ignored.id) });
    for (const name of ["patientTags", "sites", "suppressedNotifications"])
      expect(answer.body).not.toHaveProperty(name);
    expect(answer.body.shareCode).not.toBe(ignored.shareCode);
  });

  test.each([
    undefined,
    {},
    { name: "x" },
    { name: "", preferredBgUnits: "mg/dL" },
    { name: "x", preferredBgUnits: "mg" },
    { name: "x", preferredBgUnits: "mg/dL", phoneNumbers: [] },
    { name: "x", preferredBgUnits: "mg/dL", phoneNumbers: [{ number: "1" }, { number: "1" }] },
    { name: "x", preferredBgUnits: "mg/dL", timezone: "Mars/Olympus" },
    { name: "x", preferredBgUnits: "mg/dL", suppressedNotifications: { other: true } },
    { name: "x", preferredBgUnits: "mg/dL", city: null },
  ])("400 on %j stores nothing", async (invalid) => {
    const creator = await person();
    expect((await unchanging(() => creator.post("/v1/clinics", invalid))).status).toBe(400);
  });

  test("403 comes before 400: services may not, whatever the body", async () => {
    expect((await (await service()).post("/v1/clinics", {})).status).toBe(403);
  });

  test("404 for a person without an account", async () => {
    const stranger = await person({ email: undefined });
    const answer = await unchanging(() => stranger.post("/v1/clinics", body()));
    expect([answer.status, answer.body.message]).toEqual([404, "not found"]);
  });

  test("422 for an account without an address", async () => {
    const id = newUserId();
    await rows("INSERT INTO users VALUES (?, NULL, 0, 'No Mail', NULL, '[]', 0, 0, 0)", id);
    const creator = await person({ sub: id, email: undefined });
    const answer = await unchanging(() => creator.post("/v1/clinics", body()));
    expect([answer.status, answer.body.message]).toEqual([
      422,
      "constraint violation: the account has no e-mail address",
    ]);
  });

  test("409 when no free share code is found in a hundred attempts, and nothing is stored", async () => {
    const creator = await person();
    expect((await creator.post("/v1/clinics", body())).status).toBe(200);
    vi.spyOn(crypto, "getRandomValues").mockImplementation((bytes) => bytes);
    expect((await creator.post("/v1/clinics", body())).body.shareCode).toBe("AAAA-AAAA-AAAA");
    const answer = await unchanging(() => creator.post("/v1/clinics", body()));
    expect([answer.status, answer.body.message]).toEqual([409, "duplicate share code"]);
  });

  test("the same call by the same person within 30 seconds gets the first answer and makes nothing", async () => {
    const [creator, other, fields] = [await person(), await person(), body()];
    const first = await creator.post("/v1/clinics", fields);
    const again = await unchanging(() => creator.post("/v1/clinics", fields));
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect([first, again].map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    expect((await other.post("/v1/clinics", fields)).body.id).not.toBe(first.body.id);
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 31_000);
    expect((await creator.post("/v1/clinics", fields)).body.id).not.toBe(first.body.id);
  });

  test("of eight same calls at once all get the one clinic that is made", async () => {
    const [creator, fields] = [await person(), body()];
    const racers = await Promise.all(Array.from({ length: 8 }, () => creator.post("/v1/clinics", fields)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(new Set(racers.map((racer) => racer.text)).size).toBe(1);
    expect(await countRows("clinics WHERE name = ?", fields.name)).toBe(1);
  });
});
