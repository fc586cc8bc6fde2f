import { sweeps as accounts } from "../features/accounts/sweeps.ts";
import { sweeps as deviceData } from "../features/device-data/sweeps.ts";
import { sweeps as ehr } from "../features/ehr/sweeps.ts";
import { sweeps as eventWebhooks } from "../features/event-webhooks/sweeps.ts";
import { sweeps as merges } from "../features/merges/sweeps.ts";
import { sweeps as patientMerges } from "../features/patient-merges/sweeps.ts";
import { sweeps as reports } from "../features/reports/sweeps.ts";
import { sweeps as audit } from "../platform/audit/sweeps.ts";
import type { Sweep } from "../platform/cron/sweeps.ts";
import { sweepGuesses } from "../platform/limits/guesses-store.ts";
import { putAuditBack } from "../platform/outbox/put-audit-back.ts";
import { sweepOutbox } from "../platform/outbox/worker.ts";
import { sweepReplays } from "../platform/request/replays-store.ts";
import { registry } from "./outbox.ts";

/** The sweeps the cron runs every minute, most urgent first. */
export const sweeps: readonly Sweep[] = [
  {
    name: "outbox",
    async run({ bindings, db, now }) {
      await sweepOutbox(bindings, db, registry, now);
    },
  },
  ...merges,
  ...patientMerges,
  ...ehr,
  ...accounts,
  ...reports,
  ...deviceData,
  ...eventWebhooks,
  { name: "put audit messages back", run: putAuditBack },
  ...audit,
  {
    name: "forget answers",
    async run({ db, now }) {
      await db.batch([sweepReplays(now)]);
    },
  },
  {
    name: "forget guesses",
    async run({ db, now }) {
      await db.batch([sweepGuesses(now)]);
    },
  },
];
