import { beforeEach, describe, expect, test } from "vitest";
import {
  countRows,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  statuses,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { unchanging } from "../../../../test/patient-rows.ts";

let source: GivenClinic;
let target: GivenClinic;
beforeEach(async () => {
  [source, target] = [await givenClinic({ name: "North" }), await givenClinic({ name: "South" })];
});
const merge = (sourceId = source.clinicId, headers: Record<string, string> = {}) =>
  target.service.post(`${target.path}/merge`, { sourceId }, headers);

describe("MergeClinic", () => {
  test("200 makes patients, tags, sites, members and codes of the source the target's, and the source is gone", async () => {
    const [a, b] = [await givenTag(source, "A"), await givenTag(source, "B 1")];
    const ofTarget = await givenTag(target, "b1");
    const [main, hill] = [await givenSite(source, "Main"), await givenSite(source, "Hill")];
    const [baselineSite, otherMain] = [await givenSite(target, "Lake"), await givenSite(target, "MAIN")];
    const moved = await givenPatient(source, {
      tags: [a.id, b.id],
      sites: [main, hill],
      mrn: "A-1",
      email: `m.${source.clinicId}@own.test`,
    });
    const counterpart = await givenPatient(source, { tags: [a.id, b.id], sites: [hill] });
    await target.service.post(`${target.path}/patients/${counterpart.id}`, {
      permissions: { view: {} },
      fullName: "As In South",
      tags: [ofTarget.id],
      sites: [baselineSite],
    });
    const { shareCode } = (await source.admin.get(source.path)).body;

    const answer = await merge();
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect((await source.service.get(source.path)).status).toBe(404);
    const { body: clinic } = await target.service.get(target.path);
    const tags = new Map(clinic.patientTags.map((tag: any) => [tag.name, tag]));
    expect(new Set(tags.keys())).toEqual(new Set(["A", "b1"]));
    expect(new Map(clinic.sites.map((site: any) => [site.id, [site.name, site.numPatients ?? 0]]))).toEqual(
      new Map([
        [main.id, ["Main (2)", 1]],
        [hill.id, ["Hill", 2]],
        [baselineSite.id, ["Lake", 1]],
        [otherMain.id, ["MAIN", 0]],
      ]),
    );
    const newTag = (tags.get("A") as any).id;
    expect([(tags.get("A") as any).numPatients, (tags.get("b1") as any).numPatients]).toEqual([2, 2]);
    const movedNow = (await target.admin.get(`${target.path}/patients/${moved.id}`)).body;
    expect(movedNow).toEqual({
      ...moved,
      tags: [newTag, ofTarget.id],
      sites: [
        { id: main.id, name: "Main (2)" },
        { id: hill.id, name: "Hill" },
      ],
      updatedTime: movedNow.updatedTime,
    });
    const baselineNow = (await target.admin.get(`${target.path}/patients/${counterpart.id}`)).body;
    expect([
      baselineNow.fullName,
      baselineNow.permissions,
      baselineNow.tags,
      baselineNow.sites.map((site: any) => site.id),
    ]).toEqual(["As In South", { view: {} }, [ofTarget.id, newTag], [baselineSite.id, hill.id]]);
    expect((await target.service.get(`${target.path}/patient_count`)).body).toMatchObject({
      total: 3,
      demo: 1,
      plan: 2,
    });
    const members = (await target.admin.get(`${target.path}/clinicians?limit=100`)).body;
    expect(members.map((it: any) => it.id)).toEqual(
      expect.arrayContaining([source.admin.id, source.member.id, source.prescriber.id, target.admin.id]),
    );
    expect((await target.service.get(`/v1/clinics/share_code/${shareCode}`)).body.id).toBe(target.clinicId);
    expect(await countRows("merge_participants")).toBe(0);
    expect(await countRows("account_claims WHERE user_id = ? AND clinic_id = ?", moved.id, target.clinicId)).toBe(1);
    expect(
      await rows(
        "SELECT patient_id FROM audit_log WHERE operation = 'MergeClinic' AND patient_id IS NOT NULL AND clinic_id = ? ORDER BY patient_id",
        target.clinicId,
      ),
    ).toEqual([moved.id as string, counterpart.id as string].toSorted().map((patient_id) => ({ patient_id })));
  });

  test("400 for a clinic and itself, and without a source; 404 for clinics that are not there", async () => {
    const itself = await unchanging(() => merge(target.clinicId));
    expect([itself.status, itself.body.message]).toEqual([400, "bad request: a clinic can't be merged into itself"]);
    expect((await unchanging(() => target.service.post(`${target.path}/merge`, {}))).status).toBe(400);
    expect((await unchanging(() => target.service.post(`${target.path}/merge`))).status).toBe(400);
    expect((await unchanging(() => merge(UNKNOWN_ID))).status).toBe(404);
    expect(
      (await unchanging(() => target.service.post(`/v1/clinics/${UNKNOWN_ID}/merge`, { sourceId: source.clinicId })))
        .status,
    ).toBe(404);
  });

  test("400 with the reasons when the plan forbids it; both clinics are as they were, and free", async () => {
    await source.service.put(`${source.path}/settings/mrn`, { required: true, unique: true });
    const answer = await merge();
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        code: 400,
        message: "bad request: the merge plan does not allow execution",
        errors: [
          { reason: "settings-mismatch", message: "Settings mismatch", count: 1, setting: "MRN Required" },
          { reason: "settings-mismatch", message: "Settings mismatch", count: 1, setting: "MRN Unique" },
        ],
      },
    ]);
    expect((await source.admin.post(`${source.path}/sites`, { name: "Still mine" })).status).toBe(200);
  });

  test("422 where the target would have more than 50 tags", async () => {
    for (let i = 0; i < 49; i++) await givenTag(target, `T${i}`);
    await givenTag(source, "N1");
    await givenTag(source, "N2");
    const answer = await merge();
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [expect.objectContaining({ reason: "tag-limit", count: 1 })],
    ]);
  });

  test("is done once: 404 afterwards, the first answer for the same Idempotency-Key", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    expect((await merge(source.clinicId, headers)).status).toBe(200);
    const again = await merge(source.clinicId, headers);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect((await merge()).status).toBe(404);
  });

  test("202 with its status when it is not waited for", async () => {
    await givenPatient(source);
    const answer = await merge(source.clinicId, { prefer: "respond-async" });
    expect([answer.status, answer.text]).toEqual([202, ""]);
    const location = answer.headers.get("location")!;
    await expect.poll(async () => (await target.service.get(location)).body.phase, { timeout: 10_000 }).toBe("done");
    expect((await target.service.get(location)).body).toMatchObject({
      sourceName: "North",
      targetName: "South",
      recordsDone: 1,
      recordsTotal: 1,
      mergedTime: expect.any(String),
    });
  });

  test("of eight at once one does it; the others join it or come too late", async () => {
    await givenPatient(source);
    const answers = await Promise.all(Array.from({ length: 8 }, () => merge()));
    expect(statuses(answers).filter((status) => status !== 200 && status !== 404)).toEqual([]);
    expect(await countRows("merges WHERE source_id = ?", source.clinicId)).toBe(1);
  });
});
