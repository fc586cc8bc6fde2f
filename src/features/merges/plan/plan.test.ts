import { describe, expect, test } from "vitest";
import { aClinic, aClinician, aPatient, labels } from "../../../../test/merges.ts";
import type { ClinicForMerge } from "./clinic-for-merge.ts";
import { namesAmong, planMerge } from "./plan.ts";

const ADMIN = ["CLINIC_ADMIN"] as const;
const MEMBER = ["CLINIC_MEMBER"] as const;

/** The plan of a source and a target that have only this. */
const planOf = (source: Partial<ClinicForMerge>, target: Partial<ClinicForMerge>) =>
  planMerge(aClinic("North", source), aClinic("South", target));

describe("settings", () => {
  test.each([
    ["MRN Required", { mrnRequired: true }, {}],
    ["MRN Unique", {}, { mrnUnique: true }],
    ["Glucose Units", { preferredBgUnits: "" }, { preferredBgUnits: "mg/dL" }],
    ["Timezone", { timezone: "US/Pacific" }, {}],
  ])("%s must be the same in both, as it is stored", (setting, source, target) => {
    const { settings, blocking } = planOf(source, target);
    expect(settings.filter(({ isMatch }) => !isMatch).map(({ name }) => name)).toEqual([setting]);
    expect(blocking).toEqual([{ reason: "settings-mismatch", message: "Settings mismatch", count: 1, setting }]);
  });

  test("that differ are reported each by itself, in order", () => {
    const { settings, blocking } = planOf({ mrnUnique: true, timezone: "US/Pacific" }, { mrnRequired: true });
    expect(blocking.map(({ setting }) => setting)).toEqual(["MRN Required", "MRN Unique", "Timezone"]);
    expect(settings.map(({ sourceValue, targetValue }) => [sourceValue, targetValue])).toEqual([
      ["Not Required", "Required"],
      ["Yes", "No"],
      ["mg/dL", "mg/dL"],
      ["US/Pacific", ""],
    ]);
  });

  const entry = (emailDomain: string, requiredIdp?: string) => ({ emailDomain, requiredIdp });
  test.each([
    ["none restricted", [], [], 0, true],
    ["none in the source", [], [entry("a.test", "idp")], 0, false],
    ["a subset", [entry("a.test", "idp")], [entry("b.test"), entry("a.test", "idp")], 0, false],
    ["the same in another order", [entry("b.test"), entry("a.test")], [entry("a.test"), entry("b.test")], 0, true],
    ["a domain that the target lacks", [entry("a.test"), entry("b.test")], [entry("a.test")], 1, false],
    ["another provider", [entry("a.test", "one")], [entry("a.test", "two")], 1, false],
    [
      "a repeated domain, the last entry deciding",
      [entry("a.test", "one"), entry("a.test")],
      [entry("a.test")],
      0,
      false,
    ],
  ])("restrictions: %s", (_, source, target, missing, isMatch) => {
    const plan = planOf({ membershipRestrictions: source }, { membershipRestrictions: target });
    expect([plan.restrictions.missing, plan.restrictions.isMatch]).toEqual([missing, isMatch]);
    expect(plan.blocking.map(({ setting, count }) => [setting, count])).toEqual(
      missing ? [["Partial SSO", missing]] : [],
    );
  });

  test("restrictions are shown as sorted domains with their providers", () => {
    const { restrictions } = planOf({ membershipRestrictions: [entry("b.test"), entry("a.test", "idp")] }, {});
    expect([restrictions.sourceValue, restrictions.targetValue]).toEqual(["a.test/idp, b.test/", "N/A"]);
  });
});

describe("tags", () => {
  test("are the same when they differ in case and spaces alone", () => {
    const { tags } = planOf({ tags: labels("n", "Type 1", "New") }, { tags: labels("s", "TYPE1", "Old") });
    expect(tags).toEqual([
      {
        action: "SKIP",
        tag: { id: "n:Type 1", name: "Type 1" },
        joins: { id: "s:TYPE1", name: "TYPE1" },
        workspaces: ["North", "South"],
        merge: false,
      },
      { action: "CREATE", tag: { id: "n:New", name: "New" }, joins: null, workspaces: ["North"], merge: false },
      {
        action: "RETAIN",
        tag: { id: "s:TYPE1", name: "TYPE1" },
        joins: null,
        workspaces: ["North", "South"],
        merge: true,
      },
      { action: "RETAIN", tag: { id: "s:Old", name: "Old" }, joins: null, workspaces: ["South"], merge: false },
    ]);
  });

  const many = (clinic: string, count: number, from = 0) =>
    labels(clinic, ...Array.from({ length: count }, (_, i) => `tag ${from + i}`));
  test.each([
    ["exactly 50", many("n", 20), many("s", 40, 10), 0],
    ["51", many("n", 21), many("s", 40, 11), 1],
    ["100", many("n", 50), many("s", 50, 50), 50],
    ["too many already, and none added", many("n", 1), many("s", 51), 0],
  ])("in the target afterwards: %s", (_, source, target, above) => {
    const { blocking } = planOf({ tags: source }, { tags: target });
    expect(blocking.map(({ reason, count }) => [reason, count])).toEqual(above ? [["tag-limit", above]] : []);
  });
});

describe("sites", () => {
  const finalNames = (source: string[], target: string[]) =>
    planOf({ sites: labels("n", ...source) }, { sites: labels("s", ...target) })
      .sites.filter(({ action }) => action !== "RETAIN")
      .map(({ action, finalName }) => `${action} ${finalName}`);

  test.each([
    ["a free name", ["East"], ["West"], ["MOVE East"]],
    ["a name in another case", ["east"], ["EAST"], ["RENAME east (2)"]],
    ["white space that counts", ["East "], ["East"], ["MOVE East "]],
    ["a next name that another moved site has", ["A", "A (2)"], ["A"], ["RENAME A (3)", "MOVE A (2)"]],
    ["a next name that a later moved site has in another case", ["A", "a (2)"], ["A"], ["RENAME A (3)", "MOVE a (2)"]],
    ["a next name that another renamed site takes", ["A", "A (2)"], ["A", "A (2)"], ["RENAME A (3)", "RENAME A (4)"]],
    [
      "numbers of more digits than a number has",
      ["A (9007199254740992)"],
      ["A (9007199254740992)"],
      ["RENAME A (9007199254740993)"],
    ],
  ])("%s", (_, source, target, expected) => {
    expect(finalNames(source, target)).toEqual(expected);
  });

  test("keep to the length that names may have", () => {
    const long = "x".repeat(200);
    expect(finalNames([long], [long])).toEqual([`RENAME ${"x".repeat(192)} (2)`]);
    expect(finalNames([long], [long, `${"x".repeat(192)} (2)`])).toEqual([`RENAME ${"x".repeat(192)} (3)`]);
  });

  test("keep their ids, all of them, beyond the limit of a clinic", () => {
    const names = (clinic: string) => labels(clinic, ...Array.from({ length: 40 }, (_, i) => `Site ${i}`));
    const plan = planOf({ sites: names("n") }, { sites: names("s") });
    expect(new Set(plan.sites.map(({ site }) => site.id)).size).toBe(80);
    expect(new Set(plan.sites.map(({ finalName }) => finalName.toLowerCase())).size).toBe(80);
    expect(plan.blocking).toEqual([]);
  });
});

describe("clinicians", () => {
  const summary = (source: ClinicForMerge["clinicians"], target: ClinicForMerge["clinicians"]) =>
    planOf({ clinicians: source }, { clinicians: target }).clinicians.map(
      ({ action, clinician, resultingRoles, downgraded }) =>
        `${action} ${clinician.userId ?? clinician.email} ${resultingRoles.join()}${downgraded ? " downgraded" : ""}`,
    );

  test.each([
    ["an admin who is a member there", ADMIN, MEMBER, true],
    ["an admin who is an admin there", ADMIN, ADMIN, false],
    ["a member who is an admin there", MEMBER, ADMIN, false],
    ["an admin with a further role", ["CLINIC_ADMIN", "PRESCRIBER"] as const, ["PRESCRIBER"] as const, true],
  ])("%s has the target's roles afterwards", (_, ofSource, ofTarget, downgraded) => {
    const [source, target] = [aClinician("u1", { roles: ofSource }), aClinician("u1", { roles: ofTarget })];
    expect(summary([source], [target])).toEqual([
      `MERGE u1 ${ofTarget.join()}${downgraded ? " downgraded" : ""}`,
      `MERGE_INTO u1 ${ofTarget.join()}`,
    ]);
  });

  test("who are in one clinic move or stay with their roles, in the order of each clinic", () => {
    const source = [aClinician("u2", { roles: ADMIN }), aClinician("u1")];
    const target = [aClinician("u4"), aClinician(null, { email: "x@people.test", roles: ADMIN }), aClinician("u3")];
    expect(summary(source, target)).toEqual([
      "MOVE u2 CLINIC_ADMIN",
      "MOVE u1 CLINIC_MEMBER",
      "RETAIN u4 CLINIC_MEMBER",
      "RETAIN x@people.test CLINIC_ADMIN",
      "RETAIN u3 CLINIC_MEMBER",
    ]);
  });

  test("who are invited to the target and come with the source end the invitation", () => {
    const invited = aClinician(null, { email: "U1@People.test" });
    const { clinicians, blocking } = planOf({ clinicians: [aClinician("u1")] }, { clinicians: [invited] });
    expect(clinicians.map(({ action, clinician }) => [action, clinician.id])).toEqual([
      ["MOVE", "record-u1"],
      ["GIVE_WAY", invited.id],
    ]);
    expect(blocking).toEqual([]);
  });

  test("who are members of the target already end no invitation by an address they had in the source", () => {
    const target = [aClinician("u1"), aClinician(null, { email: "old@people.test" })];
    expect(summary([aClinician("u1", { email: "old@people.test" })], target).at(-1)).toBe(
      "RETAIN old@people.test CLINIC_MEMBER",
    );
  });

  test("whose address is another member's in the target can't be moved", () => {
    const source = [aClinician("u1", { email: "shared@people.test" })];
    const { blocking } = planOf(
      { clinicians: source },
      { clinicians: [aClinician("u2", { email: "shared@people.test" })] },
    );
    expect(blocking.map(({ reason, count }) => [reason, count])).toEqual([["email-taken", 1]]);
  });

  test("who are only invited to the source block, as does everybody who would come to a restricted target", () => {
    const invited = aClinician(null, { email: "x@people.test" });
    const source = [invited, aClinician("u1"), aClinician("u2")];
    const open = planOf({ clinicians: source }, { clinicians: [aClinician("u2")] });
    expect(open.blocking.map(({ reason, count }) => [reason, count])).toEqual([["pending-invites", 1]]);
    const restricted = planOf(
      { clinicians: source },
      { clinicians: [aClinician("u2")], membershipRestrictions: [{ emailDomain: "a.test" }] },
    );
    expect(restricted.clinicians.map(({ errors }) => errors)).toEqual([
      ["sso-restrictions", "pending-invites"],
      ["sso-restrictions"],
      [],
      [],
    ]);
    expect(restricted.blocking.map(({ reason, count }) => [reason, count])).toEqual([
      ["sso-restrictions", 2],
      ["pending-invites", 1],
    ]);
  });

  test("who are only invited to the target block nothing", () => {
    expect(planOf({}, { clinicians: [aClinician(null, { email: "x@people.test" })] }).blocking).toEqual([]);
  });

  test("without an address, as service accounts are, clash with nobody", () => {
    const robots = (...ids: string[]) => ids.map((id) => aClinician(id, { email: null, isServiceAccount: true }));
    expect(planOf({ clinicians: robots("r1") }, { clinicians: robots("r2") }).blocking).toEqual([]);
  });
});

describe("patients", () => {
  const likeness = (source: Parameters<typeof aPatient>[1], target: Parameters<typeof aPatient>[1]) => {
    const { patients } = planOf({ patients: [aPatient("p1", source)] }, { patients: [aPatient("p2", target)] });
    const { likely, nameOnly, mrnOnly } = patients.conflicting(0, 10);
    const found = { likely: likely.total, nameOnly: nameOnly.total, mrnOnly: mrnOnly.total };
    expect(patients.conflictTotals).toEqual({ account: 0, ...found });
    return Object.entries(found).flatMap(([name, total]) => (total > 0 ? [name] : []));
  };
  const ada = { fullName: "Ada Lovelace", birthDate: "1980-12-10", mrn: "A1" };

  test.each([
    ["nothing in common", {}, []],
    ["the birth date alone", { birthDate: ada.birthDate }, []],
    ["the name alone, in another case and with blanks", { fullName: "  ada LOVELACE " }, ["nameOnly"]],
    ["the MRN alone, in another case and with blanks", { mrn: " a1 " }, ["mrnOnly"]],
    ["the MRN alone, with an accent", { mrn: "Á1" }, ["mrnOnly"]],
    ["name and birth date", { ...ada, mrn: "B2" }, ["likely"]],
    ["MRN and birth date", { ...ada, fullName: "Another" }, ["likely"]],
    ["name and MRN", { ...ada, birthDate: "1999-01-01" }, ["likely"]],
    ["everything", ada, ["likely"]],
  ])("with %s", (_, target, expected) => {
    expect(likeness(ada, target)).toEqual(expected);
  });

  test.each([
    ["names of blanks", { fullName: "  " }],
    ["MRNs of blanks", { mrn: "  " }],
    ["empty values", { fullName: "", mrn: "", birthDate: "" }],
    ["no values", {}],
    ["birth dates that are not known", { birthDate: "0001-01-01" }],
  ])("%s are not alike", (_, fields) => {
    expect(likeness(fields, fields)).toEqual([]);
  });

  test("an unknown birth date makes nobody a likely duplicate", () => {
    const unknown = { fullName: "Ada", birthDate: "0001-01-01" };
    expect(likeness(unknown, unknown)).toEqual(["nameOnly"]);
  });

  test("of the same account are merged, whatever else they share, and are no other conflict", () => {
    const { patients } = planOf(
      { patients: [aPatient("p1", ada)] },
      { patients: [aPatient("p1", ada), aPatient("p2", ada)] },
    );
    expect([...patients].map(({ action, source, target }) => [action, source?.userId, target?.userId])).toEqual([
      ["MERGE", "p1", "p1"],
      ["MERGE_INTO", undefined, "p1"],
      ["RETAIN", undefined, "p2"],
    ]);
    expect(patients.conflictTotals).toEqual({ account: 1, likely: 1, nameOnly: 0, mrnOnly: 0 });
    expect(patients.conflicting(0, 10).likely).toEqual({ total: 1, members: [1] });
    expect(patients.total).toBe(2);
  });

  const rules = { mrnRequired: true, mrnUnique: true };
  const mrnErrors = (source: [string, string | null][], target: [string, string | null][], settings = rules) => {
    const make = (list: [string, string | null][]) => list.map(([userId, mrn]) => aPatient(userId, { mrn }));
    const plan = planOf({ ...settings, patients: make(source) }, { ...settings, patients: make(target) });
    return [
      [...plan.patients].slice(0, source.length).map(({ error }) => error ?? "-"),
      plan.blocking.map(({ reason, count }) => `${reason} ${count}`),
    ];
  };
  test.each<[string, [string, string | null][], [string, string | null][], string[], string[]]>([
    [
      "missing",
      [
        ["p1", null],
        ["p2", " "],
        ["p3", "1"],
      ],
      [],
      ["mrn-missing", "mrn-missing", "-"],
      ["mrn-missing 2"],
    ],
    [
      "taken",
      [
        ["p1", "a"],
        ["p2", "b"],
      ],
      [["p3", " A "]],
      ["mrn-taken", "-"],
      ["mrn-taken 1"],
    ],
    ["taken but for an accent", [["p1", "é1"]], [["p3", "E1"]], ["mrn-taken"], ["mrn-taken 1"]],
    [
      "repeated",
      [
        ["p1", "a"],
        ["p2", "A"],
      ],
      [],
      ["mrn-repeated", "mrn-repeated"],
      ["mrn-repeated 2"],
    ],
    [
      "repeated and taken",
      [
        ["p1", "a"],
        ["p2", "a"],
      ],
      [["p3", "a"]],
      ["mrn-repeated", "mrn-repeated"],
      ["mrn-repeated 2"],
    ],
    [
      "shared with a merged patient",
      [
        ["p1", "a"],
        ["p2", "a"],
      ],
      [["p1", "b"]],
      ["-", "mrn-repeated"],
      ["mrn-repeated 1"],
    ],
    ["a merged patient's own", [["p1", "a"]], [["p1", "a"]], ["-"], []],
    ["a merged patient's and missing", [["p1", null]], [["p1", null]], ["-"], []],
  ])("MRN rules: %s", (_, source, target, errors, blocking) => {
    expect(mrnErrors(source, target)).toEqual([errors, blocking]);
  });

  test("MRN rules bind only where the target has them", () => {
    const none = { mrnRequired: false, mrnUnique: false };
    expect(
      mrnErrors(
        [
          ["p1", "a"],
          ["p2", "a"],
          ["p3", null],
        ],
        [["p4", "a"]],
        none,
      ),
    ).toEqual([["-", "-", "-"], []]);
  });

  test("moved to a target with unique MRNs are bound by that, merged ones and those without an MRN are not", () => {
    const source = [aPatient("p1", { mrn: "a" }), aPatient("p2"), aPatient("p3", { mrn: "b" })];
    const { patients } = planOf({ patients: source }, { mrnUnique: true, patients: [aPatient("p3", { mrn: "c" })] });
    expect([...patients].map(({ mrnUniqueAfterwards }) => mrnUniqueAfterwards)).toEqual([true, false, false, false]);
  });

  test("clusters connect through others, by the smallest user id", () => {
    const patients = [
      aPatient("p9", { fullName: "Ada", birthDate: "1980-01-01" }),
      aPatient("p5", { mrn: "1", fullName: "Eve" }),
      aPatient("p3", { mrn: "1", fullName: "ADA", birthDate: "1980-01-01" }),
      aPatient("p2", { fullName: "Bo", birthDate: "1980-01-01" }),
      aPatient("p4", { fullName: "Zoe" }),
      aPatient("p1", { fullName: "zoe" }),
    ];
    const plan = planOf({ patients }, {});
    const ids = plan.patients.clusters("source").map((cluster) => cluster.map((at) => patients[at]!.userId));
    expect(ids).toEqual([
      ["p1", "p4"],
      ["p3", "p5", "p9"],
    ]);
    expect(plan.patients.clusters("target")).toEqual([]);
    const { likely, nameOnly, mrnOnly } = plan.patients.linked("source", 2, 10);
    expect([likely.members, nameOnly.members, mrnOnly.members]).toEqual([[0], [], [1]]);
  });

  test("lists of matches stop at the limit, their totals don't", () => {
    const same = Array.from({ length: 300 }, (_, i) =>
      aPatient(`t${i}`, { fullName: "Test Patient", birthDate: `19${i}` }),
    );
    const { patients } = planOf(
      { patients: [aPatient("p1", { fullName: "Test Patient", birthDate: "197" })] },
      { patients: same },
    );
    const { likely, nameOnly } = patients.conflicting(0, 100);
    expect([likely.total, likely.members]).toEqual([1, [7]]);
    expect([nameOnly.total, nameOnly.members.length, nameOnly.members.includes(7)]).toEqual([299, 100, false]);
  });
});

describe("the worked example", () => {
  const jan = { fullName: "Jan Doe", birthDate: "1980-01-31" };
  const north = {
    tags: labels("n", "A", "B"),
    sites: labels("n", "Main"),
    clinicians: [aClinician("u1", { roles: ADMIN }), aClinician("u2")],
    patients: [
      aPatient("p1", { ...jan, mrn: "10", tagIds: ["n:A"], siteIds: ["n:Main"] }),
      aPatient("p2", { mrn: "20", tagIds: ["n:B"] }),
    ],
  };
  const south = {
    tags: labels("s", "B"),
    sites: labels("s", "Main"),
    clinicians: [aClinician("u1")],
    patients: [aPatient("p2", { mrn: "20", siteIds: ["s:Main"] }), aPatient("p3", jan)],
  };

  test("is planned as specified", () => {
    const plan = planOf(north, south);
    expect(plan.tags.map(({ action, tag, merge }) => [action, tag.name, merge])).toEqual([
      ["CREATE", "A", false],
      ["SKIP", "B", false],
      ["RETAIN", "B", true],
    ]);
    expect(plan.sites.map(({ action, site, finalName }) => [action, site.id, finalName])).toEqual([
      ["RENAME", "n:Main", "Main (2)"],
      ["RETAIN", "s:Main", "Main"],
    ]);
    expect(
      plan.clinicians.map(({ action, resultingRoles, downgraded }) => [action, resultingRoles, downgraded]),
    ).toEqual([
      ["MERGE", MEMBER, true],
      ["MOVE", MEMBER, false],
      ["MERGE_INTO", MEMBER, false],
    ]);
    expect([...plan.patients].map(({ action }) => action)).toEqual(["MOVE", "MERGE", "MERGE_INTO", "RETAIN"]);
    expect(plan.patients.conflicting(0, 10).likely).toEqual({ total: 1, members: [1] });
    expect(plan.patients.conflictTotals).toEqual({ account: 1, likely: 1, nameOnly: 0, mrnOnly: 0 });
    expect(namesAmong(["n:Main", "gone", "n:Main"], plan.names.afterwards.sites)).toEqual(["Main (2)"]);
    expect(plan.blocking).toEqual([]);
  });

  test("is blocked where only the target has unique MRNs", () => {
    const { blocking } = planOf(north, { ...south, mrnUnique: true });
    expect(blocking).toEqual([
      { reason: "settings-mismatch", message: "Settings mismatch", count: 1, setting: "MRN Unique" },
    ]);
  });
});
