import { rmSync, writeFileSync } from "node:fs";
import { misused } from "./exit-status.ts";

const OWNER_ONLY = 0o600;

/** Writes a file that must not exist yet, readable for its owner alone; one that can't be written whole is removed. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content, { flag: "wx", mode: OWNER_ONLY });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw misused(`${file} exists already`);
    if (code === "ENOSPC" || code === "EIO") rmSync(file, { force: true });
    throw misused(`${file} can't be written (${code ?? "unknown error"})`);
  }
}
