import { env } from "cloudflare:workers";
import { newUserId, type GivenClinic, rows } from "./harness.ts";

export interface AlikeRow {
  readonly name?: string | null;
  readonly date?: string | null;
  readonly mrn?: string | null;
}

/** Records written as rows, oldest first: what is compared of them, and nothing else. Their ids, in order. */
export async function givenAlike({ clinicId }: GivenClinic, all: readonly AlikeRow[]): Promise<string[]> {
  const ids = all.map(() => newUserId());
  await env.DB.prepare(
    `INSERT INTO patients (clinic_id, user_id, full_name, name_key, birth_date, mrn, mrn_key, permissions, mrn_unique, search_rest, tags,
       sites, reviews, is_migrated, is_demo, counts_to_plan, cgm_has_other_periods, bgm_has_other_periods, version, created_at, updated_at)
     SELECT ?1, value ->> 0, value ->> 1, value ->> 1, value ->> 2, value ->> 3, value ->> 3, 1, 0, '', '[]', '[]', '[]', 0, 0, 1, 0, 0, 1, 1, 1
     FROM json_each(?2)`,
  )
    .bind(clinicId, JSON.stringify(all.map(({ name, date, mrn }, i) => [ids[i], name, date, mrn])))
    .run();
  return ids;
}

/** What is known of each record of a clinic that can be compared, by its row. */
export interface Known {
  readonly key: number;
  readonly id: string;
  readonly n: string | null;
  readonly d: string | null;
  readonly m: string | null;
}
export const known = ({ clinicId }: GivenClinic) =>
  rows<Known>(
    `SELECT key, user_id AS id, name_key AS n, birth_date AS d, mrn_key AS m FROM patients
     WHERE clinic_id = ? AND is_demo = 0 ORDER BY key`,
    clinicId,
  );

export interface ModelledPair {
  readonly ids: readonly [string, string];
  readonly likeness: "likely" | "mrnOnly" | "nameOnly";
  readonly shared: readonly string[];
}

/** The pairs and crowds that the rules give, found by comparing each record with each. */
export function modelled(all: readonly Known[], asked: ReadonlySet<string>) {
  const said = (text: string | null, unknown = "") => text !== null && text !== "" && text !== unknown;
  const kinds = [
    { isAsked: asked.has("likely"), of: ({ n, d }: Known) => said(n) && said(d, "0001-01-01") && `${n}|${d}` },
    { isAsked: asked.has("likely") || asked.has("mrnOnly"), of: ({ m }: Known) => said(m) && m! },
    { isAsked: asked.has("nameOnly"), of: ({ n }: Known) => said(n) && n! },
  ];
  const groups = kinds.map(({ of }) => Map.groupBy(all, of));
  const crowds = kinds.flatMap(({ isAsked }, i) =>
    isAsked
      ? [...groups[i]!].flatMap(([key, them]) => (key !== false && them.length > 10 ? [`${i + 1} ${them.length}`] : []))
      : [],
  );
  const pairs: ModelledPair[] = [];
  for (const [i, a] of all.entries())
    for (const b of all.slice(i + 1)) {
      const name = said(a.n) && a.n === b.n;
      const mrn = said(a.m) && a.m === b.m;
      const date = said(a.d, "0001-01-01") && a.d === b.d;
      const kind = name && date ? 0 : mrn ? 1 : name ? 2 : undefined;
      if (kind === undefined) continue;
      const likeness = +name + +mrn + +date > 1 ? "likely" : mrn ? "mrnOnly" : "nameOnly";
      if (!asked.has(likeness) || groups[kind]!.get(kinds[kind]!.of(a))!.length > 10) continue;
      const shared = [mrn && "mrn", name && "fullName", date && "birthDate"].filter((it) => it !== false);
      pairs.push({ ids: [a.id, b.id], likeness, shared });
    }
  return { pairs, crowds: crowds.toSorted() };
}
