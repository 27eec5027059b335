/** Milliseconds after which the rest of the program gets its turn. */
const TURN = 10;

/** How long a search may take, and who may end it sooner. Synchronous work asks `over` between its steps. */
export class TimeLimit {
  readonly #end: number;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: () => number;
  #turn: number;

  /** @param milliseconds from now on */
  constructor(milliseconds: number, signal?: AbortSignal, clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#signal = signal;
    this.#turn = clock();
    this.#end = this.#turn + milliseconds;
  }

  /** Milliseconds left, a whole number; 0 when it is over. */
  get left(): number {
    return this.#signal?.aborted ? 0 : Math.max(0, Math.ceil(this.#end - this.#clock()));
  }

  get over(): boolean {
    return this.left === 0;
  }

  /** Lets the rest of the program have its turn, when it waited for one. */
  async breathe(): Promise<void> {
    if (this.#clock() - this.#turn < TURN) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#turn = this.#clock();
  }

  /** What `work` comes to; undefined when the time is over before, or it fails after that. */
  within<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#signal?.removeEventListener('abort', stop);
        resolve(undefined);
      };
      const timer = setTimeout(stop, this.left);
      this.#signal?.addEventListener('abort', stop, { once: true });
      work.then(resolve, reject).finally(stop);
    });
  }
}
