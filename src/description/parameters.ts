import type { Texts } from "./text.ts";

export const PARAMETERS: Texts = {};
