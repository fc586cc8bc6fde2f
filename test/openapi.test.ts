import { expect, test } from "vitest";
import { description } from "./description.ts";

test("public/openapi.json is what the code publishes; `npm run openapi` writes it anew", async () => {
  await expect(`${JSON.stringify(description, null, 1)}\n`).toMatchFileSnapshot("../public/openapi.json");
});
