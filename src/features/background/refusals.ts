import { conflict, notFound } from "../../platform/core/errors.ts";

export const entryNotFound = () => notFound("outbox entry");
export const entryHasEnded = () => conflict("the outbox entry was sent or skipped");
