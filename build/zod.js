// zod without its translations, a fifth of the bundle (our errors have words of our own), and without what nothing calls. The
// bundler can't leave them out itself: packages take zod as a whole. wrangler.toml puts this in the place of zod.
import * as z from "./zod-parts.js";

export * from "./zod-parts.js";
export { z, z as default };
