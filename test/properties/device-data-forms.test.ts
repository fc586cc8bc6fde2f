import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { datum } from "../any-datum.ts";
import { add, dataOf, openSet } from "../device-data.ts";
import { type Caller, person } from "../harness.ts";
import { cases } from "./size.ts";

/** Every datum that is taken comes out as it went in, but for what is documented to change; through requests and storage. */

const MG_PER_MMOL = 18.01559;
const converted = (value: number) => Math.trunc((value / MG_PER_MMOL) * 100_000 + Math.sign(value) * 0.5) / 100_000;

let owner: Caller;
beforeAll(async () => {
  owner = await person();
});

let lastId = 0;
/** A datum with an id of its own, by which it is found again; its readings are in either unit. */
const sendable = fc.tuple(datum, fc.boolean()).map(([any, isInMg]) => {
  const it = JSON.parse(JSON.stringify(any));
  const isReading = it.type === "cbg" || it.type === "smbg";
  if (isReading && isInMg) Object.assign(it, { units: "mg/dL", value: Math.floor(it.value * 18) });
  return it;
});

const expectedOf = (sent: any) =>
  sent.units === "mg/dL" && (sent.type === "cbg" || sent.type === "smbg")
    ? { ...sent, units: "mmol/L", value: converted(sent.value) }
    : sent;

test("a datum that is taken is read as it was sent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(sendable, { minLength: 1, maxLength: 20 }), async (data) => {
      const sent = data.map((it) => ({ ...it, id: (++lastId).toString(16).padStart(32, "0") }));
      const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
      await add(owner, setId, sent);
      const read = await dataOf(owner, owner.id, `?uploadId=${setId}`);
      const byId = new Map(read.map((it) => [it.id, it]));
      for (const it of sent) {
        const { guid, uploadId, ...rest } = byId.get(it.id)!;
        const { guid: sentGuid = guid, ...expected } = expectedOf(it);
        expect([rest, uploadId, guid]).toEqual([expected, setId, sentGuid]);
      }
    }),
    { numRuns: cases(300, 20) },
  );
}, 600_000);
