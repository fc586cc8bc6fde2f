import { localKeys } from "../scripts/local-keys.ts";
import type { LocalState } from "../scripts/local-state.ts";
import { type Known, knownOn } from "./asking.ts";
import { seededClinics } from "./data.ts";
import { serve } from "./server.ts";

/** The service with the benchmark's data, a clinic of it, and the token of its admin. */
export interface Served extends Known {
  readonly token: string;
}

/** Measures something of a clinic, the smallest unless the largest is asked for, while it is served. */
export async function whileServed<T>(
  state: LocalState,
  sizes: readonly number[],
  tell: (line: string) => void,
  measure: (served: Served) => Promise<T>,
  which: "smallest" | "largest" = "smallest",
): Promise<T> {
  const seeded = (await seededClinics(state, sizes, tell)).at(which === "largest" ? -1 : 0)!;
  const keys = await localKeys(state);
  const server = await serve("product", state, keys.jwks);
  try {
    const known = await knownOn(server, seeded, keys);
    return await measure({ ...known, token: known.tokens.admin });
  } finally {
    await server.stop();
  }
}
