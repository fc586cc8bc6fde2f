/** The only fields a log line may have. There is no way to log an object, a body, a query string or an error's text. */
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
  /** Class and place of a fault, without its message: messages of drivers carry parameters. */
  fault?: string;
  queue?: string;
  messages?: number;
  cron?: string;
  /** A merge of clinics. */
  merge?: string;
  /** A row of the outbox. */
  outboxEntry?: string;
  kind?: string;
  /** Why it was not done: a code of ours or the provider's. */
  reason?: string;
  /** The statements of the batch that failed, each as its verb and table. */
  statements?: string;
}

export function log(level: "info" | "warn" | "error", event: string, fields: LogFields): void {
  console.log(JSON.stringify({ level, event, at: new Date().toISOString(), ...fields }));
}

/** An error whose message is ours alone and names no value: it may stand in a log line. */
export class SpokenFault extends Error {}

const FRAMES_MAX = 5;
/** A message may hold what looks like a frame, and be long. */
const FRAME_LENGTH_MAX = 300;

/**
 * Where a fault happened: its class and the first functions, never its message. A production build keeps the names of
 * functions (docs/failure-modes.md says how to find the lines).
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
