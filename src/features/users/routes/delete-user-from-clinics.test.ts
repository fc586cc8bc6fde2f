import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Caller,
  countRows,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  newUserId,
  person,
  rows,
  send,
  statuses,
} from "../../../../test/harness.ts";
import { givenInvite, storedInvite } from "../../../../test/invitations.ts";
import { givenPatientInvitation, settled, shareCodeOf } from "../../../../test/patient-invitations.ts";
import { audited, givenPatients, interrupted } from "../../../../test/patient-rows.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { givenSummary, statsWith } from "../../../../test/summaries.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const remove = (userId: string, headers?: Record<string, string>) =>
  clinic.service.delete(`/v1/users/${userId}/clinics`, headers);
const share = (it: GivenClinic, userId: string, body: object = { permissions: { view: {} } }) =>
  it.service.post(`${it.path}/patients/${userId}`, body);
const join = (it: GivenClinic, caller: Caller, roles: string[]) =>
  it.service.post(`${it.path}/clinicians`, { id: caller.id, email: `${caller.id}@people.test`, roles });
const patientsOf = async (it: GivenClinic) =>
  (await rows("SELECT user_id FROM patients WHERE clinic_id = ? ORDER BY key", it.clinicId)).map((row) => row.user_id);
const membersOf = async (it: GivenClinic) =>
  (await rows("SELECT user_id FROM clinicians WHERE clinic_id = ? ORDER BY id", it.clinicId)).map((row) => row.user_id);
/** Leaves the admin as the clinic's only clinician. */
async function onlyAdmin(it: GivenClinic): Promise<GivenClinic> {
  for (const { id } of [it.member, it.prescriber]) await it.service.delete(`${it.path}/clinicians/${id}`);
  return it;
}
/** Every number that is kept of a clinic's patients. */
const numbers = async (clinicId: string) => ({
  totals: await rows("SELECT patient_total, patient_demo, patient_plan FROM clinics WHERE id = ?", clinicId),
  providers: await rows(
    "SELECT provider, state, n FROM clinic_provider_counts WHERE clinic_id = ? AND n <> 0 ORDER BY 1, 2",
    clinicId,
  ),
  tags: await rows("SELECT id, num_patients FROM clinic_patient_tags WHERE clinic_id = ? ORDER BY id", clinicId),
  sites: await rows("SELECT id, num_patients FROM clinic_sites WHERE clinic_id = ? ORDER BY id", clinicId),
});
async function expectCounted(it: GivenClinic) {
  const kept = await numbers(it.clinicId);
  expect((await it.service.post(`${it.path}/patient_count/refresh`)).status).toBe(200);
  expect(kept).toEqual(await numbers(it.clinicId));
}

describe("DeleteUserFromClinics", () => {
  test("200 without a body takes the user out of every clinic, and keeps whole snapshots", async () => {
    const other = await givenClinic();
    const user = await givenAccount();
    await join(clinic, user, ["CLINIC_MEMBER"]);
    for (const it of [clinic, other]) expect((await share(it, user.id)).status).toBe(200);
    const [{ key }] = (await rows<{ key: number }>(
      "SELECT key FROM patients WHERE user_id = ? AND clinic_id = ?",
      user.id,
      clinic.clinicId,
    )) as [{ key: number }];
    await givenSummary(clinic.clinicId, user.id, { cgmStats: await statsWith("cgm", { timeInTargetPercent: 0.7 }) });
    const stored = async (prefix: "" | "deleted_") => [
      await rows(`SELECT * FROM ${prefix}patients WHERE user_id = ? ORDER BY clinic_id`, user.id),
      await rows(`SELECT * FROM ${prefix}clinicians WHERE user_id = ?`, user.id),
      await rows(`SELECT * FROM ${prefix}cgm_periods WHERE patient_key = ? ORDER BY period`, key),
    ];
    const before = await stored("");
    expect(before.map((found) => found.length)).toEqual([2, 1, 1]);
    const answer = await remove(user.id);
    expect([answer.status, answer.text, answer.calls]).toEqual([200, "", 3]);
    expect(await stored("")).toEqual([[], [], []]);
    const deletion = { deleted_at: expect.any(Number), deleted_by: null };
    expect(await stored("deleted_")).toEqual(before.map((found) => found.map((row) => ({ ...row, ...deletion }))));
    for (const it of [clinic, other]) {
      expect(await audited(it.clinicId, "DeleteUserFromClinics")).toEqual([
        { patient_id: user.id, actor_id: clinic.service.id },
      ]);
      await expectCounted(it);
    }
    expect((await user.get(`${clinic.path}/patients`)).status).toBe(403);
  });

  test("the worked example: who works alone leaves those in custody behind, where somebody stays everybody does", async () => {
    const ana = await givenAccount();
    const [c1, c2] = [await givenClinic(), await givenClinic()];
    for (const it of [c1, c2]) {
      await join(it, ana, ["CLINIC_ADMIN"]);
      await it.service.delete(`${it.path}/clinicians/${it.admin.id}`);
      await it.service.delete(`${it.path}/clinicians/${it.prescriber.id}`);
    }
    await c2.service.delete(`${c2.path}/clinicians/${c2.member.id}`);
    await givenPatient(c1, { fullName: "P2" });
    const [p1, p3, p5] = [await givenAccount(), await givenAccount(), await givenAccount()];
    await share(c1, p1.id);
    await share(c2, p3.id);
    await share(c2, p5.id, {});
    await clinic.service.post(`${c2.path}/patients`, { fullName: "P4", birthDate: "1980-01-31" });
    const before = await patientsOf(c1);
    expect((await remove(ana.id)).status).toBe(200);
    expect([await membersOf(c1), await patientsOf(c1)]).toEqual([[c1.member.id], before]);
    expect(await membersOf(c2)).toEqual([]);
    expect(await rows("SELECT full_name FROM patients WHERE clinic_id = ?", c2.clinicId)).toEqual([
      { full_name: "P4" },
    ]);
    const purged = await rows(
      "SELECT user_id, deleted_by FROM deleted_patients WHERE clinic_id = ? ORDER BY key",
      c2.clinicId,
    );
    expect(purged.map((row) => row.deleted_by)).toEqual(purged.map(() => null));
    expect(purged.map((row) => row.user_id)).toEqual(expect.arrayContaining([p3.id, p5.id]));
    const recorded = await audited(c2.clinicId, "DeleteUserFromClinics");
    expect(recorded.map((row) => row.patient_id)).toEqual(expect.arrayContaining([p3.id, p5.id]));
    for (const it of [c1, c2]) await expectCounted(it);
  });

  test("200 removes the last admin, and the clinic goes on without one", async () => {
    const p = await givenAccount();
    await share(clinic, p.id);
    expect((await remove(clinic.admin.id)).status).toBe(200);
    expect(await patientsOf(clinic)).toContain(p.id);
    expect((await clinic.member.get(`${clinic.path}/patients`)).status).toBe(200);
  });

  test("200 keeps the patients of a clinic that has somebody invited and nobody else", async () => {
    await onlyAdmin(clinic);
    await givenInvite(clinic);
    const p = await givenAccount();
    await share(clinic, p.id);
    expect((await remove(clinic.admin.id)).status).toBe(200);
    expect(await patientsOf(clinic)).toContain(p.id);
  });

  test("200 for a patient changes nothing for the others, also where nobody works any more", async () => {
    const [leaves, stays] = [await givenAccount(), await givenAccount()];
    await onlyAdmin(clinic);
    await remove(clinic.admin.id);
    for (const { id } of [leaves, stays]) expect((await share(clinic, id)).status).toBe(200);
    expect((await remove(leaves.id)).status).toBe(200);
    expect(await patientsOf(clinic)).toEqual([stays.id]);
    await expectCounted(clinic);
  });

  test("200 ends the invitations the user has received, with their records, and nobody else's", async () => {
    const user = await givenAccount();
    const received = await givenInvite(clinic, { email: `${user.id}@people.test` }, { sub: user.id });
    const others = await givenInvite(clinic);
    await rows(
      "UPDATE clinician_invitations SET invited_user_id = ? WHERE key = ? RETURNING key",
      user.id,
      received.key,
    );
    expect((await remove(user.id)).status).toBe(200);
    expect(await storedInvite(received.key)).toMatchObject({ status: "canceled", isPending: false });
    expect(await storedInvite(others.key)).toMatchObject({ status: "pending", isPending: true });
    expect(await countRows("deleted_clinicians WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
  });

  test("200 leaves an invitation to the user's address that was not received by the account", async () => {
    const invite = await givenInvite(clinic);
    expect((await remove(invite.invitee.id)).status).toBe(200);
    expect(await storedInvite(invite.key)).toMatchObject({ status: "pending", isPending: true });
  });

  test("200 cancels the offers the user has made: nobody is made a patient after their account is gone", async () => {
    const offer = await givenPatientInvitation(clinic);
    expect((await remove(offer.sender.id)).status).toBe(200);
    expect((await clinic.member.put(offer.path)).status).toBe(403);
    expect(await patientsOf(clinic)).not.toContain(offer.sender.id);
  });

  test("of a deletion and the acceptance of the user's offer at once no patient is left", async () => {
    const offer = await givenPatientInvitation(clinic);
    const [removed, accepted] = await Promise.all([remove(offer.sender.id), clinic.member.put(offer.path)]);
    expect([removed.status, [200, 403].includes(accepted.status)]).toEqual([200, true]);
    expect(await patientsOf(clinic)).not.toContain(offer.sender.id);
    await expectCounted(clinic);
  });

  const deletionOf = (userId: string) => ({ method: "DELETE", path: `/v1/users/${userId}/clinics` });

  test("no patient is left of an offer that is accepted while the user is being deleted", async () => {
    const offer = await givenPatientInvitation(clinic);
    const answer = await interrupted(clinic.service, deletionOf(offer.sender.id), async () => {
      expect((await clinic.member.put(offer.path)).status).toBe(200);
    });
    expect(answer.status).toBe(200);
    expect(await patientsOf(clinic)).not.toContain(offer.sender.id);
    expect(await countRows("deleted_patients WHERE user_id = ?", offer.sender.id)).toBe(1);
    await expectCounted(clinic);
  });

  test("no member is left of an invitation that is accepted while the user is being deleted", async () => {
    const user = await givenAccount();
    const invite = await givenInvite(clinic, { email: `${user.id}@people.test` }, { sub: user.id });
    await rows("UPDATE clinician_invitations SET invited_user_id = ? WHERE key = ? RETURNING key", user.id, invite.key);
    const answer = await interrupted(clinic.service, deletionOf(user.id), async () => {
      expect((await invite.invitee.put(invite.receivedPath)).status).toBe(200);
    });
    expect(answer.status).toBe(200);
    expect(await membersOf(clinic)).not.toContain(user.id);
    expect(await countRows("deleted_clinicians WHERE user_id = ?", user.id)).toBe(1);
  });

  test("of the last two of a clinic, deleted at once, one sees that nobody is left", async () => {
    await clinic.service.delete(`${clinic.path}/clinicians/${clinic.prescriber.id}`);
    const p = await givenAccount();
    await share(clinic, p.id);
    const racers = await Promise.all([remove(clinic.admin.id), remove(clinic.member.id)]);
    expect(statuses(racers)).toEqual([200, 200]);
    expect([await membersOf(clinic), await patientsOf(clinic)]).toEqual([[], []]);
    await expectCounted(clinic);
  });

  test("patients go when the other last clinician is deleted in between, and stay when somebody joins in between", async () => {
    await clinic.service.delete(`${clinic.path}/clinicians/${clinic.prescriber.id}`);
    const other = await onlyAdmin(await givenClinic());
    const p = await givenAccount();
    for (const it of [clinic, other]) await share(it, p.id);
    await interrupted(clinic.service, deletionOf(clinic.admin.id), () => remove(clinic.member.id));
    expect(await patientsOf(clinic)).not.toContain(p.id);
    await interrupted(clinic.service, deletionOf(other.admin.id), async () =>
      join(other, await person(), ["PRESCRIBER"]),
    );
    expect(await patientsOf(other)).toContain(p.id);
  });

  test("of eight deletions of one user at once all succeed, and one snapshot of each record is kept", async () => {
    const user = await givenAccount();
    await join(clinic, user, ["CLINIC_MEMBER"]);
    await share(clinic, user.id);
    const racers = await Promise.all(Array.from({ length: 8 }, () => remove(user.id)));
    expect(statuses(racers)).toEqual(Array(8).fill(200));
    expect(await countRows("deleted_patients WHERE user_id = ?", user.id)).toBe(1);
    expect(await countRows("deleted_clinicians WHERE user_id = ?", user.id)).toBe(1);
    await expectCounted(clinic);
  });

  test("200 for a user nobody knows, and the second time: no record changes", async () => {
    const user = await givenAccount();
    await share(clinic, user.id);
    await remove(user.id);
    const withoutAudit = async () =>
      JSON.stringify((JSON.parse(await settled()) as [string, unknown][]).filter(([name]) => name !== "audit_log"));
    const before = await withoutAudit();
    for (const id of [user.id, newUserId()]) {
      const answer = await remove(id);
      expect([answer.status, answer.calls]).toEqual([200, 2]);
      const found = await rows(
        "SELECT clinic_id, patient_id FROM audit_log WHERE request_id = ?",
        answer.headers.get("x-request-id"),
      );
      expect(found).toEqual([{ clinic_id: null, patient_id: id }]);
    }
    expect(await withoutAudit()).toBe(before);
  });

  test("200 with the account itself, so that its address is the next one's who has it", async () => {
    const email = `ana.${newUserId()}@people.test`;
    const [ana, bo] = [await givenAccount({ email }), await givenAccount()];
    await share(clinic, ana.id);
    for (const { id } of [ana, bo]) {
      expect((await remove(id)).status).toBe(200);
      expect(await rows("SELECT * FROM users WHERE id = ?", id)).toEqual([]);
    }
    const again = await person({ email });
    expect((await again.get(`/v1/patients/${again.id}/clinics`)).status).toBe(200);
    await settled();
    expect(await rows("SELECT id, email_verified FROM users WHERE email = ?", email)).toEqual([
      { id: again.id, email_verified: 1 },
    ]);
  });

  test("200 and nothing that was mailed to them opens anything any more", async () => {
    const user = await givenAccount();
    await rows(
      "INSERT INTO restricted_tokens (hash, user_id, path, created_at, expires_at) VALUES (?, ?, '/v1/oauth/dexcom', 0, 9e15)",
      `hash of ${user.id}`,
      user.id,
    );
    await remove(user.id);
    expect(await countRows("restricted_tokens WHERE user_id = ?", user.id)).toBe(0);
  });

  test("403 for a person, also about themself", async () => {
    const user = await givenAccount();
    expect((await user.delete(`/v1/users/${user.id}/clinics`)).status).toBe(403);
  });

  test("200 again with the Idempotency-Key after all clinics are done, however many there are", async () => {
    const user = await givenAccount();
    const clinics = [clinic, await givenClinic(), await givenClinic()];
    for (const it of clinics) await share(it, user.id);
    const key = { "idempotency-key": newUserId() };
    expect((await remove(user.id, key)).status).toBe(200);
    expect(await countRows("patients WHERE user_id = ?", user.id)).toBe(0);
    await givenAccount({ sub: user.id });
    await share(clinic, user.id);
    const again = await remove(user.id, key);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(await countRows("patients WHERE user_id = ?", user.id)).toBe(1);
  });

  test("503 when the database fails half way: the same request, sent again with its key, finishes it", async () => {
    const user = await givenAccount();
    const clinics = [clinic, await givenClinic()];
    for (const it of clinics) await share(it, user.id);
    let batches = 0;
    const session = env.DB.withSession("first-primary");
    const withSession = () => ({
      prepare: (text: string) => session.prepare(text),
      getBookmark: () => session.getBookmark(),
      batch: async (statements: D1PreparedStatement[]) => {
        if (++batches === 3) throw new Error("D1_ERROR: Network connection lost.");
        return session.batch(statements);
      },
    });
    const headers = { "idempotency-key": newUserId() };
    const { token } = clinic.service;
    const through = servedIn({ DB: { withSession } });
    const failed = await send("DELETE", `/v1/users/${user.id}/clinics`, { token, headers, through });
    expect(failed.status).toBe(503);
    expect(await countRows("patients WHERE user_id = ?", user.id)).toBe(1);
    const again = await remove(user.id, headers);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, null]);
    expect(await countRows("patients WHERE user_id = ?", user.id)).toBe(0);
    for (const it of clinics) await expectCounted(it);
  });

  const carried = fc.record({
    tags: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
    sites: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
    providers: fc.array(fc.constantFrom("dexcom", "twiist", "abbott"), { maxLength: 3 }),
    permissions: fc.constantFrom(null, 0, 2, 15, 1),
  });

  test("every number kept equals a recount, whoever carries what and whoever is left", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(carried, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.nat(),
        async (all, alone, nth) => {
          const it = await givenClinic();
          if (alone) await onlyAdmin(it);
          const tags = [await givenTag(it), await givenTag(it), await givenTag(it)];
          const sites = [await givenSite(it), await givenSite(it), await givenSite(it)];
          const ids = await givenPatients(
            it,
            ...all.map(({ tags: t, sites: s, providers }) => ({
              tags: t.map((n) => tags[n]!.id),
              sites: s.map((n) => sites[n]!.id),
              dataSources: providers.map((providerName) => ({ providerName, state: "connected" })),
              countsToPlan: providers.includes("twiist") ? (0 as const) : (1 as const),
            })),
          );
          for (const [i, { permissions }] of all.entries()) {
            await rows("UPDATE patients SET permissions = ? WHERE user_id = ? RETURNING key", permissions, ids[i]);
          }
          const patient = nth % ids.length;
          expect((await remove(ids[patient]!)).status).toBe(200);
          await expectCounted(it);
          expect((await remove(it.admin.id)).status).toBe(200);
          await expectCounted(it);
          const left = ids.filter((_, i) => i !== patient && (!alone || ((all[i]!.permissions ?? 0) & 1) === 1));
          expect((await patientsOf(it)).filter((id) => ids.includes(id as string))).toEqual(left);
        },
      ),
      { numRuns: 12, seed: 20261120 },
    );
  });

  test("a clinic whose share code somebody still has takes offers, and a service may accept them", async () => {
    const code = await shareCodeOf(clinic);
    await onlyAdmin(clinic);
    await remove(clinic.admin.id);
    const user = await givenAccount();
    const sent = await user.post(`/confirm/send/invite/${user.id}/clinic`, {
      shareCode: code,
      permissions: { view: {} },
    });
    expect(sent.status).toBe(200);
    expect((await clinic.service.put(`${clinic.path}/invites/patients/${sent.body.key}`)).status).toBe(200);
  });
});
