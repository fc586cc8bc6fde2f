import { type Answer, type Caller, send } from "../harness.ts";
import type { QueuedService } from "../ehr/queued-service.ts";
import { tick } from "./clock.ts";
import { publishedOperations } from "./operations.ts";

export interface ExampleRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  /** Those the operation declares; who calls is not part of an example. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Example {
  readonly request?: ExampleRequest;
  readonly response: { readonly status: number; readonly body?: unknown };
}

/** Calls an operation by its id; the answer must be a success. */
export type Call = (operationId: string, request?: ExampleRequest) => Promise<any>;

/** How somebody calls: a session token, or headers of their own, and who serves it when not the Worker as it stands. */
export interface Calling {
  readonly token?: Caller["token"];
  readonly headers?: Readonly<Record<string, string>>;
  readonly through?: (request: Request) => Promise<Response>;
}

/** Keeps the first call of every operation as its example. */
export class Recorder {
  readonly examples = new Map<string, Example>();

  /** What the scenario gives a service of its own, beside its variables. */
  get variables(): Record<string, unknown> {
    return {};
  }

  /** Has the queue of an EHR worked on; `effects` are what the EHR got so far. */
  async run(service: QueuedService, _effects: () => readonly unknown[]): Promise<void> {
    await service.run();
  }

  /** Sends a request, with more headers. */
  protected ask(_name: string, act: (headers: Record<string, string>) => Promise<Answer>): Promise<Answer> {
    return act({});
  }

  /** Calls of somebody, which are recorded. */
  as({ token, headers: own, through }: Calling): Call {
    return async (operationId, request = {}) => {
      tick();
      const { method, url } = addressOf(operationId, request);
      const answer = await this.ask(operationId, (more) =>
        send(method, url, {
          ...(token !== undefined && { token }),
          ...(through && { through }),
          body: request.body,
          headers: { ...own, ...request.headers, ...more },
        }),
      );
      if (answer.status >= 300) throw new Error(`${operationId} answered ${answer.status}: ${answer.text}`);
      if (!this.examples.has(operationId)) this.examples.set(operationId, exampleOf(request, answer));
      return answer.body ?? { location: answer.headers.get("location") };
    };
  }
}

const addressOf = (operationId: string, { path = {}, query = {} }: ExampleRequest) => {
  const operation = publishedOperations.get(operationId);
  if (!operation) throw new Error(`${operationId} is not published`);
  const pathname = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name]!));
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  return { method: operation.method, url: search === "" ? pathname : `${pathname}?${search}` };
};

// What was sent and said, not what becomes of it later.
const exampleOf = (request: ExampleRequest, { status, body }: Answer): Example =>
  structuredClone({
    ...(Object.keys(request).length > 0 && { request }),
    response: { status, ...(body !== undefined && { body }) },
  });
