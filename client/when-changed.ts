import { ClinicsError } from "./error.ts";
import { withResponse } from "./with-response.ts";

type Operation = (options: never) => Promise<unknown>;

/** An answer with its tag; undefined where the operation gives none. */
export interface Tagged<T> {
  readonly data: T;
  readonly etag: string | undefined;
}

/**
 * Calls an operation that reads, and resolves with its answer and the tag of that. Given the tag of an earlier answer it resolves
 * with undefined while nothing has changed, which the service tells without sending it all again. Rejects as the operation does.
 */
export async function whenChanged<F extends Operation>(
  operation: F,
  options: Parameters<F>[0],
  etag?: string,
): Promise<Tagged<NonNullable<Awaited<ReturnType<F>>>> | undefined> {
  const { headers } = options as { headers?: Record<string, string> };
  const conditional =
    etag === undefined ? options : { ...(options as object), headers: { ...headers, "If-None-Match": etag } };
  try {
    const { data, response } = await withResponse(operation, conditional as Parameters<F>[0]);
    return { data: data!, etag: response.headers.get("etag") ?? undefined };
  } catch (error) {
    if (error instanceof ClinicsError && error.status === 304) return undefined;
    throw error;
  }
}
