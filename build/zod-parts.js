// What the Worker uses of zod, by name: packages take the whole of zod as one value, and all that it names here is in the
// bundle. test/layers/zod-parts.test.ts compares the names with the sources.
export {
  array,
  boolean,
  discriminatedUnion,
  email,
  enum,
  int,
  literal,
  looseObject,
  number,
  object,
  preprocess,
  record,
  strictObject,
  string,
  union,
  unknown,
  url,
  // @asteasolutions/zod-to-openapi adds a method to it.
  ZodType,
} from "../node_modules/zod/v4/classic/schemas.js";
export * as coerce from "../node_modules/zod/v4/classic/coerce.js";
