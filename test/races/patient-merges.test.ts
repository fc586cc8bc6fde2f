import { expect } from "vitest";
import {
  type Answer,
  countRows,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
} from "../harness.ts";
import { merge } from "../patient-merges.ts";
import { summaryAt } from "../ehr/fake-redox.ts";
import { both, CALLERS, ok, type Race, raceAll } from "./race.ts";

/** Merges of two patients against each other, and against everything that changes one of them. */

const birthDate = "1987-02-03";
const who = { fullName: "Rosa Diaz", birthDate };
const ACCEPT = ["not-alike", "data-stays", "connection-stays", "orders-end", "records-elsewhere"];
const mergeAll = (clinic: GivenClinic, target: string, source: string, more: object = {}) =>
  merge(clinic, target, source, { accept: ACCEPT, ...more });

async function givenPair(more: object = {}) {
  const clinic = await givenClinic();
  const a = await givenPatient(clinic, { ...who, mrn: "A-1", email: `${newUserId()}@race.test`, ...more });
  const b = await givenPatient(clinic, { ...who, mrn: "B-2" });
  const at = (id: string) => `${clinic.path}/patients/${id}`;
  return { clinic, a: a.id as string, b: b.id as string, at };
}
const standing = ({ clinicId }: GivenClinic) =>
  countRows("patient_merges WHERE clinic_id = ? AND undone_at IS NULL", clinicId);
const there = async (id: string) => (await countRows("patients WHERE user_id = ?", id)) === 1;
const expectGone = (answer: Answer, replacedBy: string) =>
  expect([answer.status, answer.body.replacedBy], answer.text).toEqual([404, replacedBy]);

/** A merge of a into b, against something else; what came of both. */
const against =
  (
    other: (pair: Awaited<ReturnType<typeof givenPair>>, n: number) => Promise<Answer>,
    after: (pair: Awaited<ReturnType<typeof givenPair>>, merged: Answer, others: readonly Answer[]) => Promise<void>,
    more: object = {},
  ) =>
  async (): Promise<Race> => {
    const pair = await givenPair(more);
    return {
      clinics: [pair.clinic],
      call: (n) => (n === 3 ? mergeAll(pair.clinic, pair.b, pair.a) : other(pair, n)),
      after: (answers) =>
        after(
          pair,
          answers[3]!,
          answers.filter((_, n) => n !== 3),
        ),
    };
  };

/** What seven callers do to one record. */
const changes = ({ clinic, at }: Awaited<ReturnType<typeof givenPair>>, id: string, n: number): Promise<Answer> => {
  if (n % 4 === 0) return clinic.member.put(at(id), { ...who, fullName: `Rosa ${n}`, mrn: "A-1" });
  if (n % 4 === 1) return clinic.admin.put(`${at(id)}/reviews`);
  if (n % 4 === 2) return clinic.member.post(`${at(id)}/upload_reminder`);
  return clinic.member.put(at(id), { ...who, fullName: `Rosa ${n}` });
};

async function givenMerged() {
  const pair = await givenPair();
  const done = await mergeAll(pair.clinic, pair.b, pair.a);
  expect(done.status, done.text).toBe(200);
  const undo = () => pair.clinic.admin.post(`${pair.clinic.path}/patient_merges/${done.body.id}/undo`);
  return { ...pair, id: done.body.id as string, undo };
}

/** As many rounds as the specification asks for. */
const ROUNDS = 50;

raceAll(
  {
    "a merge of one pair, asked for by everybody": async () => {
      const { clinic, a, b } = await givenPair();
      return {
        clinics: [clinic],
        call: () => mergeAll(clinic, b, a),
        winners: CALLERS,
        after: async (answers) => {
          expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
          expect([await standing(clinic), await there(a), await there(b)]).toEqual([1, false, true]);
        },
      };
    },
    "a merge with one Idempotency-Key": async () => {
      const { clinic, a, b } = await givenPair();
      const headers = { "idempotency-key": newUserId() };
      return {
        clinics: [clinic],
        call: () => clinic.admin.post(`${clinic.path}/patients/${b}/merge`, { sourceId: a, accept: ACCEPT }, headers),
        winners: CALLERS,
        after: async (answers) => {
          expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
          expect(await countRows("patient_merges WHERE clinic_id = ?", clinic.clinicId)).toBe(1);
        },
      };
    },
    "a merge in both directions": async () => {
      const { clinic, a, b } = await givenPair();
      return {
        clinics: [clinic],
        call: (n) =>
          both(
            n,
            () => mergeAll(clinic, b, a),
            () => mergeAll(clinic, a, b),
          ),
        winners: CALLERS / 2,
        after: async (answers) => {
          const stays = answers.find(ok)!.body.targetId as string;
          for (const answer of answers.filter((it) => !ok(it))) expectGone(answer, stays);
          expect([await standing(clinic), await there(stays)]).toEqual([1, true]);
        },
      };
    },
    "a chain of two merges": async () => {
      const { clinic, a, b, at } = await givenPair();
      const c = (await givenPatient(clinic, who)).id as string;
      return {
        clinics: [clinic],
        call: (n) =>
          both(
            n,
            () => mergeAll(clinic, b, a),
            () => mergeAll(clinic, c, b),
          ),
        after: async (answers) => {
          const [first, second] = [0, 1].map((of) => answers.filter((_, n) => n % 2 === of)) as [Answer[], Answer[]];
          expect(second.every(ok)).toBe(true);
          for (const answer of first.filter((it) => !ok(it))) expectGone(answer, c);
          const isChain = first.some(ok);
          expect([await standing(clinic), await there(a)]).toEqual([isChain ? 2 : 1, !isChain]);
          if (isChain) expectGone(await clinic.admin.get(at(a)), c);
          expectGone(await clinic.admin.get(at(b)), c);
        },
      };
    },
    "a merge and changes of the record that goes": against(
      (pair, n) => changes(pair, pair.a, n),
      async ({ a, b }, merged, others) => {
        expect(merged.status, merged.text).toBe(200);
        for (const answer of others.filter((it) => !ok(it))) expectGone(answer, b);
        const names = others.filter(ok).flatMap(({ body }) => (body?.fullName ? [body.fullName as string] : []));
        const [kept] = await rows<{ name: string }>(
          "SELECT full_name AS name FROM deleted_patients WHERE user_id = ?",
          a,
        );
        expect(["Rosa Diaz", ...names]).toContain(kept!.name);
        if (names.length > 0) expect(kept!.name).not.toBe("Rosa Diaz");
      },
    ),
    "a merge and changes of the record that stays": against(
      (pair, n) => changes(pair, pair.b, n),
      async ({ b }, merged, others) => {
        expect(merged.status, merged.text).toBe(200);
        expect(others.filter((it) => !ok(it)).map(({ text }) => text)).toEqual([]);
        const [kept] = await rows<{ name: string }>("SELECT full_name AS name FROM patients WHERE user_id = ?", b);
        expect(kept!.name).toMatch(/^Rosa \d$/);
      },
    ),
    "a merge as planned and a change": async () => {
      const { clinic, a, b, at } = await givenPair();
      const { plan } = (await merge(clinic, b, a, {}, "?dryRun=true")).body;
      return {
        clinics: [clinic],
        call: (n) =>
          n === 3
            ? mergeAll(clinic, b, a, { plan })
            : clinic.member.put(at(b), { ...who, mrn: "B-2", targetDevices: ["d"] }),
        after: async (answers) => {
          const merged = answers[3]!;
          expect([200, 409], merged.text).toContain(merged.status);
          if (merged.status === 409) expect(merged.body.current.plan).not.toBe(plan);
          expect(answers.filter(ok).length).toBeGreaterThanOrEqual(CALLERS - 1);
          expect(await there(a)).toBe(merged.status === 409);
        },
      };
    },
    "a merge and summaries of both": against(
      async ({ clinic, a, b }, n) => clinic.service.post(`/v1/patients/${n % 2 ? a : b}/summary`, await summaryAt()),
      async ({ a, b }, merged, others) => {
        expect([merged.status, others.every(ok)], merged.text).toEqual([200, true]);
        expect([
          await there(a),
          await countRows("patients WHERE user_id = ? AND cgm_summary_id IS NOT NULL", b),
        ]).toEqual([false, 1]);
        expect(await countRows("cgm_periods WHERE patient_key NOT IN (SELECT key FROM patients)")).toBe(0);
      },
    ),
    "a merge and the deletion of the record that goes": against(
      ({ clinic, at, a }) => clinic.admin.delete(at(a)),
      async ({ b }, merged, others) => {
        const deleted = others.filter(ok).length;
        expect([Number(ok(merged)), deleted]).toEqual(ok(merged) ? [1, 0] : [0, 1]);
        if (ok(merged)) for (const answer of others) expectGone(answer, b);
        else expect([merged.status, merged.body.message]).toEqual([404, "source patient not found"]);
        expect(await there(b)).toBe(true);
      },
    ),
    "a merge and the deletion of the record that stays": against(
      ({ clinic, at, b }) => clinic.admin.delete(at(b)),
      async ({ clinic, a, b }, merged, others) => {
        expect(others.filter(ok)).toHaveLength(1);
        expect([await there(a), await there(b), await standing(clinic)]).toEqual([
          !ok(merged),
          false,
          Number(ok(merged)),
        ]);
        if (!ok(merged)) expect([merged.status, merged.body.message]).toEqual([404, "patient not found"]);
        const [kept] = await rows<{ email: string | null }>("SELECT email FROM deleted_patients WHERE user_id = ?", b);
        // What was archived is the survivor with what was filled, or the record as it was.
        expect(kept!.email !== null).toBe(ok(merged));
      },
    ),
    "a merge and the owner of the account that goes": async () => {
      const { clinic, a, b } = await givenPair();
      const owner = await person({ sub: a, email: `${a}@owner.test` });
      return {
        clinics: [clinic],
        call: (n) => (n === 3 ? mergeAll(clinic, b, a) : owner.get(`/v1/patients/${a}/clinics`)),
        after: async (answers) => {
          const merged = answers[3]!;
          if (!ok(merged)) expect(merged.body.errors).toMatchObject([{ reason: "source-claimed", swap: true }]);
          expect(await there(a)).toBe(!ok(merged));
          const address = "SELECT email FROM users WHERE id = ? AND is_custodial = 0";
          expect(await rows(address, a)).toEqual([{ email: `${a}@owner.test` }]);
        },
      };
    },
    "the address and the MRN that a merge frees": async () => {
      const { clinic, a, b } = await givenPair();
      const email = `${newUserId()}@race.test`;
      await clinic.member.put(`${clinic.path}/patients/${b}`, { ...who, mrn: "B-2", email });
      await clinic.service.put(`${clinic.path}/settings/mrn`, { required: false, unique: true });
      const [{ taken }] = (await rows<{ taken: string }>("SELECT email AS taken FROM users WHERE id = ?", a)) as [
        { taken: string },
      ];
      return {
        clinics: [clinic],
        call: (n) =>
          n === 3
            ? mergeAll(clinic, b, a, { take: ["mrn"] })
            : clinic.member.post(
                `${clinic.path}/patients`,
                { fullName: `Race ${n}`, birthDate, ...(n % 2 ? { email: taken } : { mrn: "B-2" }) },
                { "idempotency-key": newUserId() },
              ),
        after: async (answers) => {
          expect(answers[3]!.status, answers[3]!.text).toBe(200);
          expect(await countRows("users WHERE email = ?", taken)).toBeLessThanOrEqual(1);
          const ofOne = "patients WHERE clinic_id = ? AND mrn_key = ?";
          expect(await countRows(ofOne, clinic.clinicId, "b-2")).toBeLessThanOrEqual(1);
          expect(await countRows(ofOne, clinic.clinicId, "a-1")).toBe(1);
        },
      };
    },
    "a merge of two patients and one of their clinic": async () => {
      const { clinic, a, b } = await givenPair();
      const other = await givenClinic();
      return {
        clinics: [clinic, other],
        call: (n) =>
          n === 3
            ? other.service.post(`${other.path}/merge`, { sourceId: clinic.clinicId })
            : mergeAll(clinic, b, a, { take: ["fullName"] }),
        after: async (answers) => {
          const merged = answers.filter((_, n) => n !== 3);
          const isDone = merged.some(ok);
          for (const answer of merged.filter((it) => !ok(it)))
            expect([403, 404, 409], answer.text).toContain(answer.status);
          expect(await countRows("patient_merges WHERE source_user_id = ?", a)).toBe(Number(isDone));
          expect([await there(a), await there(b)]).toEqual([!isDone, true]);
        },
      };
    },
    "an undo asked for by everybody": async () => {
      const { clinic, a, b, undo } = await givenMerged();
      return {
        clinics: [clinic],
        call: undo,
        winners: CALLERS,
        after: async (answers) => {
          expect(new Set(answers.map(({ body }) => body.undoneTime)).size).toBe(1);
          expect([await there(a), await there(b), await standing(clinic)]).toEqual([true, true, 0]);
        },
      };
    },
    "an undo and changes of the survivor": async () => {
      const pair = await givenMerged();
      return {
        clinics: [pair.clinic],
        call: (n) =>
          n === 3
            ? pair.undo()
            : pair.clinic.member.put(pair.at(pair.b), { ...who, fullName: `Rosa ${n}`, mrn: "B-2" }),
        winners: CALLERS,
        after: async () => {
          const [kept] = await rows<{ name: string }>(
            "SELECT full_name AS name FROM patients WHERE user_id = ?",
            pair.b,
          );
          expect([await there(pair.a), kept!.name]).toEqual([true, expect.stringMatching(/^Rosa \d$/)]);
        },
      };
    },
    "an undo and a later merge of the survivor": async () => {
      const { clinic, a, b, undo, id } = await givenMerged();
      const c = (await givenPatient(clinic, who)).id as string;
      return {
        clinics: [clinic],
        call: (n) => both(n, undo, () => mergeAll(clinic, c, b)),
        after: async (answers) => {
          const [undone, merged] = [0, 1].map((of) => answers.filter((_, n) => n % 2 === of)) as [Answer[], Answer[]];
          expect(merged.every(ok)).toBe(true);
          const isUndone = undone.some(ok);
          if (!isUndone) for (const it of undone) expect(it.body.errors).toMatchObject([{ reason: "later-merge" }]);
          expect([await there(a), await there(b), await there(c)]).toEqual([isUndone, false, true]);
          expect(await countRows("patient_merges WHERE id = ? AND undone_at IS NULL", id)).toBe(Number(!isUndone));
        },
      };
    },
    "an undo and the source's user, who comes back": async () => {
      const { clinic, a, undo, at } = await givenMerged();
      return {
        clinics: [clinic],
        call: (n) => both(n, undo, () => clinic.service.post(at(a), { permissions: { view: {} } })),
        after: async (answers) => {
          const [undone, made] = [0, 1].map((of) => answers.filter((_, n) => n % 2 === of)) as [Answer[], Answer[]];
          expect(await there(a)).toBe(true);
          if (!undone.some(ok))
            for (const it of undone) expect(it.body.errors).toMatchObject([{ reason: "source-returned" }]);
          expect(made.some(ok) || undone.some(ok)).toBe(true);
        },
      };
    },
  },
  ROUNDS,
);
