import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { StandIn } from "../../sandbox/src/stand-in/store.ts";
import { coordinatorOf } from "../../src/features/merges/coordinator/bindings.ts";

/**
 * A stand-in on the storage of a real object, and the number of rows of one of its tables. The tests' Worker has no such
 * class: it borrows an object of another.
 */
export function storedStandIn<T extends StandIn>(
  name: string,
  Class: new (...args: [DurableObjectState, Cloudflare.Env]) => T,
) {
  // A reference of its own each time: the reset between files ends those from before.
  const borrowed = () => coordinatorOf(env, `sandbox ${name}`) as unknown as DurableObjectStub;
  const store = new Proxy({} as T, {
    get:
      (_, method) =>
      (...args: unknown[]) =>
        runInDurableObject(borrowed(), (_, state) =>
          (new Class(state, env)[method as keyof T] as (...args: unknown[]) => unknown)(...args),
        ),
  });
  const stored = (table: string): Promise<number> =>
    runInDurableObject(
      borrowed(),
      (_, { storage }) => storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${name}_${table}`).one().n,
    );
  return { store, stored };
}

/** The service as stand-ins reach it: it keeps what it gets and answers as it was told. */
export function servicePlayed() {
  let requests: Request[] = [];
  let answer: (request: Request) => Response | Promise<Response> = () => new Response(null);
  return {
    binding: {
      fetch: async (url: string, init: RequestInit) => {
        const request = new Request(url, init);
        requests.push(request.clone());
        return answer(request);
      },
    },
    /** What it got since it was told how to answer. */
    asked: (): readonly Request[] => requests,
    answers: (respond: typeof answer): void => {
      requests = [];
      answer = respond;
    },
  };
}
