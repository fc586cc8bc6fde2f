import examples from "./examples.json" with { type: "json" };

/** A request that was sent and its response, as `test/examples` has recorded them. */
export interface RecordedExample {
  readonly request?: {
    readonly path?: Readonly<Record<string, unknown>>;
    readonly query?: Readonly<Record<string, unknown>>;
    readonly body?: unknown;
  };
  readonly response: { readonly status: number; readonly body?: unknown };
}

/** By operation. */
export const EXAMPLES: Readonly<Record<string, RecordedExample>> = examples;
