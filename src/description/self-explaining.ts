export const SELF_EXPLAINING: ReadonlySet<string> = new Set();
