import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { auditRows, type GivenClinic, givenClinic, givenPatient, rows, send } from "../harness.ts";
import { givenTwo, merge } from "../patient-merges.ts";
import { servedIn } from "../served-in.ts";

/** What happens between the reading of a merge or an undo and its batch is taken account of. */

/** Asks something of an admin whose batch comes after what happens meanwhile. */
async function askedWhile(clinic: GivenClinic, url: string, body: object | undefined, happens: () => Promise<unknown>) {
  let batches = 0;
  const withSession = (constraint: string) => {
    const session = env.DB.withSession(constraint);
    return {
      prepare: (text: string) => session.prepare(text),
      getBookmark: () => session.getBookmark(),
      async batch(statements: D1PreparedStatement[]) {
        batches += 1;
        if (batches === 2) await happens();
        return session.batch(statements);
      },
    };
  };
  const answer = await send("POST", `${clinic.path}${url}`, {
    token: clinic.admin.token,
    body,
    through: servedIn({ DB: { withSession } }),
  });
  expect(batches).toBeGreaterThan(1);
  return answer;
}

const wantsUnique = ({ service, path }: GivenClinic, unique: boolean) =>
  service.put(`${path}/settings/mrn`, { required: false, unique });
const born = { birthDate: "1987-02-03" };

async function givenMerged(unique: boolean) {
  const clinic = await givenClinic();
  await wantsUnique(clinic, unique);
  const a = await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "OLD-1", ...born });
  const b = await givenPatient(clinic, { fullName: "rosa diaz", mrn: "NEW-1", ...born });
  const { body } = await merge(clinic, b.id, a.id);
  return { clinic, a, b, mergeId: body.id as string };
}

const mrnOf = async (id: string) =>
  (
    await rows<{ mrn: string | null; bound: number }>(
      "SELECT mrn, mrn_unique AS bound FROM patients WHERE user_id = ?",
      id,
    )
  )[0];

describe("an undo where MRNs are unique", () => {
  test("brings the source back without an MRN that another has by now", async () => {
    const { clinic, a, mergeId } = await givenMerged(true);
    const third = await givenPatient(clinic, { fullName: "Eva Gil", mrn: "OLD-1" });
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${mergeId}/undo`);
    expect([undone.status, undone.body.notRestored]).toEqual([
      200,
      [{ record: "source", field: "mrn", reason: "taken" }],
    ]);
    expect([(await mrnOf(a.id))?.mrn, await mrnOf(third.id)]).toEqual([null, { mrn: "OLD-1", bound: 1 }]);
  });

  test("and without one that the survivor keeps in another spelling", async () => {
    const clinic = await givenClinic();
    await wantsUnique(clinic, true);
    const a = await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "OLD-1", ...born });
    const b = await givenPatient(clinic, { fullName: "rosa diaz", ...born });
    const { body } = await merge(clinic, b.id, a.id);
    const respelled = await clinic.admin.put(`${clinic.path}/patients/${b.id}`, {
      fullName: "rosa diaz",
      mrn: "old-1",
      ...born,
    });
    expect(respelled.status).toBe(200);
    const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${body.id}/undo`);
    expect([undone.status, undone.body.notRestored]).toEqual([
      200,
      [
        { record: "target", field: "mrn", reason: "changed" },
        { record: "source", field: "mrn", reason: "taken" },
      ],
    ]);
    expect((await mrnOf(a.id))?.mrn).toBeNull();
  });

  test("is planned again when somebody takes the MRN meanwhile", async () => {
    const { clinic, a, mergeId } = await givenMerged(true);
    const undone = await askedWhile(clinic, `/patient_merges/${mergeId}/undo`, undefined, () =>
      givenPatient(clinic, { fullName: "Eva Gil", mrn: "OLD-1" }),
    );
    expect([undone.status, undone.body.notRestored]).toEqual([
      200,
      [{ record: "source", field: "mrn", reason: "taken" }],
    ]);
    expect((await mrnOf(a.id))?.mrn).toBeNull();
  });

  test("binds MRNs by the rule of its moment", async () => {
    const { clinic, a, b, mergeId } = await givenMerged(false);
    await askedWhile(clinic, `/patient_merges/${mergeId}/undo`, undefined, () => wantsUnique(clinic, true));
    const after = [await mrnOf(a.id), await mrnOf(b.id)];
    expect(after.map((it) => it?.mrn)).toEqual(["OLD-1", "NEW-1"]);
  });
});

describe("an undo", () => {
  test("says of a tag that goes meanwhile that it is gone", async () => {
    const { clinic, a, b, t1 } = await givenTwo();
    const { body } = await merge(clinic, b.id, a.id);
    const undone = await askedWhile(clinic, `/patient_merges/${body.id}/undo`, undefined, () =>
      clinic.admin.delete(`${clinic.path}/patient_tags/${t1.id}`),
    );
    expect(undone.status).toBe(200);
    expect(undone.body.notRestored).toContainEqual({ record: "source", field: "tags", reason: "gone" });
    expect((await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).body.tags).toEqual([]);
  });

  test("gives no custody back of an account that is claimed meanwhile", async () => {
    const { clinic, a, b } = await givenTwo();
    const { body } = await merge(clinic, b.id, a.id);
    const undone = await askedWhile(clinic, `/patient_merges/${body.id}/undo`, undefined, () =>
      rows("UPDATE users SET is_custodial = 0 WHERE id = ? RETURNING id", a.id),
    );
    expect(undone.status).toBe(200);
    expect(undone.body.notRestored).toContainEqual({ record: "source", field: "permissions", reason: "changed" });
    expect((await clinic.admin.get(`${clinic.path}/patients/${a.id}`)).body.permissions).not.toHaveProperty(
      "custodian",
    );
  });

  test("is refused for a merge of the clinic before it is for the survivor's absence", async () => {
    const { clinic, a, b } = await givenTwo();
    const { body } = await merge(clinic, b.id, a.id);
    await clinic.admin.delete(`${clinic.path}/patients/${b.id}`);
    const url = `${clinic.path}/patient_merges/${body.id}/undo`;
    expect((await clinic.admin.post(url)).body.errors).toEqual([{ reason: "survivor-gone" }]);
    await rows("INSERT INTO merge_participants (clinic_id, merge_id) VALUES (?, 'x') RETURNING 1", clinic.clinicId);
    const refused = await clinic.admin.post(url);
    await rows("DELETE FROM merge_participants WHERE merge_id = 'x' RETURNING 1");
    expect([refused.status, refused.body.message]).toEqual([409, "clinic merge in progress"]);
  });

  test("that was done is shown by its dry run as it was done", async () => {
    const { clinic, a, b } = await givenTwo();
    const { body } = await merge(clinic, b.id, a.id);
    const url = `${clinic.path}/patient_merges/${body.id}/undo`;
    await clinic.admin.post(url);
    expect((await clinic.admin.post(`${url}?dryRun=true`)).body).toMatchObject({ state: "undone", id: body.id });
  });
});

describe("a merge", () => {
  test("is refused for an MRN that has to be unique by now", async () => {
    const clinic = await givenClinic();
    const a = await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "M-1", ...born });
    const b = await givenPatient(clinic, { fullName: "rosa diaz", ...born });
    await givenPatient(clinic, { fullName: "Eva Gil", mrn: "M-1" });
    const refused = await askedWhile(clinic, `/patients/${b.id}/merge`, { sourceId: a.id }, () =>
      wantsUnique(clinic, true),
    );
    expect([refused.status, refused.body.errors?.map(({ reason }: { reason: string }) => reason)]).toEqual([
      400,
      ["mrn-taken"],
    ]);
  });

  test("that shows both records leaves an entry of reading them: a stale plan and a repeat", async () => {
    const { clinic, a, b } = await givenTwo();
    const expectReads = (count: number) =>
      vi.waitFor(async () => {
        const read = await auditRows({ operation: "MergePatient", clinic_id: clinic.clinicId, outcome: "read" });
        expect(read).toHaveLength(count);
      }, 10_000);
    const stale = await merge(clinic, b.id, a.id, { plan: "0".repeat(64) });
    expect([stale.status, stale.body.current.sourceId]).toEqual([409, a.id]);
    await expectReads(2);
    await merge(clinic, b.id, a.id);
    expect((await merge(clinic, b.id, a.id)).status).toBe(200);
    await expectReads(4);
  });
});

test("the MRN that became a former one is the merge's own, not one that was inherited", async () => {
  const clinic = await givenClinic();
  const [a, b, c] = [
    await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "A-1", ...born }),
    await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "B-1", ...born }),
    await givenPatient(clinic, { fullName: "Rosa Diaz", mrn: "C-1", ...born }),
  ];
  await merge(clinic, b.id, a.id);
  await merge(clinic, c.id, b.id);
  const { body } = await clinic.admin.get(`${clinic.path}/patients/${c.id}/merges`);
  expect(body.map(({ formerMrn }: { formerMrn: string }) => formerMrn)).toEqual(["B-1"]);
});

test("after a merge and its undo nobody waits for a mail, and no order was touched", async () => {
  const { clinic, a, b } = await givenTwo();
  const first = await merge(clinic, b.id, a.id);
  const undone = await clinic.admin.post(`${clinic.path}/patient_merges/${first.body.id}/undo`);
  expect(undone.status).toBe(200);
  const { body } = await merge(clinic, b.id, a.id, {}, "?dryRun=true");
  expect(body.leftBehind.waitingMails).toBe(first.body.leftBehind.waitingMails);
});
