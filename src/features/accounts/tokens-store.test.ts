import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { countRows, newUserId, rows } from "../../../test/harness.ts";
import { sweep } from "../../../test/mail/post-office.ts";
import { Db } from "../../platform/db/client.ts";
import { newToken, revokeTokens } from "./tokens-store.ts";

const PATH = "/v1/oauth/dexcom";
const bound = exports.InternalApi({ props: { caller: "accounts", scopes: ["findTokenHolder"] } });
const holder = (token: string, path = PATH) => bound.findTokenHolder({ token, path });

async function given(userId: string, path = PATH, lifetimeMs = 60_000): Promise<string> {
  const { token, statements } = await newToken(userId, path, Date.now(), lifetimeMs);
  await new Db(env.DB).batch(statements);
  return token;
}

describe("a token for one path", () => {
  test("opens that path for its person, and no other", async () => {
    const userId = newUserId();
    const token = await given(userId);
    expect(await holder(token)).toBe(userId);
    expect(await holder(token, "/v1/oauth/abbott")).toBeUndefined();
    expect(await holder(`${token}x`)).toBeUndefined();
  });

  test("takes the place of the one before, for the same person and path only", async () => {
    const [ana, bo] = [newUserId(), newUserId()];
    const [first, elsewhere, others] = [await given(ana), await given(ana, "/v1/oauth/abbott"), await given(bo)];
    const second = await given(ana);
    expect(await Promise.all([holder(first), holder(second), holder(others)])).toEqual([undefined, ana, bo]);
    expect(await holder(elsewhere, "/v1/oauth/abbott")).toBe(ana);
  });

  test("is kept as a hash alone", async () => {
    const userId = newUserId();
    const token = await given(userId);
    expect(JSON.stringify(await rows("SELECT * FROM restricted_tokens WHERE user_id = ?", userId))).not.toContain(
      token,
    );
  });

  test("is good until it expires or is taken back; the cron forgets expired ones", async () => {
    const [ana, bo] = [newUserId(), newUserId()];
    const [expired, good] = [await given(ana, PATH, -1), await given(bo)];
    expect(await holder(expired)).toBeUndefined();
    await sweep(env);
    expect(await countRows("restricted_tokens WHERE user_id IN (?, ?)", ana, bo)).toBe(1);
    await new Db(env.DB).batch([revokeTokens(bo, PATH)]);
    expect(await holder(good)).toBeUndefined();
  });
});
