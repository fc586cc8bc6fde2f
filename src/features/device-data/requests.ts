import { Pace } from "../../platform/limits/pace.ts";
import type { Tenancy } from "../../platform/auth/tenants.ts";
import type { RefusalForm } from "../../platform/request/refusal-form.ts";
import { dataToken } from "./authentication.ts";
import type { Origin } from "./calls.ts";
import { inEnvelope } from "./refusal-forms.ts";

const MIB = 1024 ** 2;

/** Operations without a body. */
export const NO_BODY = { bodyBytesMax: 0 } as const;
/** Operations whose body describes a data set or selects data. */
export const BODY = { bodyBytesMax: MIB } as const;
/** As many data as one request may have. */
export const DATA_BODY = { bodyBytesMax: 4 * MIB } as const;

/**
 * Many may upload at once, as when a service has caught up; who looks at a clinic meanwhile must not notice. 8 ms are what one
 * takes of an isolate. Who has waited for ten seconds is better told to come again.
 */
const WORK_ON_DATA = new Pace(8, 10_000);

/** Operations after which summaries are computed. */
export const inTurn = { pace: WORK_ON_DATA } as const;

/** How operations that write device data answer, and who may call them. */
export const whoWrites = (tenancy: Tenancy) => ({
  authentication: dataToken,
  refusalForm: inEnvelope,
  tenancy,
  keepsAnswers: true,
  ...inTurn,
});

/** The same of operations that read. */
export const whoReads = (tenancy: Tenancy, refusalForm: RefusalForm) => ({
  authentication: dataToken,
  refusalForm,
  tenancy,
  keepsAnswers: true,
});

/** Where a request comes from: the address that the edge has seen, not one that the caller names. */
export const originOf = (c: { readonly req: { header(name: string): string | undefined } }): Origin => ({
  sourceIp: c.req.header("cf-connecting-ip"),
});

/** The body as it is, of an operation that reads its input itself; the request keeps it no longer, as many may be large. */
export function takenBody(c: {
  readonly req: { valid(target: "json"): unknown; addValidatedData(target: "json", data: object): void };
}): string {
  const text = c.req.valid("json") as string;
  c.req.addValidatedData("json", {});
  return text;
}
