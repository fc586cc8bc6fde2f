/** A mail to one recipient, as it leaves. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Hands mails to the service that delivers them. */
export interface Mailer {
  /**
   * Resolves once the provider has taken the mail. The reference is the same at every attempt to send one mail; a
   * provider that knows references takes it once. Throws DeliveryError.
   */
  send(mail: Mail, reference: string): Promise<void>;
}

/** The provider did not take a mail, or did not say so in time. */
export class DeliveryError extends Error {
  /** A code without anything personal. */
  readonly reason: string;
  /** Another attempt would end the same. */
  readonly isFinal: boolean;

  constructor(reason: string, options: { isFinal?: boolean; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.reason = reason;
    this.isFinal = options.isFinal ?? false;
  }
}
