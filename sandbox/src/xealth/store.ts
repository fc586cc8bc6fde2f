import { rowsOf, StandIn } from "../stand-in/store.ts";
import type { Notification, OrderDocument } from "./messages.ts";
import type { Target } from "./targets.ts";

export interface KeptOrder {
  readonly id: string;
  readonly at: number;
  readonly patient: string;
  readonly isCancelled: 0 | 1;
}

/** A call of the service, and what it was answered. */
export interface Call {
  readonly id: number;
  readonly at: number;
  readonly target: Target;
  readonly path: string;
  readonly status: number;
}

const LISTED_MAX = 100;
const KEPT_MAX = 1_000;

/** The orders of the hospitals behind Xealth, and what the service asked about them. */
export class Xealth extends StandIn {
  readonly #storage: DurableObjectStorage;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, "xealth", [
      `orders (
         number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, patient TEXT NOT NULL,
         is_cancelled INTEGER NOT NULL DEFAULT 0, document TEXT NOT NULL)`,
      "notifications (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)",
      `calls (
         id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, target TEXT NOT NULL, path TEXT NOT NULL,
         status INTEGER NOT NULL)`,
    ]);
    this.#storage = ctx.storage;
  }

  #run<T = never>(sql: string, ...binds: (string | number)[]): T[] {
    return rowsOf<T>(this.#storage, sql, ...binds);
  }

  keepOrder(document: OrderDocument, patient: string): void {
    this.#run(
      "INSERT INTO xealth_orders (id, at, patient, document) VALUES (?, ?, ?, ?)",
      document.orderInfo.orderId,
      Date.now(),
      patient,
      JSON.stringify(document),
    );
    this.#forgetOld("orders", "number");
  }

  /** The order as it is from now on; nothing when there is none. Cancelled again it stays as it was. */
  cancelOrder(id: string, at: Date): OrderDocument | undefined {
    return this.#storage.transactionSync(() => {
      const document = this.findOrder(id);
      if (!document || document.orderInfo.orderState === "canceled") return document;
      const orderInfo = { ...document.orderInfo, orderState: "canceled", orderUpdateDateTime: at.toISOString() };
      const cancelled = { ...document, orderInfo };
      this.#run("UPDATE xealth_orders SET is_cancelled = 1, document = ? WHERE id = ?", JSON.stringify(cancelled), id);
      return cancelled;
    });
  }

  findOrder(id: string): OrderDocument | undefined {
    const [row] = this.#run<{ document: string }>("SELECT document FROM xealth_orders WHERE id = ?", id);
    return row && (JSON.parse(row.document) as OrderDocument);
  }

  /** The newest first. */
  listOrders(): KeptOrder[] {
    return this.#run<KeptOrder>(
      `SELECT id, at, patient, is_cancelled AS "isCancelled" FROM xealth_orders ORDER BY number DESC LIMIT ?`,
      LISTED_MAX,
    );
  }

  keepNotification(notification: Notification): void {
    this.#run("INSERT INTO xealth_notifications (body) VALUES (?)", JSON.stringify(notification));
    this.#forgetOld("notifications", "number");
  }

  lastNotification(): Notification | undefined {
    const [row] = this.#run<{ body: string }>("SELECT body FROM xealth_notifications ORDER BY number DESC LIMIT 1");
    return row && (JSON.parse(row.body) as Notification);
  }

  keepCall({ target, path, status }: Omit<Call, "id" | "at">): void {
    const insert = "INSERT INTO xealth_calls (at, target, path, status) VALUES (?, ?, ?, ?)";
    this.#run(insert, Date.now(), target, path, status);
    this.#forgetOld("calls", "id");
  }

  /** The newest first; those after an id alone. */
  listCalls(afterId = 0): Call[] {
    return this.#run<Call>("SELECT * FROM xealth_calls WHERE id > ? ORDER BY id DESC LIMIT ?", afterId, LISTED_MAX);
  }

  #forgetOld(table: "orders" | "notifications" | "calls", key: string): void {
    this.#run(`DELETE FROM xealth_${table} WHERE ${key} <= (SELECT max(${key}) FROM xealth_${table}) - ?`, KEPT_MAX);
  }
}
