import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../core/settings.ts";

/** Serialises the merges of a clinic. Its namespace exists from the first deployment; nothing calls it before merges do. */
export class ClinicMerge extends DurableObject<Bindings> {}
