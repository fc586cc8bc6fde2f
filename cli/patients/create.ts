import { createHash } from "node:crypto";
import {
  type Client,
  ClinicsError,
  createPatientAccount,
  getPatient,
  type PatientInputV1,
  withResponse,
} from "../../client/index.ts";
import { progressOf } from "../../scripts/progress.ts";
import type { Work } from "../command.ts";
import { Failure } from "../exit-status.ts";
import { inOneLine, isForAll } from "../failures.ts";
import type { Problem, ReadyRow } from "./columns.ts";

const AT_ONCE = 4;

export interface Created {
  readonly created: number;
  readonly failed: readonly Problem[];
  /** Rows that were not begun: after Ctrl-C, or after a failure that would be that of all others. */
  readonly left: number;
}

/** Creates the patients, a few at once. A row that is refused does not stop the others; what would refuse all does. */
export async function createAll({ client, io }: Work, clinicId: string, rows: readonly ReadyRow[]): Promise<Created> {
  const failed: Problem[] = [];
  let [next, created] = [0, 0];
  let isOver = false;
  const bar = progressOf("patients", rows.length);
  const worker = async () => {
    while (next < rows.length && !isOver && !io.stop.aborted) {
      const { row, body } = rows[next++]!;
      try {
        await createOnce(client, clinicId, body);
        created += 1;
      } catch (error) {
        failed.push({ row, problem: inOneLine(error) });
        isOver ||= isForAll(error);
      }
      bar.add(1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  bar.end();
  return { created, failed: failed.toSorted((a, b) => a.row - b.row), left: rows.length - created - failed.length };
}

/**
 * Creates a patient with a key that follows from what is created: an import of the same caller that runs twice at the same
 * time, or again after it was killed, sends the same request, which is carried out once. The answer of a repeat may be that of a
 * patient who was deleted since: that one is created again, under a key that follows from who was deleted. One who was merged
 * into another record is there.
 */
async function createOnce(client: Client, clinicId: string, body: PatientInputV1): Promise<void> {
  for (let deleted: string | undefined; ; ) {
    const headers = { "idempotency-key": keyOfRow(clinicId, body, deleted) };
    const { data, response } = await withResponse(createPatientAccount, { client, path: { clinicId }, body, headers });
    const id = (data as { id?: unknown } | null)?.id;
    if (typeof id !== "string") throw new Failure("the answer names no patient");
    if (response.headers.get("idempotent-replayed") !== "true") return;
    try {
      await getPatient({ client, path: { clinicId, patientId: id } });
      return;
    } catch (error) {
      if (!(error instanceof ClinicsError) || error.status !== 404) throw error;
      if ((error.body as { replacedBy?: unknown } | null)?.replacedBy !== undefined) return;
      deleted = id;
    }
  }
}

/** Says nothing of the person to those who don't know the row. */
const keyOfRow = (clinicId: string, body: PatientInputV1, deleted?: string): string =>
  `import-${createHash("sha256")
    .update(JSON.stringify(deleted === undefined ? [clinicId, body] : [clinicId, body, deleted]))
    .digest("hex")}`;
