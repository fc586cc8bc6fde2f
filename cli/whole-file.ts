import { createWriteStream, renameSync, rmSync, writeFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { misused } from "./exit-status.ts";

const OWNER_ONLY = 0o600;

/** Writes a file that must not exist yet, readable for its owner alone; one that can't be written whole is removed. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content, { flag: "wx", mode: OWNER_ONLY });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EIO") rmSync(file, { force: true });
    throw unwritable(file, code);
  }
}

const unwritable = (file: string, code: string | undefined) =>
  misused(code === "EEXIST" ? `${file} exists already` : `${file} can't be written (${code ?? "unknown error"})`);

/**
 * The same of what comes in pieces, none of which is kept in memory: the file is there once all of it has come, and until then
 * has another name. What the pieces fail with is thrown as it is.
 */
export async function writeWholeStream(file: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const part = `${file}.part`;
  let failure: { readonly of: unknown } | undefined;
  const watched = async function* () {
    try {
      yield* pieces;
    } catch (error) {
      failure = { of: error };
      throw error;
    }
  };
  try {
    // What an interrupted run has left is begun again.
    await pipeline(watched, createWriteStream(part, { mode: OWNER_ONLY }));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    if (failure) throw failure.of;
    throw unwritable(file, (error as NodeJS.ErrnoException).code);
  }
}
