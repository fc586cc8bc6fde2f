import { afterAll, beforeAll, expect } from "vitest";
import { add, cbg, openSet, settle } from "../device-data.ts";
import {
  CODES,
  connectedClinic,
  type FakeRedox,
  fakeRedox,
  orderFor,
  patientWithData,
  summaryAt,
} from "../ehr/fake-redox.ts";
import {
  type Answer,
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
} from "../harness.ts";
import { givenInvite } from "../invitations.ts";
import { givenPatientInvitation, shareCodeOf } from "../patient-invitations.ts";
import { both, CALLERS, ok, type Race, raceAll } from "./race.ts";

const birthDate = "1980-01-31";
const of = (table: string, clinic: GivenClinic) => countRows(`${table} WHERE clinic_id = ?`, clinic.clinicId);
const admins = (clinic: GivenClinic) =>
  countRows(`clinicians WHERE clinic_id = ? AND user_id IS NOT NULL AND roles LIKE '%CLINIC_ADMIN%'`, clinic.clinicId);

/** Rows up to the limit but for one. */
const fill = (table: "clinic_patient_tags" | "clinic_sites", { clinicId }: GivenClinic) =>
  rows(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49)
     INSERT INTO ${table} (clinic_id, id, name, name_key, num_patients)
     SELECT ?, lower(hex(randomblob(12))), 'N' || i, 'n' || i, 0 FROM n RETURNING 1`,
    clinicId,
  );

/** A clinic with a second admin. */
async function twoAdmins() {
  const clinic = await givenClinic();
  const second = await person();
  const email = `${second.id}@people.test`;
  const body = { id: second.id, email, name: "Second", roles: ["CLINIC_ADMIN"] };
  expect((await clinic.service.post(`${clinic.path}/clinicians`, body)).status).toBe(200);
  const pathOf = (id: string) => `${clinic.path}/clinicians/${id}`;
  return { clinic, two: [clinic.admin, second] as const, pathOf };
}

let redox: FakeRedox;
beforeAll(async () => {
  redox = await fakeRedox();
});
afterAll(() => redox.restore());

/** A merge of one clinic into another, which has a patient each, against something else. */
const againstMerge =
  (
    other: (pair: { source: GivenClinic; target: GivenClinic; patient: { id: string } }) => Promise<Answer>,
    isGone = false,
  ) =>
  async (): Promise<Race> => {
    const [source, target] = [await givenClinic(), await givenClinic()];
    const patient = await givenPatient(source);
    await givenPatient(target);
    const merge = () => target.service.post(`${target.path}/merge`, { sourceId: source.clinicId });
    return {
      clinics: [source, target],
      call: (n) => (n === 0 ? merge() : other({ source, target, patient })),
      after: async () => {
        expect(await countRows("merge_participants WHERE clinic_id IN (?, ?)", source.clinicId, target.clinicId)).toBe(
          0,
        );
        const left = await rows<{ n: number }>("SELECT count(*) AS n FROM patients WHERE user_id = ?", patient.id);
        if (!isGone) expect(left).toEqual([{ n: 1 }]);
      },
    };
  };

const RACES: Readonly<Record<string, () => Promise<Race>>> = {
  "the fiftieth tag": async () => {
    const clinic = await givenClinic();
    await fill("clinic_patient_tags", clinic);
    const call = (n: number) => clinic.member.post(`${clinic.path}/patient_tags`, { name: `Race ${n}` });
    return {
      clinics: [clinic],
      call,
      winners: 1,
      after: async () => expect(await of("clinic_patient_tags", clinic)).toBe(50),
    };
  },
  "the fiftieth site": async () => {
    const clinic = await givenClinic();
    await fill("clinic_sites", clinic);
    const call = (n: number) => clinic.admin.post(`${clinic.path}/sites`, { name: `Race ${n}` });
    return {
      clinics: [clinic],
      call,
      winners: 1,
      after: async () => expect(await of("clinic_sites", clinic)).toBe(50),
    };
  },
  "the last patients of a plan": async () => {
    const clinic = await givenClinic();
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 3 } });
    const call = (n: number) => clinic.member.post(`${clinic.path}/patients`, { fullName: `Race ${n}`, birthDate });
    return { clinics: [clinic], call, winners: 3 };
  },
  "a tag's name": async () => {
    const clinic = await givenClinic();
    const other = await givenTag(clinic);
    const name = "Same name";
    const call = (n: number) =>
      both(
        n,
        () =>
          clinic.member.post(
            `${clinic.path}/patient_tags`,
            { name: n % 4 === 0 ? name : name.toUpperCase() },
            { "idempotency-key": newUserId() },
          ),
        () => clinic.admin.put(`${clinic.path}/patient_tags/${other.id}`, { name }),
      );
    return {
      clinics: [clinic],
      call,
      after: async () =>
        expect(
          await countRows("clinic_patient_tags WHERE clinic_id = ? AND lower(name) = 'same name'", clinic.clinicId),
        ).toBe(1),
    };
  },
  "a site's name": async () => {
    const clinic = await givenClinic();
    const call = (n: number) =>
      clinic.admin.post(`${clinic.path}/sites`, { name: "Same" }, { "idempotency-key": `${newUserId()}${n}` });
    return { clinics: [clinic], call, winners: 1 };
  },
  "an MRN": async () => {
    const clinic = await givenClinic();
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: true });
    const call = (n: number) =>
      clinic.member.post(`${clinic.path}/patients`, { fullName: `Race ${n}`, birthDate, mrn: n % 2 ? "ab-1" : "AB-1" });
    return { clinics: [clinic], call, winners: 1 };
  },
  "a custodial address": async () => {
    const [one, two] = [await givenClinic(), await givenClinic()];
    const email = `${newUserId()}@race.test`;
    const call = (n: number) => {
      const clinic = n % 2 ? one : two;
      return clinic.member.post(`${clinic.path}/patients`, { fullName: `Race ${n}`, birthDate, email });
    };
    return {
      clinics: [one, two],
      call,
      winners: 1,
      after: async () => expect(await countRows("users WHERE email = ?", email)).toBe(1),
    };
  },
  "an Idempotency-Key": async () => {
    const clinic = await givenClinic();
    const headers = { "idempotency-key": newUserId() };
    const body = { fullName: "Race", birthDate };
    return {
      clinics: [clinic],
      call: () => clinic.member.post(`${clinic.path}/patients`, body, headers),
      winners: CALLERS,
      after: async (answers) => {
        expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
        expect(await countRows("patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId)).toBe(1);
      },
    };
  },
  "an invitation accepted by everybody": async () => {
    const clinic = await givenClinic();
    const { invitee, receivedPath, email } = await givenInvite(clinic);
    return {
      clinics: [clinic],
      call: () => invitee.put(receivedPath, undefined),
      after: async (answers) => {
        expect(answers.some(ok)).toBe(true);
        expect(await countRows("clinicians WHERE clinic_id = ? AND email = ?", clinic.clinicId, email)).toBe(1);
      },
    };
  },
  "an invitation accepted and cancelled": async () => {
    const clinic = await givenClinic();
    const { invitee, receivedPath, path, key, email } = await givenInvite(clinic);
    return {
      clinics: [clinic],
      call: (n) =>
        both(
          n,
          () => invitee.put(receivedPath, undefined),
          () => clinic.admin.delete(path),
        ),
      after: async (answers) => {
        const accepted = answers.some((it, n) => n % 2 === 0 && ok(it));
        const cancelled = answers.some((it, n) => n % 2 === 1 && ok(it));
        expect(accepted !== cancelled, "one of both").toBe(true);
        const members = await countRows("clinicians WHERE clinic_id = ? AND email = ?", clinic.clinicId, email);
        expect([members, await countRows("clinicians WHERE invite_id = ?", key)]).toEqual([Number(accepted), 0]);
      },
    };
  },
  "the last two admins, who demote each other": async () => {
    const { clinic, two, pathOf } = await twoAdmins();
    const call = (n: number) => {
      const [who, whom] = n % 2 ? two : two.toReversed();
      return who.put(pathOf(whom.id), { email: `${whom.id}@people.test`, roles: ["CLINIC_MEMBER"] });
    };
    return { clinics: [clinic], call, after: async () => expect(await admins(clinic)).toBe(1) };
  },
  "the last two admins, who remove each other": async () => {
    const { clinic, two, pathOf } = await twoAdmins();
    const call = (n: number) => two[n % 2]!.delete(pathOf(two[(n + 1) % 2]!.id));
    return { clinics: [clinic], call, winners: [1, 2, 3, 4], after: async () => expect(await admins(clinic)).toBe(1) };
  },
  "the last two admins, who leave": async () => {
    const { clinic, two, pathOf } = await twoAdmins();
    const call = (n: number) => two[n % 2]!.delete(pathOf(two[n % 2]!.id));
    return { clinics: [clinic], call, after: async () => expect(await admins(clinic)).toBe(1) };
  },
  "a person who offers themselves": async () => {
    const clinic = await givenClinic();
    const sender = await givenAccount();
    const body = { shareCode: await shareCodeOf(clinic), permissions: { view: {} } };
    return {
      clinics: [clinic],
      call: () => sender.post(`/confirm/send/invite/${sender.id}/clinic`, body, { "idempotency-key": newUserId() }),
      after: async (answers) => {
        expect(answers.some(ok)).toBe(true);
        const pending = "patient_invitations WHERE clinic_id = ? AND status = 'pending'";
        expect(await countRows(pending, clinic.clinicId)).toBe(1);
      },
    };
  },
  "an offer accepted and withdrawn": async () => {
    const clinic = await givenClinic();
    const { sender, path } = await givenPatientInvitation(clinic);
    return {
      clinics: [clinic],
      call: (n) =>
        both(
          n,
          () => clinic.member.put(path),
          () => sender.delete(path),
        ),
      after: async (answers) => {
        const [accepted, withdrawn] = [0, 1].map((of) => answers.some((it, n) => n % 2 === of && ok(it)));
        expect(accepted !== withdrawn, "one of both").toBe(true);
        const made = await countRows("patients WHERE clinic_id = ? AND user_id = ?", clinic.clinicId, sender.id);
        expect(made).toBe(Number(accepted));
      },
    };
  },
  "two orders for one new patient": async () => {
    const clinic = await connectedClinic();
    const who = { fullName: "Nora Race", birthDate: "1985-05-05", mrn: `R${newUserId()}` };
    return {
      clinics: [clinic],
      call: () => redox.post(orderFor(clinic, who, CODES.createAccountAndEnableReports)),
      winners: CALLERS,
      after: async () => {
        await redox.run((round) => [...round, ...round]);
        await redox.runLater();
        expect(await countRows("patients WHERE clinic_id = ? AND mrn = ?", clinic.clinicId, who.mrn)).toBe(1);
        expect(redox.messages.splice(0).filter(({ Meta }) => Meta.DataModel === "Results")).toHaveLength(CALLERS);
      },
    };
  },
  "a sync asked for by everybody": async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic, {}, null);
    await redox.order(clinic, patient, CODES.enableSummaryReports);
    await clinic.service.post(`/v1/patients/${patient.id}/summary`, await summaryAt());
    redox.messages.length = 0;
    return {
      clinics: [clinic],
      call: () => redox.syncPatient(clinic, patient),
      after: async (answers) => {
        expect(answers.every(ok)).toBe(true);
        await redox.run((round) => [...round, ...round]);
        await redox.runLater();
        expect(redox.messages.splice(0).map(({ Meta }) => Meta.DataModel)).toEqual(["Flowsheet", "Notes"]);
      },
    };
  },
  "a report made by everybody": async () => {
    const clinic = await givenClinic();
    const patient = await patientWithData(clinic);
    const headers = { "idempotency-key": newUserId() };
    return {
      clinics: [clinic],
      call: () => clinic.member.post(`${clinic.path}/patients/${patient.id}/reports`, {}, headers),
      winners: CALLERS,
      after: async (answers) => {
        expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
        const ready = "reports r JOIN patients p ON p.key = r.patient_key WHERE p.user_id = ? AND r.state = 'ready'";
        expect(await countRows(ready, patient.id)).toBe(1);
      },
    };
  },
  "a summary written and deleted with its patient": async () => {
    const clinic = await givenClinic();
    const { id } = await givenPatient(clinic);
    const summary = await summaryAt();
    return {
      clinics: [clinic],
      call: (n) =>
        n === 3
          ? clinic.admin.delete(`${clinic.path}/patients/${id}`)
          : clinic.service.post(`/v1/patients/${id}/summary`, summary),
      after: async () => {
        expect(await countRows("patients WHERE user_id = ?", id)).toBe(0);
        for (const table of ["cgm_periods", "bgm_periods"])
          expect(await countRows(`${table} WHERE patient_key NOT IN (SELECT key FROM patients)`)).toBe(0);
      },
    };
  },
  "device data added while the account is deleted": async () => {
    const clinic = await givenClinic();
    const who = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${who.id}`, { permissions: { view: {} } });
    const set = await openSet(who, who.id);
    await add(who, set, [cbg(Date.now() - 3_600_000)]);
    await settle(who.id);
    return {
      clinics: [clinic],
      call: (n) =>
        n === 3
          ? clinic.service.delete(`/v1/users/${who.id}/data`)
          : who.post(`/v1/data_sets/${set}/data`, [cbg(Date.now() - n * 300_000)]),
      after: async (answers) => {
        expect(answers[3]!.status).toBeLessThan(300);
        await settle(who.id);
        expect([
          await countRows("data_sets WHERE user_id = ?", who.id),
          await countRows("patients WHERE user_id = ? AND cgm_summary_id IS NOT NULL", who.id),
        ]).toEqual([0, 0]);
        expect((await clinic.service.get(`/data/${who.id}`)).body).toEqual([]);
      },
    };
  },
  "tags given, taken and deleted": async () => {
    const clinic = await givenClinic();
    const [tag, site] = [await givenTag(clinic), await givenSite(clinic)];
    const patients = await Promise.all([0, 1, 2].map(() => givenPatient(clinic)));
    const ids = patients.map(({ id }) => id as string);
    const path = `${clinic.path}/patient_tags/${tag.id}`;
    const changed = { fullName: "Race", birthDate, tags: [tag.id], sites: [site] };
    return {
      clinics: [clinic],
      call: (n) => {
        if (n === 5) return clinic.admin.delete(path);
        if (n === 6) return clinic.admin.delete(`${clinic.path}/sites/${site.id}`);
        if (n % 3 === 0) return clinic.admin.post(`${clinic.path}/patients/assign_tag/${tag.id}`, ids);
        if (n % 3 === 1) return clinic.member.put(`${clinic.path}/patients/${ids[n % 3]}`, changed);
        return clinic.admin.delete(`${clinic.path}/patients/${ids[2]}`);
      },
    };
  },
  "a merge and patients who are made": againstMerge(({ source }) =>
    source.member.post(`${source.path}/patients`, { fullName: `Race ${newUserId()}`, birthDate }),
  ),
  "a merge and a patient who is changed": againstMerge(({ source, patient }) =>
    source.member.put(`${source.path}/patients/${patient.id}`, { fullName: "Race", birthDate }),
  ),
  "a merge and a patient who is removed": againstMerge(
    ({ source, patient }) => source.admin.delete(`${source.path}/patients/${patient.id}`),
    true,
  ),
  "a merge and a clinic that is deleted": againstMerge(({ source }) => source.admin.delete(source.path)),
  "a merge and the same the other way round": againstMerge(({ source, target }) =>
    source.service.post(`${source.path}/merge`, { sourceId: target.clinicId }),
  ),
  "a merge asked for by everybody": againstMerge(({ source, target }) =>
    target.service.post(`${target.path}/merge`, { sourceId: source.clinicId }),
  ),
  "an undo asked for by everybody": async () => {
    const [source, target] = [await givenClinic(), await givenClinic()];
    const patient = await givenPatient(source);
    const { status } = await target.service.post(`${target.path}/merge`, { sourceId: source.clinicId });
    expect(status).toBe(200);
    const [merge] = await rows<{ id: string }>("SELECT id FROM merges WHERE source_id = ?", source.clinicId);
    const undo = () => target.service.post(`${target.path}/merges/${merge!.id}/undo`);
    const change = () => target.member.put(`${target.path}/patients/${patient.id}`, { fullName: "Race", birthDate });
    return {
      clinics: [source, target],
      call: (n) => both(n, undo, change),
      after: async () => {
        expect(await countRows("patients WHERE user_id = ?", patient.id)).toBe(1);
        expect(await countRows("merge_participants WHERE clinic_id IN (?, ?)", source.clinicId, target.clinicId)).toBe(
          0,
        );
      },
    };
  },
};

raceAll(RACES);
