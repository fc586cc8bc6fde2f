import type { Settings } from "../core/settings.ts";

/** A page as it is sent. */
export interface Page {
  readonly html: string;
  /** Its policy above all: one with `frame-ancestors` says itself who may frame it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a page of a refusal may tell. */
export interface ShownRefusal {
  readonly status: number;
  /** Identifies the reason: `code` of a refusal; `fault` where something failed. */
  readonly code: string;
  readonly requestId: string;
  /** Undefined where the service is not configured. */
  readonly settings: Settings | undefined;
}

/** How an operation that people open in a browser shows its refusals. */
export type RefusalPage = (refusal: ShownRefusal) => Page;
