import { beforeEach, describe, expect, test, vi } from "vitest";
import { findAccount } from "../../../test/accounts.ts";
import { type GivenClinic, givenClinic, givenPatient, newUserId, rows } from "../../../test/harness.ts";
import { deliver, deliverRow, givenOutboxEntry, outboxRow, postOffice } from "../../../test/mail/post-office.ts";
import { carryOut, lockPair, beginUndo, keptBy } from "../../../test/merge-rows.ts";
import { interruptedDatabase } from "../../../test/patient-rows.ts";

interface Waiting {
  id: string;
  kind: string;
  clinic_id: string;
}

let source: GivenClinic;
let target: GivenClinic;
beforeEach(async () => {
  source = await givenClinic({ name: "Harbor" });
  target = await givenClinic({ name: "Bay" });
});

const PENDING = { providerName: "dexcom", state: "pending" };
/** A patient of the source who was asked for their account there, and reminded to upload. */
async function asked(): Promise<{ id: string; email: string; waiting: () => Promise<Waiting[]> }> {
  const email = `rosa.${newUserId()}@own.test`;
  const { id } = await givenPatient(source, {
    fullName: "Rosa",
    birthDate: "1987-02-03",
    email,
    dataSources: [PENDING],
  });
  const path = `${source.path}/patients/${id}`;
  for (const what of ["connect/dexcom", "upload_reminder"]) {
    expect((await source.member.post(`${path}/${what}`)).status).toBeLessThan(300);
  }
  const waiting = () =>
    rows<Waiting>(
      `SELECT id, kind, clinic_id FROM outbox WHERE recipient_user_id = ? AND state = 'queued'
         AND (kind LIKE 'connection_request%' OR kind = 'patient_upload_reminder') ORDER BY kind`,
      id,
    );
  return { id, email, waiting };
}
const clinicsOf = async (waiting: () => Promise<Waiting[]>) =>
  (await waiting()).map((it) => [it.kind, it.clinic_id === source.clinicId ? "Harbor" : "Bay"]);
const all = (clinic: string) => [
  ["connection_request", clinic],
  ["connection_request_reminder", clinic],
  ["patient_upload_reminder", clinic],
];
async function merge(): Promise<string> {
  const id = await lockPair({ sourceId: source.clinicId, targetId: target.clinicId });
  expect(await carryOut(id)).toBe("done");
  return id;
}
async function undo(id: string): Promise<void> {
  await beginUndo(id);
  expect(await carryOut(id)).toBe("undone");
}
/** Sends what is due; the subjects it has in the end. */
async function sent(waiting: Waiting[]): Promise<{ to: string[]; subjects: string[] }> {
  const office = postOffice();
  for (const { id, kind } of waiting) if (kind !== "connection_request_reminder") await deliverRow(id, office.env);
  return { to: office.posted.map(({ to }) => to), subjects: office.posted.map(({ subject }) => subject) };
}

describe("what is still to be sent to a patient who moves", () => {
  test("goes out for the target, and for the source once that is undone", async () => {
    const [early, late] = [await asked(), await asked()];
    const mergeId = await merge();
    expect([await clinicsOf(early.waiting), await clinicsOf(late.waiting)]).toEqual([all("Bay"), all("Bay")]);
    expect(await sent(await early.waiting())).toEqual({
      to: [early.email, early.email],
      subjects: [expect.stringContaining("Bay"), expect.stringContaining("Bay")],
    });
    await undo(mergeId);
    expect(await keptBy(mergeId)).toEqual([]);
    expect(await clinicsOf(late.waiting)).toEqual(all("Harbor"));
    expect((await sent(await late.waiting())).subjects).toEqual([
      expect.stringContaining("Harbor"),
      expect.stringContaining("Harbor"),
    ]);
  });

  test("goes out for the target when the move comes between taking it up and looking the patient up", async () => {
    const { email, waiting } = await asked();
    const [request] = await waiting();
    const office = postOffice();
    await deliverRow(request!.id, { ...office.env, DB: interruptedDatabase(merge) });
    expect([await outboxRow(request!.id), office.posted]).toMatchObject([{ state: "queued", attempts: 0 }, []]);
    await deliverRow(request!.id, office.env);
    expect(office.posted.map(({ to, subject }) => [to, subject])).toEqual([[email, expect.stringContaining("Bay")]]);
    expect(await outboxRow(request!.id)).toMatchObject({ state: "sent" });
  });

  test.each(["queued", "sending", "failed"])(
    "moves along when it is a job that is %s, of whatever kind",
    async (state) => {
      const { id } = await asked();
      const kind = "a_kind_to_come";
      const job = await givenOutboxEntry({ kind, clinic_id: source.clinicId, recipient_user_id: id, state });
      const clinicOf = async () =>
        (await rows<Waiting>("SELECT clinic_id FROM outbox WHERE id = ?", job))[0]!.clinic_id;
      const mergeId = await merge();
      expect(await clinicOf()).toBe(target.clinicId);
      await undo(mergeId);
      expect(await clinicOf()).toBe(source.clinicId);
    },
  );

  test("is not sent where the target has a record of its own, but is once the source's is back", async () => {
    const { id, email, waiting } = await asked();
    const there = `${target.path}/patients/${id}`;
    expect((await target.service.post(there, { permissions: { view: {} } })).status).toBe(200);
    const mergeId = await merge();
    const [request, reminder] = await waiting();
    await sent([request!]);
    expect(await outboxRow(request!.id)).toMatchObject({ state: "skipped", reason: "patient_gone" });
    await undo(mergeId);
    const office = postOffice();
    const upload = (await waiting()).find(({ kind }) => kind === "patient_upload_reminder");
    await deliverRow(upload!.id, office.env);
    expect(office.posted.map(({ to, subject }) => [to, subject])).toEqual([[email, expect.stringContaining("Harbor")]]);
    expect(await outboxRow(reminder!.id)).toMatchObject({ state: "queued" });
  });

  test("is left alone where it is about another patient, or another clinic of the same one", async () => {
    const other = await givenClinic({ name: "Hill" });
    const { id } = await asked();
    await rows("UPDATE outbox SET clinic_id = ? WHERE recipient_user_id = ? RETURNING id", other.clinicId, id);
    const stranger = newUserId();
    await rows(
      `INSERT INTO outbox SELECT hex(randomblob(12)), batch, unique_key || 'x', kind, ?, ?, recipient_email, variables,
         state, attempts, lease_until, next_attempt_at, reason, created_at, finished_at
       FROM outbox WHERE recipient_user_id = ? AND kind = 'patient_upload_reminder' RETURNING id`,
      source.clinicId,
      stranger,
      id,
    );
    await merge();
    const clinics = await rows<{ clinic_id: string }>(
      "SELECT DISTINCT clinic_id FROM outbox WHERE kind = 'patient_upload_reminder' AND recipient_user_id IN (?, ?) ORDER BY recipient_user_id = ?",
      id,
      stranger,
      stranger,
    );
    expect(clinics.map((it) => it.clinic_id)).toEqual([other.clinicId, source.clinicId]);
  });
});

describe("the mails about a merge", () => {
  test("reach members of both clinics and the patients, at the addresses their accounts have", async () => {
    const { email } = await asked();
    const members = [source.admin, source.member, source.prescriber, target.admin];
    // Where accounts are kept here, somebody's is known once they have called.
    for (const member of members) await member.get(`/v1/clinicians/${member.id}/clinics`);
    await vi.waitFor(async () => {
      for (const { id } of members) expect(await findAccount(id)).toBeDefined();
    });
    const mergeId = await merge();
    const office = postOffice();
    const mails = await rows<Waiting>("SELECT id FROM outbox WHERE unique_key LIKE ?", `merge:${mergeId}:%`);
    await deliver(
      mails.map(({ id }) => ({ v: 1, id })),
      office.env,
    );
    const addresses = [email, ...members.map(({ id }) => `${id}@people.test`)];
    expect(office.posted.map(({ to }) => to).toSorted()).toEqual(addresses.toSorted());
  });
});

describe("a migration that waits for its job", () => {
  test("goes with its clinic into the target, and back once that is undone", async () => {
    const { admin } = source;
    const started = await source.service.post(`${source.path}/migrations`, { userId: admin.id });
    expect(started.status, started.text).toBe(200);
    const job = () =>
      rows("SELECT clinic_id FROM outbox WHERE kind = 'run_migration' AND recipient_user_id = ?", admin.id);
    const mergeId = await merge();
    expect((await target.member.get(`${target.path}/migrations/${admin.id}`)).status).toBe(200);
    expect(await job()).toEqual([{ clinic_id: target.clinicId }]);
    await undo(mergeId);
    expect((await source.member.get(`${source.path}/migrations/${admin.id}`)).status).toBe(200);
    expect(await job()).toEqual([{ clinic_id: source.clinicId }]);
  });
});
