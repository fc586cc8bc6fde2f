import { useCallback, useEffect, useState } from "react";
import { ClinicsError } from "../../client/index.ts";

export interface Answer<T> {
  /** The newest answer; while another is awaited it stays the one before. */
  readonly value?: T;
  readonly problem?: string;
  readonly isLoading: boolean;
  /** Asks again. */
  readonly reload: () => void;
}

/**
 * What an operation answers, asked again whenever one of `given` is another. A question that nobody waits for any more is
 * given up, so a slow answer never takes the place of a newer one.
 */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>, given: readonly unknown[]): Answer<T> {
  const [state, setState] = useState<Omit<Answer<T>, "reload">>({ isLoading: true });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const waiting = new AbortController();
    setState(({ value }) => ({ ...(value !== undefined && { value }), isLoading: true }));
    ask(waiting.signal).then(
      (value) => waiting.signal.aborted || setState({ value, isLoading: false }),
      (error: unknown) => waiting.signal.aborted || setState({ problem: problemOf(error), isLoading: false }),
    );
    return () => waiting.abort();
  }, [...given, asked]);
  return { ...state, reload: useCallback(() => setAsked((times) => times + 1), []) };
}

/** What to tell somebody of an operation that failed. */
export function problemOf(error: unknown): string {
  if (error instanceof ClinicsError && error.status > 0)
    return `The service answered ${error.status}: ${error.message}`;
  return error instanceof Error ? error.message : "Something went wrong.";
}

/** Which record stayed, where the one that was asked for was merged into another. */
export function replacedByOf(error: unknown): string | undefined {
  const { replacedBy } = ((error instanceof ClinicsError && error.body) || {}) as { replacedBy?: unknown };
  return typeof replacedBy === "string" ? replacedBy : undefined;
}
