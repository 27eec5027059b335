/** Fails everybody who waits, at once and for good, when something breaks that they do not wait for. */
export class Breaker {
  #failure: { error: unknown } | undefined;
  readonly #waiting = new Set<(error: unknown) => void>();

  /** What broke first; absent: nothing did. */
  get failure(): { error: unknown } | undefined {
    return this.#failure;
  }

  break(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  /**
   * The result of `work`, unless something breaks before. A race against one promise that lasts would keep all results for as long
   * as that does: 15 MB of 100,000 small files.
   */
  async guard<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    work.then(resolve, reject);
    if (this.#failure) reject(this.#failure.error);
    this.#waiting.add(reject);
    try {
      return await promise;
    } finally {
      this.#waiting.delete(reject);
    }
  }
}
