import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type GivenClinic, givenClinic, person, rows, send, statuses } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const pathOf = (userId: string) => `${clinic.path}/clinicians/${userId}`;
const body = (roles: string[], fields: Record<string, unknown> = {}) => ({
  email: "ignored@else.test",
  roles,
  ...fields,
});
const update = (userId: string, roles: string[], caller = clinic.admin, fields = {}) =>
  caller.put(pathOf(userId), body(roles, fields));
const history = (userId: string) =>
  rows(
    "SELECT previous_roles, roles, updated_by, at FROM clinician_role_changes WHERE user_id = ? ORDER BY id",
    userId,
  );
const secondAdmin = async () => {
  const caller = await person();
  await clinic.service.post(`${clinic.path}/clinicians`, {
    id: caller.id,
    email: `${caller.id}@people.test`,
    roles: ["CLINIC_ADMIN"],
  });
  return caller;
};

describe("UpdateClinician, several at once", () => {
  test("of two last admins who step down at once one does, the other gets 422", async () => {
    const other = await secondAdmin();
    const racers = await Promise.all([clinic.admin, other].map((it) => update(it.id, ["CLINIC_MEMBER"], it)));
    expect(statuses(racers)).toEqual([200, 422]);
  });

  test("of two last admins who demote each other at once one does, the other may no longer: 403", async () => {
    const other = await secondAdmin();
    const racers = await Promise.all([
      update(other.id, ["CLINIC_MEMBER"], clinic.admin),
      update(clinic.admin.id, ["CLINIC_MEMBER"], other),
    ]);
    expect(statuses(racers)).toEqual([200, 403]);
    expect(await history(other.id)).toHaveLength(racers[0].status === 200 ? 1 : 0);
  });

  test("of eight who demote eight admins at once seven do, one gets 422", async () => {
    const admins = [clinic.admin, ...(await Promise.all(Array.from({ length: 7 }, secondAdmin)))];
    const racers = await Promise.all(admins.map((it) => update(it.id, ["PRESCRIBER"], clinic.service)));
    expect(statuses(racers)).toEqual([...Array(7).fill(200), 422]);
  });

  test("eight who change one clinician's roles at once all do, and the history is one unbroken chain", async () => {
    const sets = [["CLINIC_MEMBER", "PRESCRIBER"], ["PRESCRIBER"], ["CLINIC_ADMIN"], ["CLINIC_ADMIN", "PRESCRIBER"]];
    const racers = await Promise.all(
      [...sets, ...sets].map((roles, i) => update(clinic.member.id, roles, clinic.service, { name: `Name ${i}` })),
    );
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    let roles = '["CLINIC_MEMBER"]';
    for (const change of await history(clinic.member.id)) {
      expect(change.previous_roles).toBe(roles);
      roles = change.roles as string;
    }
    const { body: now } = await clinic.admin.get(pathOf(clinic.member.id));
    expect(JSON.stringify(now.roles)).toBe(roles);
    expect(racers.map((racer) => racer.body)).toContainEqual(now);
  });

  test("503 when somebody else changes the clinician every time before it can be written, and nothing is stored", async () => {
    let turn = 0;
    // Each turn takes a second: ten of them are as long as anybody waits.
    const clock = vi.spyOn(Date, "now");
    const started = Date.now();
    clock.mockImplementation(() => started + turn * 1000);
    const withSession = () => {
      const session = env.DB.withSession("first-primary");
      const batch = async (statements: D1PreparedStatement[]) => {
        const results = await session.batch(statements);
        const roles = JSON.stringify([++turn % 2 ? "PRESCRIBER" : "CLINIC_MEMBER"]);
        await rows("UPDATE clinicians SET roles = ? WHERE user_id = ? RETURNING id", roles, clinic.member.id);
        return results;
      };
      return { prepare: (text: string) => session.prepare(text), getBookmark: () => session.getBookmark(), batch };
    };
    const through = servedIn({ DB: { withSession } });
    const { token } = clinic.service;
    const answer = await send("PUT", pathOf(clinic.member.id), { token, body: body(["CLINIC_ADMIN"]), through });
    clock.mockRestore();
    expect([answer.status, answer.body.message]).toEqual([503, "too many concurrent changes, try again"]);
    expect(await history(clinic.member.id)).toEqual([]);
  });
});
