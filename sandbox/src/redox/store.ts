import { forgetExpired, rowsOf, StandIn } from "../stand-in/store.ts";

export interface MessageHead {
  readonly id: number;
  readonly at: number;
  readonly model: string;
  readonly event: string;
  /** The patient as a person would call them. */
  readonly patient: string;
  /** Empty where a message names none. */
  readonly orderId: string;
  /** Of a note; empty elsewhere. */
  readonly documentId: string;
  readonly isTest: 0 | 1;
}
export type NewMessage = Omit<MessageHead, "id" | "at">;
export type KeptMessage = MessageHead & { readonly json: string };

const MESSAGES_MAX = 500;
const UPLOADS_MAX = 500;
/** A value has at most 2 MB in production, which nobody enforces locally. */
const PART_BYTES = 1024 * 1024;
const HEAD = `id, at, model, event, patient, order_id AS "orderId", document_id AS "documentId", is_test AS "isTest"`;

/** What an EHR got, and what proved who sent it. */
export class Redox extends StandIn {
  readonly #storage: DurableObjectStorage;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, "redox", [
      `messages (
         id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, model TEXT NOT NULL, event TEXT NOT NULL,
         patient TEXT NOT NULL, order_id TEXT NOT NULL, document_id TEXT NOT NULL, is_test INTEGER NOT NULL)`,
      "uploads (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)",
      `parts (
         owner TEXT NOT NULL, id INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
         PRIMARY KEY (owner, id, part))`,
      "assertions (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL)",
    ]);
    this.#storage = ctx.storage;
  }

  #run<T = never>(sql: string, ...binds: (string | number | Uint8Array)[]): T[] {
    return rowsOf<T>(this.#storage, sql, ...binds);
  }

  /** Gives a token for an assertion (its end in seconds) that was not used before; nothing for one that was. */
  grant(jti: string, assertionEndsAt: number, validSeconds: number): string | undefined {
    return this.#storage.transactionSync(() => {
      // An assertion passes some seconds after its end: it is remembered for longer.
      forgetExpired(this.#storage, "redox_assertions");
      if (this.#run("SELECT 1 FROM redox_assertions WHERE jti = ?", jti).length > 0) return undefined;
      this.#run("INSERT INTO redox_assertions (jti, expires_at) VALUES (?, ?)", jti, assertionEndsAt);
      return this.giveToken(validSeconds);
    });
  }

  /** Keeps a message as it came; its id. */
  keep({ model, event, patient, orderId, documentId, isTest }: NewMessage, body: Uint8Array): number {
    return this.#storage.transactionSync(() => {
      const [row] = this.#run<{ id: number }>(
        `INSERT INTO redox_messages (at, model, event, patient, order_id, document_id, is_test)
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        Date.now(),
        model,
        event,
        patient,
        orderId,
        documentId,
        isTest,
      );
      this.#keepParts("message", row!.id, body);
      this.#removeBefore("message", row!.id - MESSAGES_MAX + 1);
      return row!.id;
    });
  }

  /** The newest first; those after an id alone. */
  list(afterId = 0): MessageHead[] {
    return this.#run<MessageHead>(`SELECT ${HEAD} FROM redox_messages WHERE id > ? ORDER BY id DESC`, afterId);
  }

  find(id: number): KeptMessage | undefined {
    const [head] = this.#run<MessageHead>(`SELECT ${HEAD} FROM redox_messages WHERE id = ?`, id);
    return head && { ...head, json: new TextDecoder().decode(this.#partsOf("message", id)) };
  }

  /** Keeps a file under a name nobody can guess: the name. */
  keepUpload(bytes: Uint8Array): string {
    return this.#storage.transactionSync(() => {
      const name = crypto.randomUUID();
      const [row] = this.#run<{ id: number }>("INSERT INTO redox_uploads (name) VALUES (?) RETURNING id", name);
      this.#keepParts("upload", row!.id, bytes);
      this.#removeBefore("upload", row!.id - UPLOADS_MAX + 1);
      return name;
    });
  }

  hasUpload(name: string): boolean {
    return this.#run("SELECT 1 FROM redox_uploads WHERE name = ?", name).length > 0;
  }

  findUpload(name: string): Uint8Array | undefined {
    const [row] = this.#run<{ id: number }>("SELECT id FROM redox_uploads WHERE name = ?", name);
    return row && this.#partsOf("upload", row.id);
  }

  #keepParts(owner: "message" | "upload", id: number, bytes: Uint8Array): void {
    for (let part = 0; part * PART_BYTES < bytes.length; part++) {
      this.#run(
        "INSERT INTO redox_parts (owner, id, part, bytes) VALUES (?, ?, ?, ?)",
        owner,
        id,
        part,
        bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES),
      );
    }
  }

  #partsOf(owner: "message" | "upload", id: number): Uint8Array {
    const parts = this.#run<{ bytes: ArrayBuffer }>(
      "SELECT bytes FROM redox_parts WHERE owner = ? AND id = ? ORDER BY part",
      owner,
      id,
    );
    const whole = new Uint8Array(parts.reduce((length, { bytes }) => length + bytes.byteLength, 0));
    let offset = 0;
    for (const { bytes } of parts) {
      whole.set(new Uint8Array(bytes), offset);
      offset += bytes.byteLength;
    }
    return whole;
  }

  #removeBefore(owner: "message" | "upload", firstKept: number): void {
    this.#run(`DELETE FROM redox_${owner}s WHERE id < ?`, firstKept);
    this.#run("DELETE FROM redox_parts WHERE owner = ? AND id < ?", owner, firstKept);
  }
}
