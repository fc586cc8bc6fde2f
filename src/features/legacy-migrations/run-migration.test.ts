import { env } from "cloudflare:workers";
import type { SQL } from "drizzle-orm";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { changeAccount, findAccount, onlyWithOwnDirectory, removeAccount } from "../../../test/accounts.ts";
import { givenRecordElsewhere, keptAndCounted } from "../../../test/elsewhere.ts";
import { unavailable } from "../../platform/core/errors.ts";
import { settingsOf } from "../../platform/core/settings.ts";
import { Db } from "../../platform/db/client.ts";
import { FaultyDatabase } from "../../../test/faults/faulty-database.ts";
import { countRows, type GivenClinic, givenClinic, rows } from "../../../test/harness.ts";
import { givenMigration, givenShare, givenSharing } from "../../../test/legacy-accounts.ts";
import { directoryOf } from "../../platform/accounts/directory-of.ts";
import { runMigration } from "./run-migration.ts";

let clinic: GivenClinic;
let legacyId: string;
let runs = 0;
beforeEach(async () => {
  clinic = await givenClinic();
  legacyId = clinic.admin.id;
  await givenMigration(clinic.clinicId, legacyId);
});
const run = (db: D1Database = env.DB, users = directoryOf(settingsOf(env))) =>
  runMigration(
    {
      db: new Db(db),
      users,
      demoPatientUserId: undefined,
      now: Date.now(),
      outboxBatch: `run-${++runs}`,
    },
    { clinicId: clinic.clinicId, userId: legacyId },
  );
const untilDone = async () => {
  for (let i = 0; i < 50; i++) if ((await run()) === "done") return;
  throw new Error("the migration never ends");
};
const status = async () => (await clinic.member.get(`${clinic.path}/migrations/${legacyId}`)).body.status;
const mails = (kind: string) => countRows("outbox WHERE kind = ? AND clinic_id = ?", kind, clinic.clinicId);

describe("the migration of a legacy account", () => {
  test("moves everybody in pages, ends the shares, mails each once and completes", async () => {
    await clinic.service.put(`${clinic.path}/settings/mrn`, { required: true, unique: true });
    await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit: { plan: 0 } });
    const ids = await Promise.all(Array.from({ length: 60 }, () => givenSharing(legacyId, 7)));
    expect(await run()).toBe("again");
    expect(await status()).toBe("RUNNING");
    await untilDone();
    expect(await status()).toBe("COMPLETED");
    expect(
      await countRows(
        "patients WHERE clinic_id = ? AND is_migrated = 1 AND permissions = 7 AND is_demo = 0",
        clinic.clinicId,
      ),
    ).toBe(60);
    expect(await countRows("account_shares WHERE to_user_id = ?", legacyId)).toBe(0);
    expect([await mails("migrate_patient"), await mails("clinic_migration_complete")]).toEqual([60, 1]);
    expect((await clinic.member.get(`${clinic.path}/patient_count`)).body).toEqual({ total: 61, demo: 1, plan: 60 });
    expect(await countRows("audit_log WHERE operation = 'run_migration' AND patient_id = ?", ids[0])).toBe(1);
  });

  test("gives a patient what their record elsewhere knows, counted", async () => {
    const id = await givenSharing(legacyId);
    const { summary, dataSources } = await givenRecordElsewhere(id);
    await untilDone();
    const { body } = await clinic.member.get(`${clinic.path}/patients/${id}`);
    expect(body).toMatchObject({ summary, dataSources });
    const { kept, counted } = await keptAndCounted(clinic);
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject({ total: 2, plan: 0 });
  });

  test("changes nothing when it is run again after the end, or twice at once", async () => {
    for (let i = 0; i < 5; i++) await givenSharing(legacyId);
    await Promise.all([run(), run(), run()]);
    await untilDone();
    expect(await run()).toBe("done");
    expect(await countRows("patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId)).toBe(5);
    expect([await mails("migrate_patient"), await mails("clinic_migration_complete")]).toEqual([5, 1]);
  });

  test("adds the legacy account to a patient the clinic has, and leaves out accounts that are gone", async () => {
    const known = await givenSharing(legacyId);
    await clinic.service.post(`${clinic.path}/patients/${known}`, { permissions: { view: {} }, fullName: "Kept Name" });
    const gone = await givenSharing(legacyId);
    await removeAccount(gone);
    await untilDone();
    expect(await rows("SELECT full_name, legacy_clinician_ids AS ids FROM patients WHERE user_id = ?", known)).toEqual([
      { full_name: "Kept Name", ids: `["${legacyId}"]` },
    ]);
    expect(await countRows("patients WHERE user_id = ?", gone)).toBe(0);
  });

  onlyWithOwnDirectory("an account service that answers with something else is an outage")(
    "records a patient that can't be moved, holds nobody up, and completes when it has been tried enough",
    async () => {
      const broken = await givenSharing(legacyId);
      await rows("UPDATE users SET profile = 'no json' WHERE id = ? RETURNING id", broken);
      const fine = await givenSharing(legacyId);
      await untilDone();
      expect(await status()).toBe("COMPLETED");
      expect(await countRows("patients WHERE user_id = ?", fine)).toBe(1);
      expect(
        await rows(
          "SELECT patient_user_id, attempts, reason FROM migration_failures WHERE migration_user_id = ?",
          legacyId,
        ),
      ).toEqual([{ patient_user_id: broken, attempts: 5, reason: "SyntaxError" }]);
      expect(await countRows("account_shares WHERE from_user_id = ?", broken)).toBe(1);
    },
  );

  test("holds nobody up for an account that can't be read, and gives up on it never", async () => {
    const ids = (await Promise.all(Array.from({ length: 4 }, () => givenSharing(legacyId)))).toSorted();
    const users = directoryOf(settingsOf(env));
    const outage = unavailable("the account service could not answer, try again");
    const failing = {
      ...users,
      find: (id: string | SQL) =>
        id === ids[0] ? { statements: [], take: () => Promise.reject(outage) } : users.find(id),
    };
    expect(await run(env.DB, failing)).toBe("again");
    for (let i = 0; i < 6; i++) await expect(run(env.DB, failing)).rejects.toBe(outage);
    expect(
      await rows("SELECT user_id AS id FROM patients WHERE clinic_id = ? AND is_demo = 0 ORDER BY 1", clinic.clinicId),
    ).toEqual(ids.slice(1).map((id) => ({ id })));
    expect(await status()).toBe("RUNNING");
    await untilDone();
    expect(await countRows("patients WHERE user_id = ?", ids[0])).toBe(1);
    expect(await status()).toBe("COMPLETED");
    expect(await countRows("migration_failures WHERE migration_user_id = ?", legacyId)).toBe(0);
  });

  test("knows no failure of a patient who was moved, though it was not told so", async () => {
    const database = new FaultyDatabase();
    let hasStruck = false;
    for (let batch = 0; batch === 0 || hasStruck; batch++) {
      const id = await givenSharing(legacyId);
      database.begin({ kind: "lost", batch });
      await run(database.bindings.DB).catch(() => {});
      hasStruck = database.hasStruck;
      const isMoved = (await countRows("account_shares WHERE from_user_id = ?", id)) === 0;
      const failures = await countRows("migration_failures WHERE patient_user_id = ?", id);
      expect([batch, isMoved, isMoved ? failures : 0]).toEqual([batch, isMoved, 0]);
      await run();
    }
    await untilDone();
    expect(await countRows("migration_failures WHERE migration_user_id = ?", legacyId)).toBe(0);
  });

  test("leaves an account service alone that answers for nobody, and moves all once it does", async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => givenSharing(legacyId)));
    const users = directoryOf(settingsOf(env));
    const outage = unavailable("the account service could not answer, try again");
    let asked = 0;
    const take = () => {
      asked += 1;
      return Promise.reject(outage);
    };
    const failing = {
      ...users,
      find: (id: string | SQL) => (ids.some((it) => it === id) ? { statements: [], take } : users.find(id)),
    };
    await expect(run(env.DB, failing)).rejects.toBe(outage);
    expect(asked).toBe(3);
    await untilDone();
    const moved = await rows("SELECT user_id AS id FROM patients WHERE clinic_id = ? AND is_demo = 0", clinic.clinicId);
    expect(new Set(moved.map(({ id }) => id))).toEqual(new Set(ids));
  });

  test("mails once more who shares again, for a migration into another clinic after the first was deleted", async () => {
    const id = await givenSharing(legacyId);
    await untilDone();
    expect((await clinic.admin.delete(`${clinic.path}/patients/${id}`)).status).toBe(204);
    expect((await clinic.admin.delete(clinic.path)).status).toBe(204);
    clinic = await givenClinic();
    await givenMigration(clinic.clinicId, legacyId, 1);
    await givenShare(id, legacyId, 6);
    await untilDone();
    expect(await countRows("patients WHERE clinic_id = ? AND user_id = ?", clinic.clinicId, id)).toBe(1);
    expect([await mails("migrate_patient"), await mails("clinic_migration_complete")]).toEqual([1, 1]);
  });

  test("does nothing for a clinic that is gone", async () => {
    await givenSharing(legacyId);
    await clinic.admin.delete(clinic.path);
    expect(await run()).toBe("done");
    expect(await countRows("patients WHERE clinic_id = ?", clinic.clinicId)).toBe(0);
  });

  test("makes the legacy account an ordinary clinician's", async () => {
    await vi.waitFor(() => changeAccount(legacyId, { roles: ["clinic"] }));
    await untilDone();
    expect(await findAccount(legacyId)).toMatchObject({ roles: ["clinician"] });
  });

  test("does so, too, where a service has said that it runs before it does", async () => {
    await vi.waitFor(() => changeAccount(legacyId, { roles: ["clinic"] }));
    const path = `${clinic.path}/migrations/${legacyId}`;
    expect((await clinic.service.patch(path, { status: "RUNNING" })).status).toBe(200);
    await untilDone();
    expect(await findAccount(legacyId)).toMatchObject({ roles: ["clinician"] });
  });

  test("is started by the answer that begins it, through the queue", async () => {
    const other = await givenClinic();
    const sharing = await givenSharing(other.admin.id);
    await other.service.post(`${other.path}/migrations`, { userId: other.admin.id });
    await vi.waitFor(
      async () =>
        expect(await rows("SELECT status FROM migrations WHERE user_id = ?", other.admin.id)).toEqual([
          { status: "COMPLETED" },
        ]),
      { timeout: 15_000, interval: 100 },
    );
    expect(await countRows("patients WHERE clinic_id = ? AND user_id = ?", other.clinicId, sharing)).toBe(1);
  });
});
