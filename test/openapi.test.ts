import { expect, test } from "vitest";
import { described } from "../src/description/describe.ts";
import { description } from "./description.ts";

test("public/openapi.json is what the code publishes; `npm run openapi` writes it", async () => {
  await expect(`${JSON.stringify(described(description), null, 1)}\n`).toMatchFileSnapshot("../public/openapi.json");
});
