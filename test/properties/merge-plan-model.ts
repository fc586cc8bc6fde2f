import type {
  ClinicForMerge,
  ClinicianForMerge,
  PatientForMerge,
} from "../../src/features/merges/plan/clinic-for-merge.ts";

/**
 * The rules of a merge as the specification has them, over plain lists: slow, and sharing nothing with src/ but the shape
 * of what is merged.
 */

/** What the letters come to that the clinics of these tests use, beside those that only lose their case. */
const READ_AS: Record<string, string> = { é: "e", á: "a", "’": "'", "\u200b": "", ß: "ss" };
const readAs = (text: string) => text.toLowerCase().replaceAll(/[éá’ß\u200b]/g, (c) => READ_AS[c]!);
const tagKey = (name: string) => readAs(name).trim().split(" ").join("");
const siteKey = (name: string) => readAs(name);
const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);
const sorted = (texts: string[]) => texts.toSorted(compare);
const unique = (texts: string[]) => texts.filter((text, i) => texts.indexOf(text) === i);
const textOf = (value: string | null) =>
  readAs(value ?? "")
    .trim()
    .replaceAll(/ +/g, " ");
const mrnOf = (patient: PatientForMerge) => textOf(patient.mrn);
const dobOf = (patient: PatientForMerge) => (patient.birthDate === "0001-01-01" ? "" : (patient.birthDate ?? ""));

/** One category for a pair of records, or none. */
export function categoryOf(a: PatientForMerge, b: PatientForMerge): string | undefined {
  if (a.userId === b.userId) return "Duplicate Accounts";
  const sharesMrn = mrnOf(a) !== "" && mrnOf(a) === mrnOf(b);
  const sharesName = textOf(a.fullName) !== "" && textOf(a.fullName) === textOf(b.fullName);
  const sharesDob = dobOf(a) !== "" && dobOf(a) === dobOf(b);
  const shared = [sharesMrn, sharesName, sharesDob].filter(Boolean).length;
  if (shared >= 2) return "Likely Duplicate Accounts";
  if (sharesMrn) return "MRN Only Match";
  if (sharesName) return "Name Only Match";
  return undefined;
}

export const CATEGORIES = ["Likely Duplicate Accounts", "Name Only Match", "MRN Only Match"];

/** The user ids among `others` that are like the patient, by category. */
const linksOf = (patient: PatientForMerge, others: readonly PatientForMerge[]) =>
  CATEGORIES.map((category) =>
    others.filter((other) => categoryOf(patient, other) === category).map(({ userId }) => userId),
  );

export function modelTags(source: ClinicForMerge, target: ClinicForMerge) {
  const both = sorted([source.name, target.name]);
  const counterpart = (clinic: ClinicForMerge, name: string) =>
    clinic.tags.find((tag) => tagKey(tag.name) === tagKey(name));
  return [
    ...source.tags.map((tag) => {
      const found = counterpart(target, tag.name);
      return found
        ? ["SKIP", tag.id, found.id, both, false, found.name]
        : ["CREATE", tag.id, null, [source.name], false, tag.name];
    }),
    ...target.tags.map((tag) =>
      counterpart(source, tag.name)
        ? ["RETAIN", tag.id, null, both, true, tag.name]
        : ["RETAIN", tag.id, null, [target.name], false, tag.name],
    ),
  ];
}

export function modelSites(source: ClinicForMerge, target: ClinicForMerge) {
  const names = [...target.sites, ...source.sites].map(({ name }) => siteKey(name));
  const inTarget = target.sites.map(({ name }) => siteKey(name));
  const moved = source.sites.map(({ id, name }) => {
    if (!inTarget.includes(siteKey(name))) return ["MOVE", id, name, source.name];
    let next = name;
    while (names.includes(siteKey(next))) {
      const number = / \((\d+)\)$/.exec(next);
      next = number ? next.replace(/ \(\d+\)$/, ` (${Number(number[1]) + 1})`) : `${next} (2)`;
    }
    names.push(siteKey(next));
    return ["RENAME", id, next, source.name];
  });
  return [...moved, ...target.sites.map(({ id, name }) => ["RETAIN", id, name, target.name])];
}

export function modelClinicians(source: ClinicForMerge, target: ClinicForMerge) {
  const both = sorted([source.name, target.name]);
  const counterpart = (clinic: ClinicForMerge, { userId }: ClinicianForMerge) =>
    userId === null ? undefined : clinic.clinicians.find((other) => other.userId === userId);
  const isSameEmail = (a: ClinicianForMerge, b: ClinicianForMerge) =>
    (a.email ?? "") !== "" && a.email?.toLowerCase() === b.email?.toLowerCase();
  const isAdmin = (clinician: ClinicianForMerge) => clinician.roles.some((role) => role === "CLINIC_ADMIN");
  const plans = source.clinicians.map((clinician) => {
    const there = counterpart(target, clinician);
    if (there) return ["MERGE", clinician.id, there.roles, isAdmin(clinician) && !isAdmin(there), both, []];
    const errors = [];
    if (target.membershipRestrictions.length > 0) errors.push("sso-restrictions");
    if (clinician.userId === null) errors.push("pending-invites");
    const clash = target.clinicians.some((other) => other.userId !== null && isSameEmail(other, clinician));
    if (clinician.userId !== null && clash) errors.push("email-taken");
    return ["MOVE", clinician.id, clinician.roles, false, [source.name], errors];
  });
  const comes = source.clinicians.filter((clinician) => clinician.userId !== null && !counterpart(target, clinician));
  return [
    ...plans,
    ...target.clinicians.map((clinician) => {
      if (counterpart(source, clinician)) return ["MERGE_INTO", clinician.id, clinician.roles, false, both, []];
      const givesWay = clinician.userId === null && comes.some((other) => isSameEmail(other, clinician));
      return [givesWay ? "GIVE_WAY" : "RETAIN", clinician.id, clinician.roles, false, [target.name], []];
    }),
  ];
}

export function modelPatients(source: ClinicForMerge, target: ClinicForMerge) {
  const ofSource = source.patients.map((patient) => {
    const there = target.patients.find(({ userId }) => userId === patient.userId);
    const links = linksOf(patient, target.patients);
    if (there) return ["MERGE", patient.userId, there.userId, undefined, false, links];
    const mrn = mrnOf(patient);
    let error: string | undefined;
    if (target.mrnRequired && mrn === "") error = "mrn-missing";
    if (target.mrnUnique && mrn !== "") {
      if (target.patients.some((other) => mrnOf(other) === mrn)) error = "mrn-taken";
      if (source.patients.filter((other) => mrnOf(other) === mrn).length > 1) error = "mrn-repeated";
    }
    return ["MOVE", patient.userId, undefined, error, target.mrnUnique && mrn !== "", links];
  });
  const ofTarget = target.patients.map(({ userId }) => {
    const action = source.patients.some((other) => other.userId === userId) ? "MERGE_INTO" : "RETAIN";
    return [action, undefined, userId, undefined, false];
  });
  return [...ofSource, ...ofTarget];
}

/** The connected groups of two and more, each member with whom it is directly linked to. */
export function modelClusters(patients: readonly PatientForMerge[]) {
  const groups: PatientForMerge[][] = [];
  const seen: PatientForMerge[] = [];
  for (const first of patients.toSorted((a, b) => compare(a.userId, b.userId))) {
    if (seen.includes(first)) continue;
    const group = [first];
    for (const member of group) {
      for (const other of patients) {
        if (!group.includes(other) && categoryOf(member, other)) group.push(other);
      }
    }
    seen.push(...group);
    if (group.length > 1) groups.push(group.toSorted((a, b) => compare(a.userId, b.userId)));
  }
  return groups.map((group) =>
    group.map((member) => [
      member.userId,
      linksOf(
        member,
        patients.filter((other) => other !== member),
      ),
    ]),
  );
}

export function modelSettings(source: ClinicForMerge, target: ClinicForMerge) {
  const row = (name: string, valueOf: (clinic: ClinicForMerge) => string) => [name, valueOf(source), valueOf(target)];
  return [
    row("MRN Required", ({ mrnRequired }) => (mrnRequired ? "Required" : "Not Required")),
    row("MRN Unique", ({ mrnUnique }) => (mrnUnique ? "Yes" : "No")),
    row("Glucose Units", ({ preferredBgUnits }) => preferredBgUnits),
    row("Timezone", ({ timezone }) => timezone),
  ];
}

export function modelBlocking(source: ClinicForMerge, target: ClinicForMerge) {
  const found: [string, number, string | undefined][] = [];
  for (const [name, a, b] of modelSettings(source, target)) if (a !== b) found.push(["settings-mismatch", 1, name]);
  const restrictions = (clinic: ClinicForMerge) => {
    const byDomain: Record<string, string> = {};
    for (const { emailDomain, requiredIdp } of clinic.membershipRestrictions) byDomain[emailDomain] = requiredIdp ?? "";
    return byDomain;
  };
  const [ours, theirs] = [restrictions(source), restrictions(target)];
  const lacking = Object.keys(ours).filter((domain) => ours[domain] !== theirs[domain]);
  if (lacking.length > 0) found.push(["settings-mismatch", lacking.length, "Partial SSO"]);
  const clinicians = modelClinicians(source, target);
  const patients = modelPatients(source, target);
  for (const reason of ["sso-restrictions", "pending-invites", "email-taken"]) {
    const count = clinicians.filter((plan) => (plan[5] as string[]).includes(reason)).length;
    if (count > 0) found.push([reason, count, undefined]);
  }
  for (const reason of ["mrn-missing", "mrn-taken", "mrn-repeated"]) {
    const count = patients.filter((plan) => plan[3] === reason).length;
    if (count > 0) found.push([reason, count, undefined]);
  }
  const created = modelTags(source, target).filter(([action]) => action === "CREATE").length;
  if (created > 0 && created + target.tags.length > 50) {
    found.push(["tag-limit", created + target.tags.length - 50, undefined]);
  }
  return found;
}

/** The names that a source patient's tags and sites have in the target. */
export function modelNames(source: ClinicForMerge, target: ClinicForMerge, patient: PatientForMerge) {
  const tags = modelTags(source, target);
  const sites = modelSites(source, target);
  const named = (ids: readonly string[], found: (id: string) => string | undefined) =>
    sorted(unique(ids.map(found).filter((name) => name !== undefined)));
  return {
    tags: named(patient.tagIds, (id) => tags.find((tag) => tag[1] === id)?.[5] as string | undefined),
    sites: named(patient.siteIds, (id) => sites.find((site) => site[1] === id)?.[2]),
  };
}
