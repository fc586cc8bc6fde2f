import { type Client, ClinicsError, getPatient, updatePatient, whenChanged } from "../index.ts";

/**
 * Gives a patient another name, unless somebody has changed the record since it was shown: returns what to tell the person who
 * typed it. `shown` is what `whenChanged(getPatient, …)` gave for the form.
 */
export async function rename(
  client: Client,
  path: { clinicId: string; patientId: string },
  shown: { etag: string | undefined },
  fullName: string,
): Promise<string> {
  const now = await whenChanged(getPatient, { client, path }, shown.etag);
  if (now) return `Somebody has changed the record meanwhile: it is ${now.data.fullName}.`;
  const { birthDate, email, mrn, targetDevices } = await getPatient({ client, path });
  try {
    const headers = shown.etag === undefined ? {} : { "If-Match": shown.etag };
    await updatePatient({ client, path, headers, body: { fullName, birthDate, email, mrn, targetDevices } });
    return `The patient is now called ${fullName}.`;
  } catch (error) {
    if (error instanceof ClinicsError && error.status === 412) return "Somebody was faster: look at the record again.";
    throw error;
  }
}
