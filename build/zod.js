// zod without its translations: they would be a fifth of the bundle, and our errors have words of our own. The bundler
// can't leave them out itself, because packages take zod as a whole. wrangler.toml puts this in the place of zod.
import * as z from "./zod-parts.js";

export * from "./zod-parts.js";
export { z, z as default };
