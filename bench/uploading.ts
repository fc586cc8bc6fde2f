import { DeviceData as ProductData } from "../src/features/device-data/owner/object.ts";
import { dataOwnerOf } from "../src/features/device-data/owner/bindings.ts";
import type { Bindings } from "../src/platform/core/settings.ts";
import { ObjectSql } from "../src/platform/objects/object-sql.ts";
import worker from "../src/entry/worker.ts";
import { FIGURES_PATH, type ObjectFigures, RUN_PATH, run } from "./protocol.ts";

/**
 * The product with its objects of device data, which also tell how many rows they have read and written and how large they
 * are. The queues take everything and deliver nothing.
 */

// The development server listens through an inspector, which describes every line at length: a cost that no Worker has
// when deployed. That the line is made stays counted.
console.log = () => {};
const nowhere = { send: async () => {}, sendBatch: async () => {} } as unknown as Queue;
const environments = new WeakMap<Bindings, Bindings>();

function environmentOf(bindings: Bindings): Bindings {
  const known = environments.get(bindings);
  if (known) return known;
  const queues = { AUDIT_QUEUE: nowhere, NOTIFICATIONS_QUEUE: nowhere, MIGRATIONS_QUEUE: nowhere, EHR_QUEUE: nowhere };
  const made = { ...bindings, ...queues };
  environments.set(bindings, made);
  return made;
}

/** Every object's way to its database, once it has been written through. */
const ways = new Set<ObjectSql>();
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object
const { transaction } = ObjectSql.prototype;
ObjectSql.prototype.transaction = function <T>(this: ObjectSql, work: () => T): T {
  ways.add(this);
  return transaction.call(this, work) as T;
};

export class DeviceData extends ProductData {
  readonly #storage: DurableObjectStorage;

  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(ctx, environmentOf(bindings));
    this.#storage = ctx.storage;
  }

  figures(): ObjectFigures {
    const sum = (of: "rowsRead" | "rowsWritten") => [...ways].reduce((total, { usage }) => total + usage[of], 0);
    return {
      rowsRead: sum("rowsRead"),
      rowsWritten: sum("rowsWritten"),
      bytes: this.#storage.sql.databaseSize,
    };
  }
}

export default {
  async fetch(request, bindings, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === RUN_PATH) return run(request, bindings.DB);
    if (pathname === FIGURES_PATH) {
      const owner = dataOwnerOf(bindings, searchParams.get("user") ?? "") as unknown as DurableObjectStub<DeviceData>;
      return Response.json(await owner.figures());
    }
    return worker.fetch(request, environmentOf(bindings), ctx);
  },
} satisfies ExportedHandler<Bindings>;
