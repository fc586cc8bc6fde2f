import { localKeys } from "../scripts/local-keys.ts";
import type { LocalState } from "../scripts/local-state.ts";
import { acquaint } from "./acquaint.ts";
import { seededClinics } from "./data.ts";
import type { BenchClinic } from "./scenarios.ts";
import { type Server, serve } from "./server.ts";

/** The service with the benchmark's data, a clinic of it, and the token of its admin. */
export interface Served {
  readonly server: Server;
  readonly clinic: BenchClinic;
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
    const token = await keys.signPerson({ userId: seeded.adminId });
    return await measure({ server, token, clinic: await acquaint(server, seeded, token) });
  } finally {
    await server.stop();
  }
}
