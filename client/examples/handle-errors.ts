import { type Client, ClinicsError, createSite } from "../index.ts";

/** Creates a site of a clinic; returns what to tell the person who asked for it. */
export async function addSite(client: Client, clinicId: string, name: string): Promise<string> {
  try {
    const site = await createSite({ client, path: { clinicId }, body: { name } });
    return `${site.name} was added.`;
  } catch (error) {
    if (!(error instanceof ClinicsError)) throw error;
    if (error.status === 409) return `There is a site called ${name} already.`;
    if (error.status === 403) return "Only an administrator of the clinic can add sites.";
    if (error.code === "network" || error.code === "timeout") return "The service can't be reached. Are you online?";
    console.error(error.operation, error.status, error.code, error.requestId);
    return `That did not work: ${error.message}`;
  }
}
