/**
 * Who ends where when two clinics are merged, written from the specification with plain arrays. Shares no code with src/.
 */

export interface ModelPatient {
  user: string;
  /** What a merge leaves alone: names, MRN, permissions, reviews, summary and whatever else the record holds. */
  record: string;
  /** Names of tags, ids of sites, both sorted. */
  tags: string[];
  sites: string[];
  /** What an EHR has ordered: `name, whether active, last order`, sorted. */
  orders: string[];
  /** Reports, and jobs and messages of an EHR, sorted. */
  belongings: string[];
}

export interface ModelMember {
  user: string;
  roles: string;
}

export interface ModelClinic {
  tags: string[];
  sites: { id: string; name: string }[];
  members: ModelMember[];
  patients: ModelPatient[];
  codes: string[];
  /** Who has offered the clinic their data and waits for an answer. */
  offers: string[];
  /** The clinic's id in its EHR. */
  ehrSource: string | null;
}

const sameTag = (name: string) => name.toLowerCase().replaceAll(" ", "");
const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].toSorted();

/** The target after the merge. Names of sites that clash are left to `siteNamesAreRight`. */
export function merged(source: ModelClinic, target: ModelClinic): Omit<ModelClinic, "sites"> & { siteIds: string[] } {
  const nameInTarget = (tag: string) => target.tags.find((it) => sameTag(it) === sameTag(tag)) ?? tag;
  const hasSameEhr = source.ehrSource === target.ehrSource;
  const nameOf = (order: string) => order.split(",")[0];
  const isNew = (own: readonly string[]) => (order: string) =>
    order.includes(", true,") && !own.some((it) => nameOf(it) === nameOf(order));
  const patients = target.patients.map((patient) => {
    const counterpart = source.patients.find(({ user }) => user === patient.user);
    if (!counterpart) return patient;
    return {
      ...patient,
      tags: union(patient.tags, counterpart.tags.map(nameInTarget)),
      sites: union(patient.sites, counterpart.sites),
      belongings: union(patient.belongings, counterpart.belongings),
      orders: hasSameEhr ? union(patient.orders, counterpart.orders.filter(isNew(patient.orders))) : patient.orders,
    };
  });
  for (const patient of source.patients) {
    if (patients.some(({ user }) => user === patient.user)) continue;
    patients.push({
      ...patient,
      tags: union([], patient.tags.map(nameInTarget)),
      orders: hasSameEhr ? patient.orders : patient.orders.map((order) => order.replace(", true,", ", false,")),
    });
  }
  const members = [...target.members];
  for (const member of source.members) if (!members.some(({ user }) => user === member.user)) members.push(member);
  const offers = [...target.offers];
  for (const user of source.offers) {
    if (!offers.includes(user) && !patients.some((it) => it.user === user)) offers.push(user);
  }
  return {
    tags: union(target.tags, source.tags.map(nameInTarget)),
    siteIds: [...target.sites, ...source.sites].map(({ id }) => id).toSorted(),
    members,
    patients,
    codes: union(target.codes, source.codes),
    offers,
    ehrSource: target.ehrSource,
  };
}

/** The target's own sites keep their names; the others keep theirs unless one of the target's has it, in whatever case. */
export function siteNamesAreRight(
  source: ModelClinic,
  target: ModelClinic,
  now: readonly { id: string; name: string }[],
): boolean {
  const nameOf = new Map(now.map(({ id, name }) => [id, name]));
  const ofTarget = new Set(target.sites.map(({ name }) => name.toLowerCase()));
  const names = now.map(({ name }) => name.toLowerCase());
  return (
    new Set(names).size === names.length &&
    target.sites.every(({ id, name }) => nameOf.get(id) === name) &&
    source.sites.every(({ id, name }) => {
      const given = nameOf.get(id) ?? "";
      return ofTarget.has(name.toLowerCase()) ? / \(\d+\)$/.test(given) && given !== name : given === name;
    })
  );
}
