import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { givenAlike } from "../../../../test/alike-rows.ts";
import { allDuplicates, duplicates, idsOf, mark, unmark } from "../../../../test/duplicates.ts";
import { type GivenClinic, givenClinic, givenPatient, rows } from "../../../../test/harness.ts";
import { givenTwo, merge } from "../../../../test/patient-merges.ts";
import type { QueuedAccess } from "../../../platform/audit/audit-store.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const SAME = { name: "same", date: "1980-01-01" };
const change = (id: string, set: string) => rows(`UPDATE patients SET ${set} WHERE user_id = ? RETURNING key`, id);

describe("ListDuplicatePatients", () => {
  test("200 shows a pair, what it shares, and which record is to stay, in two round trips", async () => {
    const { clinic: here, a, b, email } = await givenTwo();
    await change(b.id, "cgm_summary_id = 'x', cgm_last_data_at = 86400000");
    const answer = await duplicates(here);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    const times = { createdTime: expect.any(String), custodial: true, birthDate: "1987-02-03" };
    expect(answer.body).toEqual({
      data: [
        {
          likeness: "likely",
          shared: ["fullName", "birthDate"],
          patients: [
            { id: a.id, fullName: "Rosa Diaz", mrn: "A-17", ...times },
            { id: b.id, fullName: "rosa díaz", email, lastData: "1970-01-02T00:00:00.000Z", ...times },
          ],
          suggested: { targetId: b.id, sourceId: a.id, why: "data" },
          blocked: [],
        },
      ],
      crowds: [],
      meta: {},
    });
  });

  test("200 suggests the claimed one, that with data, the newer, that with an MRN, the older", async () => {
    const [a, b] = (await givenAlike(clinic, [SAME, SAME])) as [string, string];
    const suggested = async () => {
      const { data } = (await duplicates(clinic)).body;
      return [data[0].suggested.targetId === a ? "a" : "b", data[0].suggested.why, data[0].blocked];
    };
    expect(await suggested()).toEqual(["a", "older", []]);
    await change(b, "mrn = '1', mrn_key = '1'");
    expect(await suggested()).toEqual(["b", "mrn", []]);
    await change(a, "cgm_summary_id = 'a', cgm_last_data_at = 2");
    await change(b, "bgm_summary_id = 'b', bgm_last_data_at = 1");
    expect(await suggested()).toEqual(["a", "newerData", []]);
    await change(a, "cgm_summary_id = NULL, cgm_last_data_at = NULL");
    expect(await suggested()).toEqual(["b", "data", []]);
    await change(a, "permissions = 2");
    expect(await suggested()).toEqual(["a", "claimed", []]);
    await change(b, "permissions = NULL");
    expect(await suggested()).toEqual(["b", "data", ["both-claimed"]]);
  });

  test("200 leaves marked pairs out until they share more, and lists exactly the marked ones where asked", async () => {
    const [a, b, c] = (await givenAlike(clinic, [SAME, SAME, { name: "other" }])) as [string, string, string];
    expect((await mark(clinic, b, a)).status).toBe(204);
    expect((await mark(clinic, a, c)).status).toBe(204);
    expect((await duplicates(clinic)).body.data).toEqual([]);
    const marked = async (query = "") => (await allDuplicates(clinic, `marked=true&${query}`)).data;
    const all = await marked();
    expect(all.map((it) => [idsOf(it), it.likeness, it.marked])).toEqual([
      [[a, b], "likely", { by: clinic.member.id, time: expect.any(String), shared: ["fullName", "birthDate"] }],
      [[a, c], "none", { by: clinic.member.id, time: expect.any(String), shared: [] }],
    ]);
    expect(await marked("limit=1")).toEqual(all);
    expect((await marked("likeness=likely")).map(idsOf)).toEqual([[a, b]]);
    // They share less, then the same again: the mark holds.
    await change(b, "birth_date = '1999-01-01'");
    expect((await duplicates(clinic, "likeness=nameOnly")).body.data).toEqual([]);
    await change(b, "birth_date = '1980-01-01'");
    expect((await duplicates(clinic)).body.data).toEqual([]);
    for (const id of [a, b]) await change(id, "mrn = 'M', mrn_key = 'm'");
    const [back] = (await duplicates(clinic)).body.data;
    expect([idsOf(back), back.shared, back.marked.shared]).toEqual([
      [a, b],
      ["mrn", "fullName", "birthDate"],
      ["fullName", "birthDate"],
    ]);
    expect((await marked()).map(idsOf)).toEqual([
      [a, b],
      [a, c],
    ]);
    expect((await mark(clinic, a, b)).status).toBe(204);
    expect((await duplicates(clinic)).body.data).toEqual([]);
    expect((await unmark(clinic, b, a)).status).toBe(204);
    expect((await duplicates(clinic)).body.data.map(idsOf)).toEqual([[a, b]]);
    const other = await givenClinic();
    expect((await allDuplicates(other, "marked=true")).data).toEqual([]);
  });

  test("200 shows a mark again after the record that went came back", async () => {
    const { clinic: here, a, b } = await givenTwo();
    await mark(here, a.id, b.id);
    const { body } = await merge(here, b.id, a.id, { accept: ["marked-distinct"] });
    expect((await allDuplicates(here, "marked=true")).data).toEqual([]);
    await here.admin.post(`${here.path}/patient_merges/${body.id}/undo`);
    expect((await allDuplicates(here, "marked=true")).data.map(idsOf)).toEqual([[a.id, b.id]]);
    expect((await duplicates(here)).body.data).toEqual([]);
  });

  test("200 goes on behind a record that was deleted, and from where a changed one stands now", async () => {
    const of = (name: string) => [
      { ...SAME, name },
      { ...SAME, name },
    ];
    const ids = await givenAlike(clinic, [...of("a"), ...of("b"), ...of("c")]);
    const { body } = await duplicates(clinic, "limit=1");
    expect(idsOf(body.data[0])).toEqual(ids.slice(0, 2));
    for (const id of ids.slice(0, 2)) await clinic.admin.delete(`${clinic.path}/patients/${id}`);
    const next = await duplicates(clinic, `limit=1&cursor=${body.meta.next}`);
    expect(idsOf(next.body.data[0])).toEqual(ids.slice(2, 4));
    for (const id of ids.slice(2, 4)) await change(id, "name_key = 'd'");
    expect((await duplicates(clinic, `cursor=${next.body.meta.next}`)).body.data).toEqual([]);
  });

  test("200 for a page of 50 where nothing is asked, and of 200 at most", async () => {
    await givenAlike(
      clinic,
      Array.from({ length: 430 }, (_, i) => ({ ...SAME, name: `n${i >> 1}` })),
    );
    expect((await duplicates(clinic)).body.data).toHaveLength(50);
    const most = await duplicates(clinic, "limit=1000");
    expect(most.body.data).toHaveLength(200);
    expect((await duplicates(clinic, `limit=1000&cursor=${most.body.meta.next}`)).body).toMatchObject({
      data: { length: 15 },
      meta: {},
    });
  });

  test("200 ends a page with the group that fills it, which is whole", async () => {
    await givenAlike(
      clinic,
      Array.from({ length: 30 }, (_, i) => ({ ...SAME, name: `n${Math.floor(i / 10)}` })),
    );
    const { body } = await duplicates(clinic, "limit=46");
    expect([body.data.length, typeof body.meta.next]).toEqual([90, "string"]);
    const rest = await duplicates(clinic, `limit=46&cursor=${body.meta.next}`);
    expect([rest.body.data.length, rest.body.meta]).toEqual([45, {}]);
  });

  test.each(["x", "1", "1.", "1.x", "7.1", "3.1", "1.1.1", "0.1.1", "1.999999", "-1.1", "1.1e3"])(
    "400 for the cursor %s",
    async (cursor) => {
      const { status, body } = await duplicates(clinic, `cursor=${cursor}`);
      expect([status, body.message]).toEqual([400, "bad request: invalid cursor"]);
      expect((await duplicates(clinic, `cursor=${cursor}`, clinic.outsider)).status).toBe(403);
    },
  );

  test.each(["1.1", "0.1", "0"])("400 for the cursor %s among marked pairs", async (cursor) => {
    const { status, body } = await duplicates(clinic, `marked=true&cursor=${cursor}`);
    expect([status, body.message]).toEqual([400, "bad request: invalid cursor"]);
  });

  test.each(["likeness=none", "likeness=", "limit=0", "limit=x", "marked=perhaps", `cursor=${"1".repeat(41)}`])(
    "400 for %s, which is named",
    async (query) => {
      const { status, body } = await duplicates(clinic, query);
      expect([status, body.message]).toEqual([400, expect.stringContaining(query.split("=")[0]!)]);
    },
  );

  test("200 for a cursor of another clinic's record tells nothing", async () => {
    const there = await givenPatient(await givenClinic());
    const [row] = await change(there.id, "version = version");
    expect((await duplicates(clinic, `cursor=1.${(row as any).key}`)).status).toBe(400);
  });

  test("an entry of the audit trail names everybody who is shown, and nobody else", async () => {
    const pair = await givenAlike(clinic, [SAME, SAME, { name: "alone" }]);
    await givenAlike(
      clinic,
      Array.from({ length: 11 }, () => ({ name: "z", date: "1980-01-01" })),
    );
    const sent: QueuedAccess[] = [];
    vi.spyOn(env.AUDIT_QUEUE, "sendBatch").mockImplementation(async (messages) => {
      for (const { body } of messages) sent.push(body as QueuedAccess);
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    });
    const { body } = await duplicates(clinic);
    expect(sent).toMatchObject([{ operation: "ListDuplicatePatients", clinicId: clinic.clinicId, outcome: "read" }]);
    expect(sent[0]!.patientIds).toEqual([...pair.slice(0, 2), ...body.crowds[0].ids]);
    expect(sent[0]!.patientIds).toHaveLength(5);
  });
});
