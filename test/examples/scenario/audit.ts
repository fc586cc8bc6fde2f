import { env } from "cloudflare:workers";
import { insertAccesses } from "../../../src/platform/audit/accesses-store.ts";
import { Db } from "../../../src/platform/db/client.ts";
import { onStage } from "../clock.ts";
import { ANA, BO } from "./people.ts";
import type { Stage } from "./stage.ts";

const DAY = "2026-03-01";
const LINES = '{"seq":1}\n{"seal":1}\n';

/** Looks up who has seen a patient, as an admin and as an operator. */
export async function playAudit({ ana, service, harbor }: Stage, patientId: string): Promise<void> {
  const { clinicId } = harbor;
  const common = { v: 1, clinicId, patientIds: [patientId], actorKind: "person", outcome: "read" } as const;
  await env.AUDIT_DB.prepare("DELETE FROM accesses").run();
  await new Db(env.AUDIT_DB).batch(
    insertAccesses(
      [
        { operation: "GetPatient", actorId: BO.id, at: "2026-03-02T09:20:00.000Z" },
        { operation: "ListPatients", actorId: ANA.id, at: "2026-03-02T09:25:00.000Z" },
      ].map((it, i) => ({
        ...common,
        ...it,
        at: Date.parse(onStage(it.at)),
        id: `65f0c1d2e3a4b5c6d7e8fa0${i}`,
        requestId: `web-5f0c2a9${i}`,
      })),
    ),
  );
  await env.AUDIT_DB.prepare(
    `INSERT OR REPLACE INTO audit_days (day, first, last, entries, hash, exported_to, parts, broken, exported_at)
     VALUES (?, 1, 1, 1, ?, 1, 1, 0, ?)`,
  )
    .bind(
      DAY,
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      Date.parse(onStage("2026-03-02T00:01:00.000Z")),
    )
    .run();
  await env.AUDIT_EXPORTS.put(`${DAY}/000001.ndjson`, LINES);
  const query = { limit: 2 };
  await ana("ListClinicAudit", { path: { clinicId }, query });
  await ana("ListPatientAudit", { path: { clinicId, patientId }, query });
  await service("ListAccesses", { query: { patientId, limit: 2 } });
  await service("ListAuditDays", { query });
  await service("GetAuditDay", { path: { date: DAY } });
}
