import { Refusal } from "../../platform/core/errors.ts";
import { readJson } from "../../platform/request/json-body.ts";
import { type DatumError, JSON_MALFORMED } from "./model/data-errors.ts";

/** A refusal with the code that clients of device data know, and what is said beside it. */
export class DataRefusal extends Refusal {
  static override readonly name: string = "DataRefusal";
  readonly title: string;

  constructor(kind: Refusal["kind"], code: string, title: string, detail = title) {
    super(kind, detail, { code });
    this.title = title;
  }
}

/** Everything that is wrong with an input. */
export class InvalidInput extends Refusal {
  static override readonly name: string = "InvalidInput";
  readonly errors: readonly DatumError[];

  constructor(errors: readonly DatumError[]) {
    super("badRequest", "the input is not valid", { code: "invalid-input" });
    this.errors = errors;
  }
}

export const unknownSet = (id: string) =>
  new DataRefusal(
    "notFound",
    "data-set-id-not-found",
    "data set with specified id not found",
    `Data set with id ${shown(id)} not found`,
  );

export const closedSet = (id: string) =>
  new DataRefusal(
    "conflict",
    "data-set-closed",
    "data set with specified id is closed for new data",
    `Data set with id ${shown(id)} is closed for new data`,
  );

export const unauthorized = () =>
  new DataRefusal("forbidden", "unauthorized", "auth token is not authorized for requested action");

export const malformedJson = () => new DataRefusal("badRequest", "json-malformed", "json is malformed");

export const tooMuchData = (most: number) =>
  new DataRefusal("bodyTooLarge", "resource-too-large", "resource is too large", `at most ${most} data are expected`);

export const noSummary = (userId: string) =>
  new DataRefusal("notFound", "resource-not-found", "resource not found", `resource with id "${userId}" not found`);

/** What is wrong with a body: JSON of another kind than expected is refused like what is no JSON. */
export const invalidBody = (errors: readonly DatumError[]): Refusal =>
  errors[0]?.code === JSON_MALFORMED.code ? malformedJson() : new InvalidInput(errors);

/** An id of a path as it is told back: what is no id is not repeated. */
const shown = (id: string) => (/^[0-9a-z_]{1,40}$/.test(id) ? id : "of this form");

/** The JSON of a body; a body that is none is refused, an empty one too. */
export function parsedJson(text: string): unknown {
  const read = readJson(text);
  if ("fault" in read) throw malformedJson();
  return read.value;
}
