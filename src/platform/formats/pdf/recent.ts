/** What was asked for lately, by text: what every report asks for stays, however many names and numbers come and go. */
export class Recent<T extends object> {
  readonly #max: number;
  #newer = new Map<string, T>();
  #older = new Map<string, T>();

  /** Keeps at most so many, and at least the latest half of them. */
  constructor(max: number) {
    this.#max = max;
  }

  get(text: string): T | undefined {
    const newer = this.#newer.get(text);
    if (newer) return newer;
    const older = this.#older.get(text);
    if (older) this.set(text, older);
    return older;
  }

  set(text: string, it: T): void {
    if (this.#newer.size >= this.#max / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(text, it);
  }
}
