/** The local server answers under these names alone; elsewhere nobody has to be asked. */
const HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whom one can be on a local server; undefined where there is no sandbox: everywhere but on a developer's machine. */
export async function localIdentities() {
  if (!HOSTS.has(location.hostname)) return undefined;
  try {
    const response = await fetch("/sandbox/identities.json");
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
