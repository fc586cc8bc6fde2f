/** Thrown by a guard when there is no record to change: that is no refusal, and nothing is written. */
export class NothingConcerned extends Error {
  static override readonly name: string = "NothingConcerned";
}

/** Makes a change and says whether there was anything to change. */
export async function unlessNothingConcerned(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (error instanceof NothingConcerned) return false;
    throw error;
  }
}
