import { expect, test } from "vitest";
import { BASE } from "../../../../test/fhir/given.ts";
import { expectToBeFhir } from "../../../../test/fhir/structure.ts";
import { send } from "../../../../test/harness.ts";

test("is the definition that the CapabilityStatement names", async () => {
  const { body } = await send("GET", `${BASE}/metadata`);
  const { definition } = body.rest[0].resource.find(({ type }: any) => type === "Patient").operation[0];
  const answer = await send("GET", new URL(definition).pathname);
  expectToBeFhir(answer.body);
  expect([answer.status, answer.body.url, answer.body.affectsState]).toEqual([200, definition, false]);
  expect((await send("HEAD", new URL(definition).pathname)).status).toBe(200);
});
