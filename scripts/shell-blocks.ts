/** A shell block of a document, and what the document says of running it. */
export interface ShellBlock {
  readonly file: string;
  /** Where its fence begins, from 1. */
  readonly line: number;
  readonly text: string;
  /** What it prints, from the `text` block right after it. */
  readonly expected: string | undefined;
  /** Why it can't be run where the documents are checked. */
  readonly notRun: string | undefined;
  /** It goes on running; what it says when it is ready. */
  readonly readyWhen: string | undefined;
}

/** A block that the document says to keep as a file. */
export interface FileBlock {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly writes: string;
}

export type DocBlock = ShellBlock | FileBlock;

export const isShell = (block: DocBlock): block is ShellBlock => !("writes" in block);

interface Fence {
  readonly language: string;
  readonly line: number;
  readonly end: number;
  readonly text: string;
}

const NOTE = /^<!-- (not run|stays running|file): (.+) -->$/;

/**
 * The blocks of a Markdown document that are run, and those kept as files. What a reader doesn't see stands in a comment
 * right above the fence: `not run: REASON`, `stays running: until "TEXT"`, `file: PATH`. A comment there that is none of
 * these is an error, so that a mistyped one skips nothing.
 */
export function blocksOf(file: string, markdown: string): DocBlock[] {
  const lines = markdown.split("\n");
  const fences = fencesOf(lines);
  const blocks: DocBlock[] = [];
  for (const [index, { language, line, end, text }] of fences.entries()) {
    const note = noteAbove(file, lines, line);
    if (note?.kind === "file") {
      blocks.push({ file, line, text, writes: note.says });
      continue;
    }
    if (language !== "sh") {
      if (note !== undefined) throw new Error(`${file}:${line}: only sh blocks are run`);
      continue;
    }
    const next = fences[index + 1];
    const isExpected = next?.language === "text" && lines.slice(end, next.line - 1).every((between) => between === "");
    blocks.push({
      file,
      line,
      text,
      expected: isExpected ? next.text : undefined,
      notRun: note?.kind === "not run" ? note.says : undefined,
      readyWhen: note?.kind === "stays running" ? readyText(file, line, note.says) : undefined,
    });
  }
  return blocks;
}

/** Of a document the part under a heading, as long as the document, so that lines keep their numbers. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split("\n");
  const from = lines.indexOf(heading);
  if (from < 0) throw new Error(`there is no heading "${heading}"`);
  const after = lines.findIndex((line, index) => index > from && line.startsWith("## "));
  return lines.map((line, index) => (index > from && (after < 0 || index < after) ? line : "")).join("\n");
}

function fencesOf(lines: readonly string[]): Fence[] {
  const fences: Fence[] = [];
  for (let index = 0; index < lines.length; index++) {
    const language = /^```(\w+)$/.exec(lines[index]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", index + 1);
    fences.push({
      language,
      line: index + 1,
      end: end + 1,
      text: lines.slice(index + 1, end).join("\n"),
    });
    index = end;
  }
  return fences;
}

function noteAbove(file: string, lines: readonly string[], line: number) {
  const above = lines[line - 2] ?? "";
  if (!above.startsWith("<!--") && !above.endsWith("-->")) return undefined;
  const [, kind, says] = NOTE.exec(above) ?? [];
  if (kind === undefined || says === undefined) throw new Error(`${file}:${line - 1}: ${above} is not understood`);
  return { kind, says };
}

function readyText(file: string, line: number, says: string): string {
  const text = /^until "(.+)"$/.exec(says)?.[1];
  if (text === undefined) throw new Error(`${file}:${line - 1}: until "TEXT" is expected`);
  return text;
}

/** Stands for anything within a line; alone on a line, for any lines. */
const ANYTHING = "…";
const SHOWN_MAX = 500;

/** The first line that is not as expected, in words; nothing when all is. */
export function differenceOf(expected: string, printed: string): string | undefined {
  const wanted = linesOf(expected);
  const lines = linesOf(printed);
  let furthest = { at: 0, from: 0 };
  const fits = (at: number, from: number): boolean => {
    if (at >= furthest.at) furthest = { at, from };
    if (at === wanted.length) return from === lines.length;
    if (wanted[at] === ANYTHING) return [...lines.slice(from), ""].some((_, skipped) => fits(at + 1, from + skipped));
    return from < lines.length && fitsLine(wanted[at]!, lines[from]!) && fits(at + 1, from + 1);
  };
  if (fits(0, 0)) return undefined;
  const { at, from } = furthest;
  return `expected ${wanted[at] ?? "no more"}\n        printed  ${lines[from]?.slice(0, SHOWN_MAX) ?? "no more"}`;
}

/** The lines of a text, without empty ones at its end; none of an empty text. */
function linesOf(text: string): string[] {
  const whole = text.trimEnd();
  return whole === "" ? [] : whole.split("\n").map((line) => line.trimEnd());
}

function fitsLine(wanted: string, line: string): boolean {
  let rest = line;
  const [first = "", ...others] = wanted.split(ANYTHING);
  if (others.length === 0) return wanted === line;
  if (!rest.startsWith(first)) return false;
  rest = rest.slice(first.length);
  const last = others.pop()!;
  for (const part of others) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return rest.endsWith(last);
}
