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
   * that a provider can deduplicate. Throws DeliveryError (core/delivery-error.ts).
   */
  send(mail: Mail, reference: string): Promise<void>;
}
