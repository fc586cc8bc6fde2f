export function buildWorkspace(): Promise<void>;
