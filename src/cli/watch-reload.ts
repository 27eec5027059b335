/** Whether the configuration is to be read again. What is asked while it is being read asks for one more time. */
export class Reload {
  #asked = new AbortController();

  /** Aborted when somebody asks. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  readonly ask = (): void => this.#asked.abort();

  /** Does what was asked for. */
  async answer<T>(read: () => Promise<T>): Promise<T> {
    // Before it is read: what changes later may not be seen.
    this.#asked = new AbortController();
    return await read();
  }
}
