/** How a command ended, for scripts. Described in --help and docs/command-line.md. */
export const EXIT = {
  /** What was asked for is done. */
  done: 0,
  /** Refused or failed: nothing was changed. */
  failed: 1,
  /** The command was called with something it does not understand. */
  usage: 2,
  /** A part is done, another is not. */
  partly: 3,
  /** Ended by Ctrl-C, as shells number it. */
  interrupted: 130,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one line. */
export class Failure extends Error {
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus = EXIT.failed) {
    super(message);
    this.status = status;
  }
}

/** The command was called with something it does not understand. */
export const misused = (message: string) => new Failure(message, EXIT.usage);
