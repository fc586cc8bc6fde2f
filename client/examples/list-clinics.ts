import { type Client, listClinicsForClinician, pages } from "../index.ts";

/** The clinics in which somebody works, with their roles there. */
export async function listMyClinics(client: Client, userId: string) {
  const mine = [];
  for await (const { clinic, clinician } of pages(listClinicsForClinician, { client, path: { userId } })) {
    mine.push({ id: clinic.id, name: clinic.name, roles: clinician.roles });
  }
  return mine;
}
