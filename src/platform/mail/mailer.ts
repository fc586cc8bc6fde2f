/** A rendered mail to one recipient. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Hands mails to the service that delivers them. */
export interface Mailer {
  /**
   * Resolves once the provider has accepted the mail. The reference is the same for every attempt to send one mail, so
   * that a provider can deduplicate. Throws DeliveryError.
   */
  send(mail: Mail, reference: string): Promise<void>;
}

/** The provider rejected a mail, or did not respond in time. */
export class DeliveryError extends Error {
  /** A code without personal data. */
  readonly reason: string;
  /** A retry would fail the same way. */
  readonly isFinal: boolean;

  constructor(reason: string, options: { isFinal?: boolean; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.reason = reason;
    this.isFinal = options.isFinal ?? false;
  }
}
