import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ClinicForMerge } from "../../src/features/merges/plan/clinic-for-merge.ts";
import { type MergePlan, namesAmong, planMerge } from "../../src/features/merges/plan/plan.ts";
import { aClinic, aClinician, aPatient } from "../merges.ts";
import {
  modelBlocking,
  modelClinicians,
  modelClusters,
  modelNames,
  modelPatients,
  modelSettings,
  modelSites,
  modelTags,
} from "./merge-plan-model.ts";

/** Few values of everything, so that clinics have a lot in common. */
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const tagNames = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.uniqueArray(oneOf("A", "b", "a b", "Ab c", "C", "d e"), {
      selector: (name) => name.toLowerCase().replaceAll(" ", ""),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 45, max: 50 }).map((count) => Array.from({ length: count }, (_, i) => `tag ${i}`)),
  },
);
const siteNames = fc.uniqueArray(oneOf("A", "a (2)", "A (3)", "b", "B (2)", "C", "A (2) (2)"), {
  selector: (name) => name.toLowerCase(),
  maxLength: 5,
});
const roles = oneOf(["CLINIC_ADMIN"] as const, ["CLINIC_MEMBER"] as const, ["CLINIC_ADMIN", "PRESCRIBER"] as const);
const email = oneOf("a@x.test", "A@x.test", "b@x.test", "c@x.test", "d@x.test");
const clinician = fc.oneof(
  { weight: 5, arbitrary: fc.record({ userId: oneOf("u1", "u2", "u3", "u4"), email: fc.option(email), roles }) },
  { weight: 1, arbitrary: fc.record({ userId: fc.constant(null), email, roles }) },
);
const clinicians = fc
  .uniqueArray(clinician, { selector: ({ userId, email }) => userId ?? email, maxLength: 5 })
  .map((list) => list.filter(({ email }, i) => email === null || list.findIndex((one) => one.email === email) === i));
const restriction = fc.record({ emailDomain: oneOf("a.test", "b.test"), requiredIdp: oneOf(undefined, "one", "two") });

const clinic = (name: string) =>
  fc
    .record({
      mrnRequired: oneOf(false, false, true),
      mrnUnique: oneOf(false, true),
      preferredBgUnits: oneOf("mg/dL", "mg/dL", "mmol/L", ""),
      timezone: oneOf("", "", "US/Pacific"),
      membershipRestrictions: fc.array(restriction, { maxLength: 2 }),
      tagNames,
      siteNames,
      clinicians,
      patients: fc.uniqueArray(
        fc.record({
          userId: oneOf(...Array.from("abcdefghijklmnop", (letter) => `p-${letter}`)),
          fullName: oneOf(
            null,
            "",
            "Ada",
            " ADA ",
            "Bo",
            "Cy",
            "Dee",
            "Eve",
            "Flo",
            "Gus",
            "Hal",
            "Ida",
            "Adá",
            "Bo\u200b",
          ),
          birthDate: oneOf(null, "0001-01-01", "1980-01-01", "1980-01-02", "1980-01-03"),
          mrn: oneOf(null, " ", "1", "2", "x", "X ", "é", "E", "f", "g", "h", "i", "j"),
          tags: fc.array(fc.nat(8), { maxLength: 3 }),
          sites: fc.array(fc.nat(8), { maxLength: 3 }),
        }),
        { selector: ({ userId }) => userId, maxLength: 9 },
      ),
    })
    .map(({ tagNames, siteNames, clinicians, patients, ...settings }): ClinicForMerge => {
      const labelled = (kind: string, names: readonly string[]) =>
        names.map((label, i) => ({ id: `${name}-${kind}-${i}`, name: label }));
      return aClinic(name, {
        ...settings,
        tags: labelled("tag", tagNames),
        sites: labelled("site", siteNames),
        clinicians: clinicians.map(({ userId, ...fields }) => aClinician(userId, fields)),
        patients: patients.map(({ userId, tags, sites, ...fields }) =>
          aPatient(userId, {
            ...fields,
            tagIds: tags.map((i) => `${name}-tag-${i}`),
            siteIds: sites.map((i) => `${name}-site-${i}`),
          }),
        ),
      });
    });

const LIMIT = 1000;

const LIKENESSES = ["likely", "nameOnly", "mrnOnly"] as const;

/** The parts of a plan in the form the model has them. */
function parts({ source, target, patients, ...plan }: MergePlan) {
  const links = (at: number) => {
    const likes = patients.conflicting(at, LIMIT);
    return LIKENESSES.map((likeness) => likes[likeness].members.map((other) => target.patients[other]!.userId));
  };
  const clusters = (of: "source" | "target", clinic: ClinicForMerge) =>
    patients.clusters(of).map((cluster) =>
      cluster.map((at) => {
        const likes = patients.linked(of, at, LIMIT);
        return [
          clinic.patients[at]!.userId,
          LIKENESSES.map((likeness) => likes[likeness].members.map((other) => clinic.patients[other]!.userId)),
        ];
      }),
    );
  return {
    settings: plan.settings.map(({ name, sourceValue, targetValue }) => [name, sourceValue, targetValue]),
    tags: plan.tags.map(({ action, tag, joins, workspaces, merge }) => [
      action,
      tag.id,
      joins?.id ?? null,
      workspaces,
      merge,
      plan.names.afterwards.tags.get(tag.id),
    ]),
    sites: plan.sites.map(({ action, site, finalName, workspace }) => [action, site.id, finalName, workspace]),
    clinicians: plan.clinicians.map((it) => [
      it.action,
      it.clinician.id,
      it.resultingRoles,
      it.downgraded,
      it.workspaces,
      it.errors,
    ]),
    patients: [...patients].map((it, at) => [
      it.action,
      it.source?.userId,
      it.target?.userId,
      it.error,
      it.mrnUniqueAfterwards,
      ...(it.source ? [links(at)] : []),
    ]),
    sourceClusters: clusters("source", source),
    targetClusters: clusters("target", target),
    blocking: plan.blocking.map(({ reason, count, setting }) => [reason, count, setting]),
    names: source.patients.map(({ tagIds, siteIds }) => ({
      tags: namesAmong(tagIds, plan.names.afterwards.tags),
      sites: namesAmong(siteIds, plan.names.afterwards.sites),
    })),
  };
}

test("a plan is what the specification says, whatever the clinics have in common", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(clinic("North"), clinic("South"), (source, target) => {
      const plan = planMerge(source, target);
      const expected = {
        settings: modelSettings(source, target),
        tags: modelTags(source, target),
        sites: modelSites(source, target),
        clinicians: modelClinicians(source, target),
        patients: modelPatients(source, target),
        sourceClusters: modelClusters(source.patients),
        targetClusters: modelClusters(target.patients),
        blocking: modelBlocking(source, target),
        names: source.patients.map((patient) => modelNames(source, target, patient)),
      };
      expect(parts(plan)).toEqual(expected);
      const pairs = expected.patients.flatMap((it) => (it[5] ?? []) as string[][]);
      const count = (category: number) => pairs.filter((_, i) => i % 3 === category).flat().length;
      const account = expected.patients.filter(([action]) => action === "MERGE").length;
      expect(plan.patients.conflictTotals).toEqual({
        account,
        likely: count(0),
        nameOnly: count(1),
        mrnOnly: count(2),
      });
      expect(plan.patients.total).toBe(source.patients.length + target.patients.length - account);
      for (const [reason] of expected.blocking) seen.add(reason);
      for (const [action] of [...expected.tags, ...expected.sites, ...expected.clinicians, ...expected.patients]) {
        seen.add(String(action));
      }
    }),
    { numRuns: 600 },
  );
  // Every rule must have been at work somewhere, or nothing was shown of it.
  const actions = ["CREATE", "GIVE_WAY", "MERGE", "MERGE_INTO", "MOVE", "RENAME", "RETAIN", "SKIP"];
  const mrns = ["mrn-missing", "mrn-repeated", "mrn-taken"];
  const reasons = ["email-taken", ...mrns, "pending-invites", "settings-mismatch", "sso-restrictions", "tag-limit"];
  expect([...seen].toSorted()).toEqual([...actions, ...reasons]);
});
