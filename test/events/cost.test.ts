import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { type GivenClinic, givenClinic, givenPatient, rows } from "../harness.ts";
import { givenSubscription } from "./receiver.ts";

/** What telling of an event costs the write that causes it: rows read and written beside those of the write itself. */

let clinic: GivenClinic;
let key: number;
beforeAll(async () => {
  clinic = await givenClinic();
  const { id } = await givenPatient(clinic);
  [{ key }] = (await rows<{ key: number }>("SELECT key FROM patients WHERE user_id = ?", id)) as [{ key: number }];
});
const cost = async (set: string): Promise<[number, number]> => {
  const { meta } = await env.DB.prepare(`UPDATE patients SET ${set} WHERE key = ?`).bind(key).run();
  return [meta.rows_read, meta.rows_written];
};
/** Beyond the same write to a column that no event is about. */
async function beyond(set: string): Promise<[number, number]> {
  const [[read, written], [itself, wrote]] = [await cost(set), await cost("search_rest = search_rest")];
  return [read - itself, written - wrote];
}

describe("a change costs", () => {
  test("at most one row read where nobody has subscribed", async () => {
    await givenSubscription(await givenClinic());
    for (const set of ["tags = tags", "cgm_summary_id = cgm_summary_id"]) {
      const [read, written] = await beyond(set);
      expect([read <= 1, written]).toEqual([true, 0]);
    }
  });

  test("few rows where somebody has", async () => {
    await givenSubscription(clinic);
    const [first, again] = [await beyond("tags = tags"), await beyond("tags = tags")];
    expect([first, again]).toEqual([
      [3, 1],
      [3, 0],
    ]);
  });
});
