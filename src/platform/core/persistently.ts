const TRIES = 4;
const PAUSE_MS = 250;

/**
 * Does what records something that has happened elsewhere, again when it fails: what is not recorded happens twice. Only for
 * what may be done twice, as the answer to a try that went well may be lost.
 */
export async function persistently<T>(record: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await record();
    } catch (error) {
      if (tries === TRIES) throw error;
      await scheduler.wait(PAUSE_MS * tries);
    }
  }
}
