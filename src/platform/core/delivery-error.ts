/** Another system rejected what was sent to it, or did not respond in time. */
export class DeliveryError extends Error {
  static override readonly name: string = "DeliveryError";
  /** A code without personal data. */
  readonly reason: string;
  /** A retry would fail the same way. */
  readonly isFinal: boolean;
  /** How long the other system asks to wait before a retry. */
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: string, options: { isFinal?: boolean; retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.reason = reason;
    this.isFinal = options.isFinal ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
