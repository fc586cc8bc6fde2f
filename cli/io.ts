/** What a command has of the process it runs in. */
export interface Io {
  /** Answers: all that stands on stdout. */
  readonly out: (text: string) => void;
  /** Everything for people: what is being done, and errors. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C: nothing else begins. What reads is given up; what writes does not look at it, and ends. */
  readonly stop: AbortSignal;
}

/** One document, or one line of several. */
export const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** A text of the service or of a file, on one line of a terminal: without control characters. */
export const onOneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ");

/** Columns that are as wide as their widest text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(onOneLine));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, column) => text.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
