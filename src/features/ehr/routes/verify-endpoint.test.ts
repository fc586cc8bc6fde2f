import { describe, expect, test } from "vitest";
import { send } from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";

const verify = (body: unknown, variables: Record<string, unknown> = { REDOX_VERIFICATION_TOKEN: "s3cret" }) =>
  send("POST", "/v1/redox/verify", {
    body,
    through: servedIn(variables),
    headers: typeof body === "string" ? { "content-type": "text/plain" } : {},
  });

describe("VerifyEndpoint", () => {
  test.each(["abc", "", "x".repeat(1000)])(
    "returns the challenge to a caller that knows the token",
    async (challenge) => {
      const answer = await verify({ "verification-token": "s3cret", challenge });
      expect([answer.status, answer.body]).toEqual([200, { challenge }]);
    },
  );

  test.each([{ "verification-token": "S3cret" }, { "verification-token": "" }, {}])("refuses %j", async (body) => {
    const answer = await verify({ ...body, challenge: "abc" });
    expect([answer.status, answer.body.message]).toEqual([401, "unauthorized: invalid verification token"]);
  });

  test.each(["", "anything"])("refuses everybody where no token is configured, even with %j", async (token) => {
    for (const variables of [{}, { REDOX_VERIFICATION_TOKEN: "" }]) {
      expect((await verify({ "verification-token": token }, variables)).status).toBe(401);
    }
  });

  test("takes JSON alone, of a bounded size", async () => {
    expect((await verify("text")).status).toBe(415);
    expect((await send("POST", "/v1/redox/verify", { body: "{" })).status).toBe(400);
    expect((await send("POST", "/v1/redox/verify", { body: `"${"x".repeat(2 ** 20)}"` })).status).toBe(413);
    const tooLong = await verify({ "verification-token": "s3cret", challenge: "x".repeat(1001) });
    expect([tooLong.status, tooLong.body.message]).toEqual([400, expect.stringContaining("challenge")]);
  });
});
