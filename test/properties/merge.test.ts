import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { rows, service } from "../harness.ts";
import {
  carryOut,
  lockPair,
  beginUndo,
  type ClinicShape,
  type GivenPair,
  givenPair,
  keptBy,
  type PairShape,
} from "../merge-rows.ts";
import { expectMerged, look } from "../merge-expectations.ts";
import type { ModelClinic } from "./merge-model.ts";
import { cases } from "./size.ts";

const RUNS = cases(30, 10);
const PAIRS_PER_RUN = 10;

const tagName = fc.constantFrom("Type 1", "type1", "TYPE 2", "Pump", "pump", "New", "A", "B");
const siteName = fc.constantFrom("Main", "main", "Main (2)", "MAIN (3)", "Hill", "Lake", "lake (2)", "Ärzte");
const position = fc.nat(4);
const clinic: fc.Arbitrary<ClinicShape> = fc.record({
  tags: fc.array(tagName, { maxLength: 5 }),
  sites: fc.array(siteName, { maxLength: 5 }),
  members: fc.array(fc.record({ person: fc.nat(6), isAdmin: fc.boolean() }), { minLength: 1, maxLength: 5 }),
  patients: fc.array(
    fc.record({
      person: fc.integer({ min: 10, max: 24 }),
      tags: fc.array(position, { maxLength: 3 }),
      sites: fc.array(position, { maxLength: 3 }),
      isCustodial: fc.boolean(),
      hasSummary: fc.boolean(),
      provider: fc.constantFrom(null, null, "dexcom", "twiist"),
      ehr: fc.record({ summaryAndReports: fc.boolean(), xealthReports: fc.boolean() }, { requiredKeys: [] }),
    }),
    { maxLength: 9 },
  ),
  offers: fc.array(fc.integer({ min: 8, max: 30 }), { maxLength: 3 }),
  ehrSource: fc.constantFrom(null, "north", "south"),
});
const pair: fc.Arbitrary<PairShape> = fc.record({ source: clinic, target: clinic });

/** Merges as the coordinator does, without waiting for its alarms; the merge's id. */
async function merge(given: GivenPair): Promise<string> {
  const id = await lockPair(given);
  expect(await carryOut(id)).toBe("done");
  return id;
}

/** Undoes a merge in the same way; what was not restored. */
async function undo(mergeId: string): Promise<string[]> {
  await beginUndo(mergeId);
  expect(await carryOut(mergeId)).toBe("undone");
  return keptBy(mergeId);
}

describe("random clinics", () => {
  test("are merged as the model says, nobody lost or doubled; undone, both come back exactly as they were", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: PAIRS_PER_RUN, maxLength: PAIRS_PER_RUN }), async (shapes) => {
        await Promise.all(
          shapes.map(async (shape) => {
            const given = await givenPair(shape);
            const before: [ModelClinic, ModelClinic] = [await look(given.sourceId), await look(given.targetId)];
            const mergeId = await merge(given);
            await expectMerged(given, before);
            expect(await undo(mergeId)).toEqual([]);
            expect([await look(given.sourceId), await look(given.targetId)]).toEqual(before);
          }),
        );
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});

/** Edits between a merge and its undo, each of the record of one person, tag or site. */
type Edit = "rename" | "tag" | "order" | "remove" | "role" | "leave" | "renameTag" | "renameSite";
const EDITS: readonly Edit[] = ["rename", "tag", "order", "remove", "role", "leave", "renameTag", "renameSite"];

describe("random clinics with edits in between", () => {
  test("come back but for what was edited, and every edited record is named", { timeout: 120_000 }, async () => {
    const edits = fc.array(fc.tuple(fc.constantFrom(...EDITS), fc.nat(20)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(pair, edits), { minLength: 8, maxLength: 8 }), async (cases) => {
        await Promise.all(
          cases.map(async ([shape, wanted]) => {
            const given = await givenPair(shape);
            const before: [ModelClinic, ModelClinic] = [await look(given.sourceId), await look(given.targetId)];
            const mergeId = await merge(given);
            const edited = await edit(given, before, wanted);
            const named = new Set(await undo(mergeId));
            for (const record of edited) expect(named).toContain(record);
            await expectRestored(given, before, named);
          }),
        );
      }),
      { numRuns: cases(12, 6), endOnFailure: true },
    );
  });
});

/** Makes edits as rows, as other writers would; what has been edited. */
async function edit(
  { targetId }: GivenPair,
  [source, target]: [ModelClinic, ModelClinic],
  wanted: readonly (readonly [Edit, number])[],
): Promise<Set<string>> {
  const edited = new Set<string>();
  const run = (text: string, ...values: unknown[]) =>
    env.DB.prepare(text)
      .bind(...values)
      .run();
  const moved = source.members.filter(({ user }) => !target.members.some((it) => it.user === user));
  for (const [kind, n] of wanted) {
    const patient = source.patients[n % Math.max(1, source.patients.length)];
    const member = moved[n % Math.max(1, moved.length)];
    const patientIs = "clinic_id = ? AND user_id = ?";
    if (kind === "rename" && patient) {
      await run(
        `UPDATE patients SET full_name = 'Edited', version = version + 1 WHERE ${patientIs}`,
        targetId,
        patient.user,
      );
      edited.add(`patient ${patient.user}`);
    }
    if (kind === "tag" && patient) {
      const { meta } = await run(
        `UPDATE patients SET tags = '[]', version = version + 1 WHERE ${patientIs} AND tags <> '[]'`,
        targetId,
        patient.user,
      );
      if (meta.changes > 0) edited.add(`patient ${patient.user}`);
    }
    if (kind === "order" && patient) {
      await run(
        `UPDATE patients SET ehr_subscriptions = '{"summaryAndReports":{"active":true,"matchedMessages":[{"id":"new"}]}}', version = version + 1
         WHERE ${patientIs}`,
        targetId,
        patient.user,
      );
      edited.add(`patient ${patient.user}`);
    }
    if (kind === "remove" && patient) {
      await run(
        "DELETE FROM cgm_periods WHERE patient_key = (SELECT key FROM patients WHERE clinic_id = ? AND user_id = ?)",
        targetId,
        patient.user,
      );
      await run(`DELETE FROM patients WHERE ${patientIs}`, targetId, patient.user);
      edited.add(`patient ${patient.user}`);
    }
    if (kind === "role" && member) {
      await run(
        `UPDATE clinicians SET roles = '["CLINIC_MEMBER","PRESCRIBER"]' WHERE ${patientIs}`,
        targetId,
        member.user,
      );
      edited.add(`clinician ${member.user}`);
    }
    if (kind === "leave" && member) {
      await run(`DELETE FROM clinicians WHERE ${patientIs}`, targetId, member.user);
      edited.add(`clinician ${member.user}`);
    }
    const tag = source.tags[n % Math.max(1, source.tags.length)];
    if (kind === "renameTag" && tag && !target.tags.some((it) => sameTag(it) === sameTag(tag))) {
      const [found] = await rows<{ id: string }>(
        "SELECT id FROM clinic_patient_tags WHERE clinic_id = ? AND name = ?",
        targetId,
        tag,
      );
      if (found) {
        await run(
          "UPDATE clinic_patient_tags SET name = 'Other', name_key = ? WHERE clinic_id = ? AND id = ?",
          `other${found.id}`,
          targetId,
          found.id,
        );
        edited.add(`tag ${found.id}`);
      }
    }
    const site = source.sites[n % Math.max(1, source.sites.length)];
    if (kind === "renameSite" && site) {
      await run(
        "UPDATE clinic_sites SET name = 'Elsewhere', name_key = ? WHERE clinic_id = ? AND id = ?",
        `elsewhere${site.id}`,
        targetId,
        site.id,
      );
      edited.add(`site ${site.id}`);
    }
  }
  // The edits went past the numbers that are kept beside the records.
  await (await service()).post(`/v1/clinics/${targetId}/patient_count/refresh`);
  await run(
    `UPDATE clinic_patient_tags SET num_patients = (SELECT count(*) FROM patients WHERE patients.clinic_id = ?1 AND instr(tags, clinic_patient_tags.id) > 0) WHERE clinic_id = ?1`,
    targetId,
  );
  await run(
    `UPDATE clinic_sites SET num_patients = (SELECT count(*) FROM patients WHERE patients.clinic_id = ?1 AND instr(sites, clinic_sites.id) > 0) WHERE clinic_id = ?1`,
    targetId,
  );
  return edited;
}

const sameTag = (name: string) => name.toLowerCase().replaceAll(" ", "");

/** Everything that is not named is as it was before the merge, in both clinics; nobody is in neither who has not left. */
async function expectRestored(given: GivenPair, before: [ModelClinic, ModelClinic], named: Set<string>): Promise<void> {
  const after = [await look(given.sourceId), await look(given.targetId)] as const;
  for (const i of [0, 1] as const) {
    const unnamed = (clinic: ModelClinic) => ({
      patients: clinic.patients.filter(({ user }) => !named.has(`patient ${user}`)),
      members: clinic.members.filter(({ user }) => !named.has(`clinician ${user}`)),
      sites: clinic.sites.filter(({ id }) => i === 0 || !named.has(`site ${id}`)),
      codes: clinic.codes,
      offers: clinic.offers,
    });
    expect(unnamed(after[i])).toEqual(unnamed(before[i]));
  }
  expect(after[0].tags).toEqual(before[0].tags);
  for (const tag of before[1].tags) expect(after[1].tags).toContain(tag);
}
