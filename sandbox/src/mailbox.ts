import { DurableObject } from "cloudflare:workers";

export interface Mail {
  /** The sender's own name of the mail: it is kept once, however often it comes. */
  readonly reference: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface KeptMail extends Mail {
  readonly id: number;
  readonly at: number;
}

export type MailHead = Pick<KeptMail, "id" | "at" | "to" | "subject">;

const HEADS_MAX = 500;

/** Every mail that was sent, until the local data is deleted. */
export class Mailbox extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS mails (
         id INTEGER PRIMARY KEY, at INTEGER NOT NULL, reference TEXT NOT NULL UNIQUE, "from" TEXT NOT NULL,
         "to" TEXT NOT NULL, subject TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL)`,
    );
  }

  keep({ reference, from, to, subject, html, text }: Mail): void {
    this.#sql.exec(
      `INSERT INTO mails (at, reference, "from", "to", subject, html, text) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (reference) DO NOTHING`,
      Date.now(),
      reference,
      from,
      to,
      subject,
      html,
      text,
    );
  }

  /** The newest first. */
  list(): MailHead[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue>>(
        `SELECT id, at, "to", subject FROM mails ORDER BY id DESC LIMIT ?`,
        HEADS_MAX,
      )
      .toArray() as unknown as MailHead[];
  }

  find(id: number): KeptMail | undefined {
    const [mail] = this.#sql.exec<Record<string, SqlStorageValue>>("SELECT * FROM mails WHERE id = ?", id).toArray();
    return mail as unknown as KeptMail | undefined;
  }
}
