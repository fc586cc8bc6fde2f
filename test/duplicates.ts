import { expect } from "vitest";
import type { Answer, Caller, GivenClinic } from "./harness.ts";

/** A page of the pairs of a clinic that may be one person. */
export const duplicates = (clinic: GivenClinic, query = "", caller: Caller = clinic.member): Promise<Answer> =>
  caller.get(`${clinic.path}/patients/duplicates?${query}`);

/** All pages, with what is done between them; each within its bounds. */
export async function allDuplicates(
  clinic: GivenClinic,
  query = "",
  between: (page: any) => Promise<void> = async () => {},
) {
  const data: any[] = [];
  const crowds: any[] = [];
  let cursor = "";
  let pages = 0;
  for (; pages < 1000; pages++) {
    const answer = await duplicates(clinic, `${query}${cursor && `&cursor=${cursor}`}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.calls).toBeLessThanOrEqual(2);
    data.push(...answer.body.data);
    crowds.push(...answer.body.crowds);
    cursor = answer.body.meta.next ?? "";
    if (!cursor) return { data, crowds, pages: pages + 1 };
    expect(cursor).toMatch(/^[\d.]+$/);
    await between(answer.body);
  }
  throw new Error("there is no last page");
}

export const idsOf = ({ patients }: { patients: { id: string }[] }): string[] => patients.map(({ id }) => id);
export const mark = ({ path, member }: GivenClinic, id: string, otherId: string) =>
  member.put(`${path}/patients/${id}/distinct_from/${otherId}`);
export const unmark = ({ path, member }: GivenClinic, id: string, otherId: string) =>
  member.delete(`${path}/patients/${id}/distinct_from/${otherId}`);
