import type { RefusalForm, ToldRefusal } from "../../platform/request/refusal-form.ts";
import { DataFault, DataFaults, DataFaultsInEnvelope, DataFaultWithStatus } from "./schema.ts";
import { DataRefusal, InvalidInput } from "./refusals.ts";
import { z } from "@hono/zod-openapi";

interface Fault {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

const UNAUTHENTICATED = "authentication token is invalid";

/** What is told of a refusal that device data have no code for: those of the request pipeline, and faults. */
function faultOf({ status, code, message, error }: ToldRefusal, ofFaults: string): Fault {
  if (error instanceof DataRefusal) return { code, title: error.title, detail: message };
  if (status === 401) return { code: "unauthenticated", title: UNAUTHENTICATED, detail: message };
  if (status === 503) return { code: "service-unavailable", title: "service is unavailable", detail: message };
  if (status >= 500) return { code: ofFaults, title: "internal server failure", detail: message };
  return { code: CODES[status] ?? "bad-request", title: TITLES[status] ?? "request is not valid", detail: message };
}

const CODES: Readonly<Record<number, string>> = {
  404: "resource-not-found",
  409: "conflict",
  413: "resource-too-large",
  415: "media-type-not-supported",
  422: "idempotency-key-used",
  429: "too-many-requests",
};
const TITLES: Readonly<Record<number, string>> = {
  404: "resource not found",
  409: "request conflicts with another",
  413: "resource is too large",
  415: "media type is not supported",
  422: "idempotency key was used for another request",
  429: "too many requests",
};

/** One error as it is, several in a list: what is wrong with an input. */
const errorsOf = ({ errors }: InvalidInput): object => (errors.length === 1 ? errors[0]! : { errors });

/** What the operations that write data answer: in an envelope, but for what is wrong with the input and the token. */
export const inEnvelope: RefusalForm = {
  schema: z.union([DataFaultsInEnvelope, DataFault, DataFaults]).openapi("dataRefusal.v1"),
  bodyOf(refusal) {
    const { status, error, trace } = refusal;
    if (error instanceof InvalidInput) return errorsOf(error);
    const fault = status === 403 ? forbidden("auth") : faultOf(refusal, "internal-server-failure");
    if (status === 401) return fault;
    return { errors: [{ ...fault, status: String(status) }], meta: { trace: { request: trace } } };
  },
};

const forbidden = (token: "auth" | "authentication"): Fault => {
  const title = `${token} token is not authorized for requested action`;
  return { code: "unauthorized", title, detail: title };
};

/** What the newer operations that read data sets and summaries answer: the error itself. */
export const asItIs: RefusalForm = {
  schema: z.union([DataFault, DataFaults]).openapi("dataReadRefusal.v1"),
  bodyOf(refusal) {
    const { status, error } = refusal;
    if (error instanceof InvalidInput) return errorsOf(error);
    if (status === 403) return forbidden("authentication");
    return faultOf(refusal, "internal-server-error");
  },
};

/** The same where a set that the path names is a resource like others. */
export const asItIsOfSet: RefusalForm = {
  schema: asItIs.schema,
  bodyOf(refusal) {
    const told = asItIs.bodyOf(refusal) as Fault;
    if (refusal.code !== "data-set-id-not-found") return told;
    const named = /with id (\S+) not found/.exec(refusal.message)?.[1] ?? "";
    return { code: "resource-not-found", title: "resource not found", detail: `resource with id "${named}" not found` };
  },
};

/** What the query of data answers: status, code and message. */
export const withStatus: RefusalForm = {
  schema: z.union([DataFaultWithStatus, DataFault]).openapi("dataQueryRefusal.v1"),
  bodyOf(refusal) {
    const { status, error, requestId } = refusal;
    const told = (code: string, message: string) => ({ status, id: requestId, code, message });
    if (error instanceof InvalidInput) {
      return { ...told("invalid_parameters", "one or more parameters are invalid"), errors: error.errors };
    }
    if (status === 403) return told("data_cant_view", "user is not authorized to view data");
    if (status >= 500) return told("data_store_error", refusal.message);
    const fault = faultOf(refusal, "data_store_error");
    return status === 401 ? fault : told(fault.code.replaceAll("-", "_"), fault.detail);
  },
};
