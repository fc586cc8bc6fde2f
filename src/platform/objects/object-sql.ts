/** What a statement of an object may be given. A boolean, date or object would be stored as its text. */
export type ObjectValue = string | number | null | Uint8Array<ArrayBuffer>;
export type ObjectRow = Record<string, SqlStorageValue>;

/** Rows that statements of an object have read and written. */
export interface ObjectUsage {
  rowsRead: number;
  rowsWritten: number;
}

/**
 * The one way to the database of a Durable Object. Each of the platform's traps is shut out here: a cursor is always
 * read to its end (one left open makes the commit fail and loses every write of the event), only values that are stored
 * as they are can be bound, and what belongs together is written in one transaction (what was written before an exception
 * stays otherwise).
 */
export class ObjectSql {
  readonly usage: ObjectUsage = { rowsRead: 0, rowsWritten: 0 };
  readonly #storage: DurableObjectStorage;
  /** What was read, until something is written. */
  readonly #remembered = new Map<string, unknown>();

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** All rows of a statement. */
  all<R extends object = ObjectRow>(text: string, ...values: readonly ObjectValue[]): R[] {
    const cursor = this.#cursor(text, values);
    const rows = cursor.toArray() as unknown as R[];
    this.#count(cursor);
    return rows;
  }

  /** The first row of a statement. */
  first<R extends object = ObjectRow>(text: string, ...values: readonly ObjectValue[]): R | undefined {
    return this.all<R>(text, ...values)[0];
  }

  /** All rows of a statement as lists of their columns: half the work, for those that are many. */
  lists(text: string, ...values: readonly ObjectValue[]): SqlStorageValue[][] {
    const cursor = this.#cursor(text, values);
    const rows = [...cursor.raw()];
    this.#count(cursor);
    return rows;
  }

  /** Runs a statement; returns the number of rows it has written, those of indexes included. */
  run(text: string, ...values: readonly ObjectValue[]): number {
    const cursor = this.#cursor(text, values);
    cursor.toArray();
    this.#count(cursor);
    return cursor.rowsWritten;
  }

  /** Writes all of it or nothing: an exception undoes what the work has written, the alarm included. */
  transaction<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /**
   * What `read` finds, found once until something is written this way: every statement of a request takes as long as some
   * hundred rows. Nobody may change it. What `isKept` says no to is found each time.
   */
  remembered<T>(name: string, read: () => T, isKept: (found: T) => boolean = () => true): T {
    if (this.#remembered.has(name)) return this.#remembered.get(name) as T;
    const found = read();
    if (isKept(found)) this.#remembered.set(name, found);
    return found;
  }

  /** Remembers nothing: for what is written in another way. */
  forget(): void {
    this.#remembered.clear();
  }

  #cursor(text: string, values: readonly ObjectValue[]) {
    for (const value of values) refuseUnlessStorable(value);
    return this.#storage.sql.exec(text, ...(values as SqlStorageValue[]));
  }

  #count({ rowsRead, rowsWritten }: { readonly rowsRead: number; readonly rowsWritten: number }) {
    this.usage.rowsRead += rowsRead;
    this.usage.rowsWritten += rowsWritten;
    if (rowsWritten > 0) this.forget();
  }
}

/** The size of a value that the platform refuses to store; a local object takes more. */
export const OBJECT_VALUE_BYTES_MAX = 2_000_000;

function refuseUnlessStorable(value: unknown): void {
  if (value === null) return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  // A UTF-16 code unit takes up to three bytes.
  if (typeof value === "string" && value.length * 3 <= OBJECT_VALUE_BYTES_MAX) return;
  if (value instanceof Uint8Array && value.byteLength <= OBJECT_VALUE_BYTES_MAX) return;
  if (typeof value === "string" && new TextEncoder().encode(value).byteLength <= OBJECT_VALUE_BYTES_MAX) return;
  throw new TypeError(`a ${typeof value} can't be bound, or is too large`);
}
