import { type Client, createPatientAccount } from "../index.ts";

/**
 * Creates a patient once. All attempts of one call send the same key anyway; with a key that was made when the form was opened,
 * a second click and a reloaded page don't make a second patient either.
 */
export async function createPatient(
  client: Client,
  clinicId: string,
  form: { key: string; name: string; born: string },
) {
  const { id } = await createPatientAccount({
    client,
    path: { clinicId },
    body: { fullName: form.name, birthDate: form.born },
    headers: { "idempotency-key": form.key },
  });
  return id;
}
