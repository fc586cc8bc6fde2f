import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";
import { givenTwo, merge } from "../../../test/patient-merges.ts";
import { Db } from "../../platform/db/client.ts";
import { sweepPatientMerges } from "./store.ts";

test("values are erased, what came from where stays", async () => {
  const { clinic, a, b } = await givenTwo();
  const { id, fields } = (await merge(clinic, b.id, a.id)).body;
  const [{ at }] = (await rows("SELECT merged_at AS at FROM patient_merges WHERE id = ?", id)) as [{ at: number }];
  await new Db(env.DB).batch([sweepPatientMerges(at - 1)]);
  expect((await clinic.admin.get(`${clinic.path}/patient_merges/${id}`)).body.fields).toEqual(fields);
  await new Db(env.DB).batch([sweepPatientMerges(at)]);
  const kept = await clinic.admin.get(`${clinic.path}/patient_merges/${id}`);
  const names = fields.map(({ field, from }: { field: string; from: string }) => ({ field, from }));
  expect(kept.body.fields).toEqual(names);
  expect(await rows("SELECT before, after FROM patient_merges WHERE id = ?", id)).toEqual([
    { before: null, after: null },
  ]);
});

test("a merge can be undone until 30 days have passed", async () => {
  const { clinic, a, b } = await givenTwo();
  const { id } = (await merge(clinic, b.id, a.id)).body;
  const DAYS = 30 * 86_400_000;
  await rows("UPDATE patient_merges SET merged_at = ? WHERE id = ? RETURNING id", Date.now() - DAYS, id);
  const late = await clinic.admin.post(`${clinic.path}/patient_merges/${id}/undo`);
  expect([late.status, late.body.message]).toEqual([409, "conflict: the merge was done more than 30 days ago"]);
});
