import { CommanderError } from "commander";
import { ClinicsError } from "../client/index.ts";
import { EXIT, type ExitStatus, Failure } from "./exit-status.ts";
import { onOneLine } from "./io.ts";

/** What went wrong, on one line, with what those who operate the service can find it by. */
export function inOneLine(error: unknown): string {
  if (error instanceof ClinicsError) {
    const about = [
      error.status > 0 ? `status ${error.status}` : "",
      error.requestId ? `request id ${error.requestId}` : "",
      error.operation,
    ];
    return onOneLine(`${error.message} (${about.filter(Boolean).join(", ")})`);
  }
  return onOneLine(error instanceof Error ? error.message : String(error));
}

/** With what the program ends after an error. */
export function statusOf(error: unknown): ExitStatus {
  if (error instanceof Failure) return error.status;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  return EXIT.failed;
}

/** Whether the next of several requests would fail as well: no access, no such clinic, no room, no service. */
export const isForAll = (error: unknown): boolean =>
  !(error instanceof ClinicsError) ||
  [0, 401, 402, 403].includes(error.status) ||
  error.status >= 500 ||
  error.status === 429;
