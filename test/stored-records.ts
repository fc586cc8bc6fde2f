import { env } from "cloudflare:workers";
import { writePatient } from "../src/features/patients/model/patient-json.ts";
import { findPatient, stateOfPatient } from "../src/features/patients/model/read.ts";
import { Db } from "../src/platform/db/client.ts";
import { askingOf } from "../src/platform/db/read.ts";
import { JsonBytes } from "../src/platform/formats/json-bytes.ts";

const asking = askingOf(new Db(env.DB));

/** A record with its state as a statement reads it that keeps nothing; undefined where there is none. */
export async function storedRecord(
  clinicId: string,
  userId: string,
): Promise<{ readonly state: string; readonly record: unknown } | undefined> {
  const { found } = await asking.read({ found: findPatient(clinicId, userId) });
  if (!found) return undefined;
  const out = new JsonBytes();
  writePatient(out, found.row, found.siteNames);
  return { state: stateOfPatient(found.row), record: JSON.parse(new TextDecoder().decode(out.take())) };
}
