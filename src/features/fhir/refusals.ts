import { Refusal } from "../../platform/core/errors.ts";

export const malformed = (what: string) => new Refusal("badRequest", what, { code: "value" });
export const required = (what: string) => new Refusal("badRequest", what, { code: "required" });
export const notSupported = (what: string) => new Refusal("badRequest", what, { code: "not-supported" });
export const gone = () => new Refusal("gone", "the record of the patient was deleted");
