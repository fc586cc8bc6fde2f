import type { D1Migration } from "cloudflare:test";
import type { Bindings } from "../src/core/settings.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../src/worker.ts");
    }
    interface Env extends Bindings {
      readonly TEST_SIGNING_KEY: string;
      readonly TEST_MIGRATIONS: D1Migration[];
    }
  }
}
