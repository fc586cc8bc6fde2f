import type { D1Migration } from "cloudflare:test";
import type { Bindings } from "../src/platform/core/settings.ts";

declare global {
  interface ImportMeta {
    /** Vite's: the modules that match, by path; with `query: "?raw"` and `eager` their texts. */
    glob<T>(
      patterns: readonly string[],
      options?: { query?: string; import?: string; eager?: boolean },
    ): Record<string, T>;
  }
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../src/entry/worker.ts");
    }
    interface Env extends Bindings {
      readonly CLINIC_DEMO_PATIENT_USER_ID: string;
      readonly DEVICE_DATA: DurableObjectNamespace;
      readonly TEST_SIGNING_KEY: string;
      readonly TEST_MIGRATIONS: D1Migration[];
      readonly TEST_AUDIT_MIGRATIONS: D1Migration[];
      /** Redox's schemas by name, as JSON; empty where they are not at hand. */
      readonly TEST_REDOX_SCHEMAS: string;
    }
  }
}
