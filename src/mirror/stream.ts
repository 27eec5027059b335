/** A sorted stream in batches, one value at a time: `while (peek.advance() || (await peek.refill())) use(peek.current)`. */
export class Peek<T> {
  readonly #batches: AsyncIterator<T[]>;
  #batch: T[] = [];
  #at = 0;
  /** Undefined before the first value, and behind the last. */
  current: T | undefined;

  constructor(batches: AsyncIterable<T[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Moves on within the batch; false at its end: then call `refill()`. */
  advance(): boolean {
    this.current = this.#batch[this.#at++];
    return this.current !== undefined;
  }

  /** Moves to the first value of the next batch; false at the end of the stream. */
  async refill(): Promise<boolean> {
    for (;;) {
      const next = await this.#batches.next();
      if (next.done) return false;
      this.#batch = next.value;
      this.#at = 0;
      if (this.advance()) return true;
    }
  }

  /** Ends the stream early, so that what feeds it can clean up. */
  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}
