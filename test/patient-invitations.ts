import { type Caller, type GivenClinic, givenAccount } from "./harness.ts";
import { changesStored } from "./patient-rows.ts";

/** Somebody with an account who offers their data to a clinic, made through the API. */
export interface Offer {
  readonly sender: Caller;
  readonly key: string;
  /** `/v1/clinics/{id}/invites/patients/{key}` */
  readonly path: string;
  readonly answer: any;
}

/** The code by which people find a clinic. */
export const shareCodeOf = async (clinic: GivenClinic): Promise<string> =>
  (await clinic.service.get(clinic.path)).body.shareCode;

export async function givenPatientInvitation(
  clinic: GivenClinic,
  claims: Record<string, unknown> = {},
  permissions: Record<string, unknown> = { view: {}, upload: {} },
): Promise<Offer> {
  const sender = await givenAccount(claims);
  const body = { shareCode: await shareCodeOf(clinic), permissions };
  const answer = await sender.post(`/confirm/send/invite/${sender.id}/clinic`, body);
  if (answer.status !== 200) throw new Error(`SendPatientInvitation answered ${answer.status}: ${answer.text}`);
  const { key } = answer.body;
  return { sender, key, path: `${clinic.path}/invites/patients/${key}`, answer: answer.body };
}

/** Everything stored but what goes on by itself after an answer: mails on their way, records of reads and refusals. */
export async function settled(): Promise<string> {
  const tables = JSON.parse(await changesStored()) as [string, Record<string, unknown>[]][];
  return JSON.stringify(
    tables.map(([name, found]) => [name, name === "outbox" ? found.map((row) => row.unique_key) : found]),
  );
}
