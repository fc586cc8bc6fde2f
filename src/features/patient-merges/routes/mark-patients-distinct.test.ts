import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { meanwhile } from "../../../../test/audit/trail.ts";
import { mark, unmark } from "../../../../test/duplicates.ts";
import { givenClinic, givenPatient, rows, send } from "../../../../test/harness.ts";
import { givenTwo, merge } from "../../../../test/patient-merges.ts";
import { audited, unchanging } from "../../../../test/patient-rows.ts";
import { servedIn } from "../../../../test/served-in.ts";

const marks = (...ids: string[]) =>
  rows<{ shared: number; marked_by: string; marked_at: number }>(
    `SELECT d.shared, d.marked_by, d.marked_at FROM distinct_pairs AS d JOIN patients AS a ON a.key = d.lower_key
     JOIN patients AS b ON b.key = d.higher_key WHERE a.user_id IN (?1, ?2) AND b.user_id IN (?1, ?2)`,
    ...ids,
  );

describe("MarkPatientsDistinct", () => {
  test("204 marks two records in one round trip, whichever is named first, with an audit row for each", async () => {
    const { clinic, a, b } = await givenTwo();
    const answer = await mark(clinic, b.id, a.id);
    expect([answer.status, answer.text, answer.calls]).toEqual([204, "", 1]);
    expect(await marks(a.id, b.id)).toEqual([
      { shared: 6, marked_by: clinic.member.id, marked_at: expect.any(Number) },
    ]);
    const changed = await audited(clinic.clinicId, "MarkPatientsDistinct");
    expect(changed.map((it) => it.patient_id)).toEqual([b.id, a.id]);
    const before = await marks(a.id, b.id);
    expect((await clinic.admin.put(`${clinic.path}/patients/${a.id}/distinct_from/${b.id}`)).status).toBe(204);
    expect(await marks(a.id, b.id)).toEqual(before);
  });

  test.each([
    ["nothing", { name_key: null, birth_date: null, mrn_key: null }, 0],
    ["blanks", { name_key: "", birth_date: "0001-01-01", mrn_key: "" }, 0],
    ["an MRN", { name_key: null, birth_date: null, mrn_key: "m" }, 1],
    ["everything", { name_key: "n", birth_date: "1980-01-01", mrn_key: "m" }, 7],
  ])("204 notes that they share %s", async (_, columns, shared) => {
    const { clinic, a, b } = await givenTwo();
    for (const { id } of [a, b])
      await rows(
        "UPDATE patients SET name_key = ?, birth_date = ?, mrn_key = ? WHERE user_id = ? RETURNING key",
        ...Object.values(columns),
        id,
      );
    expect((await mark(clinic, a.id, b.id)).status).toBe(204);
    expect(await marks(a.id, b.id)).toMatchObject([{ shared }]);
  });

  test("one of eight at once makes the mark, and all answer 204", async () => {
    const { clinic, a, b } = await givenTwo();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 ? mark(clinic, a.id, b.id) : mark(clinic, b.id, a.id))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(204));
    expect(await marks(a.id, b.id)).toHaveLength(1);
  });

  test("blocks a merge until it is accepted, whatever changed since", async () => {
    const { clinic, a, b } = await givenTwo();
    const reasons = async () =>
      (await merge(clinic, b.id, a.id, {}, "?dryRun=true")).body.errors.map(({ reason }: any) => reason);
    const { plan } = (await merge(clinic, b.id, a.id, {}, "?dryRun=true")).body;
    await mark(clinic, a.id, b.id);
    expect(await reasons()).toEqual(["marked-distinct"]);
    for (const { id } of [a, b])
      await rows("UPDATE patients SET mrn = 'M', mrn_key = 'm' WHERE user_id = ? RETURNING key", id);
    expect(await reasons()).toEqual(["marked-distinct"]);
    const { status, body } = await merge(clinic, b.id, a.id);
    expect([status, body.errors, body.acceptable]).toEqual([
      400,
      [
        {
          reason: "marked-distinct",
          message: "somebody has marked the two as distinct",
          count: 1,
          acceptable: true,
        },
      ],
      ["marked-distinct"],
    ]);
    expect((await merge(clinic, b.id, a.id, { plan })).status).toBe(409);
    expect((await merge(clinic, b.id, a.id, { accept: ["marked-distinct"] })).status).toBe(200);
    expect(
      await rows(
        "SELECT 1 FROM distinct_pairs JOIN patients ON key IN (lower_key, higher_key) WHERE user_id = ?",
        b.id,
      ),
    ).toHaveLength(1);
  });

  test.each([true, false])("a merge is planned again when a mark comes (%s) after its read", async (comes) => {
    const { clinic, a, b } = await givenTwo();
    if (!comes) await mark(clinic, a.id, b.id);
    const happens = () => (comes ? mark : unmark)(clinic, a.id, b.id);
    const merged = await send("POST", `${clinic.path}/patients/${b.id}/merge`, {
      token: clinic.admin.token,
      body: { sourceId: a.id },
      through: servedIn({ DB: meanwhile(env.DB, 2, happens) }),
    });
    expect([merged.status, merged.body.errors?.[0]?.reason]).toEqual(
      comes ? [400, "marked-distinct"] : [200, undefined],
    );
  });

  test("400 for one and the same, 404 for an unknown one; nothing is stored", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(await givenClinic());
    const told = async (id: string, otherId: string) => {
      const { status, body } = await unchanging(() => mark(clinic, id, otherId));
      return [status, body.message];
    };
    expect(await told(a.id, a.id)).toEqual([400, "bad request: a patient can't be distinct from itself"]);
    expect(await told(c.id, b.id)).toEqual([404, "patient not found"]);
    expect(await told(a.id, c.id)).toEqual([404, "other patient not found"]);
  });

  test("404 names the record that another one was merged into", async () => {
    const { clinic, a, b } = await givenTwo();
    const c = await givenPatient(clinic);
    await merge(clinic, b.id, a.id);
    expect((await mark(clinic, a.id, c.id)).body).toEqual({
      code: 404,
      message: "patient not found",
      replacedBy: b.id,
    });
  });
});
