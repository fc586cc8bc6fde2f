import { z } from "zod";
import type { DemoPerson, tokens } from "./tokens.ts";

const SERVICE = "service";
const Asked = z.object({ who: z.string() });

/** Whom a page of the local server lets one be with one click. */
export const identitiesOf = (people: readonly DemoPerson[]) => [
  ...people.map(({ userId, name, is }) => ({ who: userId, name, is })),
  { who: SERVICE, name: "Sandbox", is: "backend service" },
];

/** A session token of one of them; undefined for anybody else. */
export async function tokenOf(
  body: unknown,
  people: readonly DemoPerson[],
  signer: ReturnType<typeof tokens>,
): Promise<string | undefined> {
  const asked = Asked.safeParse(body);
  if (!asked.success) return undefined;
  if (asked.data.who === SERVICE) return signer.service("sandbox");
  const person = people.find(({ userId }) => userId === asked.data.who);
  return person && signer.person(person);
}
