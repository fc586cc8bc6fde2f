/** Any operation of the client. */
type Operation = (options: never) => Promise<unknown>;

/** What an operation resolves with, and the response it came in: for its headers and its status. */
export interface WithResponse<T> {
  readonly data: T;
  readonly response: Response;
}

/**
 * Calls an operation and resolves with the response as well: `withResponse(mergeClinic, { client, path, body })`. Its body has
 * been read; its headers say where something was made (`location`), its status whether it is still being worked on. Rejects as
 * the operation does.
 */
export async function withResponse<F extends Operation>(
  operation: F,
  options: Parameters<F>[0],
): Promise<WithResponse<Awaited<ReturnType<F>>>> {
  const answer = await operation({ ...(options as object), responseStyle: "fields" } as never);
  return answer as WithResponse<Awaited<ReturnType<F>>>;
}
