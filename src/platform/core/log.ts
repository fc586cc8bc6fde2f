/** The only fields of a log line. Objects, bodies, query strings and error messages can't be logged. */
export interface LogFields {
  requestId?: string;
  operation?: string;
  method?: string;
  status?: number;
  durationMs?: number;
  callerKind?: string;
  callerId?: string;
  clinicId?: string;
  d1Calls?: number;
  d1RowsRead?: number;
  d1RowsWritten?: number;
  /** Class and stack of a fault, without its message: driver messages contain parameters. */
  fault?: string;
  queue?: string;
  messages?: number;
  cron?: string;
  /** A merge of clinics. */
  merge?: string;
  /** A row of the outbox. */
  outboxEntry?: string;
  kind?: string;
  /** A seal of the audit trail. */
  hash?: string;
  /** A reason code of ours or the provider's. */
  reason?: string;
  /** The statements of the batch that failed, each as its verb and table. */
  statements?: string;
}

export function log(level: "info" | "warn" | "error", event: string, fields: LogFields): void {
  console.log(JSON.stringify({ level, event, at: new Date().toISOString(), ...fields }));
}

/** An error with a fixed message that contains no values, which may therefore be logged. */
export class SpokenFault extends Error {
  static override readonly name: string = "SpokenFault";
}

const FRAMES_MAX = 5;
/** An error message may contain a long line that looks like a frame. */
const FRAME_LENGTH_MAX = 300;

/**
 * Class and top stack frames of a fault, never its message. A production build keeps the names of classes of errors, and
 * positions in the bundle (docs/failure-modes.md explains how to find the lines).
 */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (error instanceof SpokenFault) return `${error.constructor.name}: ${error.message}`;
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES_MAX)
    .map((line) =>
      line
        .trim()
        .slice(0, FRAME_LENGTH_MAX)
        .replace(/\(?(file|https?):\/\/[^)]*\/([^/)]+)\)?/, "$2"),
    );
  return [error.constructor.name, ...frames].join(" < ");
}
