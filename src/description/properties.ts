import type { Texts } from "./text.ts";

export const PROPERTIES: Texts = {};
